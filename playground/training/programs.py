"""The compiled programs of a run: step, gradient, evaluation and probe, bound to one θ."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.autodiff import Spec, lower, value_and_grad
from playground.autodiff.team import Team
from playground.models.model import Batch, Signature
from playground.objectives.learning import Learning
from playground.optimizers.objective import Objective
from playground.optimizers.recipe import Recipe
from playground.training.encoded import Encoded

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Rules:
    """What a step computes; its live numbers become inputs of the programs."""

    learning: Learning
    recipe: Recipe

    def live_numbers(self) -> dict[str, float]:
        """Return every live number by its path in the experiment."""
        return self.learning.live() | self.recipe.live()

    def with_nodes(self, nodes: Mapping[str, Any]) -> Rules:
        """Return a copy that reads its live numbers from graph nodes."""
        return Rules(self.learning.with_nodes(nodes), self.recipe.with_nodes(nodes))


@dataclass(frozen=True)
class Arrays:
    """The arrays that every program reads in place, and that a step moves.

    Attributes
    ----------
    theta
        The weights, shape (n,).
    state
        The optimizer's slots by name, each of θ's shape.
    running
        The model's running statistics by name.
    averaged
        One of the state's arrays, with which the model is evaluated in place of θ; None for θ.
    """

    theta: Array
    state: dict[str, Array]
    running: dict[str, Array]
    averaged: Array | None = None

    @property
    def evaluated(self) -> Array:
        """The weights with which the model is evaluated."""
        return self.theta if self.averaged is None else self.averaged


class Programs:
    """Programs over shared arrays, compiled when first needed and kept for a few batch sizes.

    Parameters
    ----------
    rules
        What the programs compute.
    signature
        What the model reads and puts out.
    arrays
        What the programs read and move.
    like
        One encoded part; its rows have the shapes and types of a batch's.
    team
        Threads that do long operations side by side.
    """

    KEPT = 12

    def __init__(
        self,
        rules: Rules,
        signature: Signature,
        arrays: Arrays,
        like: Encoded,
        team: Team | None = None,
    ) -> None:
        self._team = team
        self._rules = rules
        self._signature = signature
        self._arrays = arrays
        self._like = like
        self._live = rules.live_numbers()
        self._bound: OrderedDict[tuple[str, int], Any] = OrderedDict()
        self._objectives: dict[int, Objective] = {}

    @cached_property
    def bytes_per_row(self) -> int:
        """The model's own estimate of the memory that each row of a batch needs."""
        model, itemsize = self._rules.learning.model, self._arrays.theta.itemsize
        none, one = (model.peak_bytes(self._signature, n, itemsize) for n in (0, 1))
        return one - none

    def set_live(self, numbers: dict[str, float]) -> bool:
        """Give the programs new live numbers; False when they need to be compiled anew."""
        if numbers.keys() != self._live.keys():
            return False
        self._live = numbers
        for bound in self._bound.values():
            self._write_live(bound)
        return True

    def step(self, n_samples: int) -> Any:
        """Return the bound program of one training step on a batch of ``n_samples``."""
        return self._get("step", n_samples, self._lower_step)

    def gradient(self, n_samples: int) -> Any:
        """Return the bound program of loss and gradient alone."""
        return self._get("gradient", n_samples, self._lower_gradient)

    def update(self) -> Any:
        """Return the bound program that moves θ by a given ``gradient`` and ``loss``."""
        return self._get("update", 0, lambda _: self._lower_update())

    def objective(self, batch: Any) -> Objective:
        """Return the loss on the batch in a bound gradient program, as a function of any θ."""
        n_samples = len(batch.inputs["inputs"])
        objective = self._objectives.get(n_samples)
        if objective is None:
            fixed = {name: tree for name, tree in batch.inputs.items() if name != "theta"}
            learning, dtype = self._rules.learning, self._arrays.theta.dtype
            function = learning.function(self._signature)
            objective = Objective(
                function, learning.layout, dtype=dtype, fixed=fixed, team=self._team
            )
            self._objectives[n_samples] = objective
        return objective

    def evaluation(self, n_samples: int) -> Any:
        """Return the bound program of outputs and bare loss in evaluation mode."""
        return self._get("evaluation", n_samples, self._lower_evaluation)

    def probe(self, n_samples: int) -> Any:
        """Return the bound program of every layer's activations at θ in evaluation mode."""
        return self._get("probe", n_samples, self._lower_probe)

    def views(self, n_samples: int) -> Any:
        """Return the bound program of the outputs and what the model's own picture is made of."""
        return self._get("views", n_samples, self._lower_views)

    def _get(self, name: str, n_samples: int, make: Callable[[int], Any]) -> Any:
        key = (name, n_samples)
        bound = self._bound.get(key)
        if bound is None:
            bound = make(n_samples)
            self._write_live(bound)
            self._bound[key] = bound
            if len(self._bound) > self.KEPT:
                (dropped, n_samples), _ = self._bound.popitem(last=False)
                if dropped == "gradient":
                    self._objectives.pop(n_samples, None)
        else:
            self._bound.move_to_end(key)
        return bound

    def _write_live(self, bound: Any) -> None:
        for path, buffer in bound.inputs["live"].items():
            buffer[()] = self._live[path]
        bound.prepare()

    def _specs(self, n_samples: int) -> dict[str, Any]:
        inputs, targets = self._like.inputs, self._like.targets
        return {
            "theta": _spec(self._arrays.theta),
            "running": {name: _spec(a) for name, a in self._arrays.running.items()},
            "inputs": Spec((n_samples, *inputs.shape[1:]), inputs.dtype),
            "targets": Spec((n_samples, *targets.shape[1:]), targets.dtype),
            "live": self._live_specs(),
        }

    def _training_specs(self, n_samples: int) -> dict[str, Any]:
        noise = self._rules.learning.model.noise(self._signature, n_samples)
        dtype = self._arrays.theta.dtype
        return self._specs(n_samples) | {"noise": {n.name: Spec(n.shape, dtype) for n in noise}}

    def _batch(self, nodes: dict[str, Any]) -> Batch:
        return Batch(**nodes, image_shape=self._signature.image_shape)

    def _gradient_of(self, theta: Any, live: Any, batch: Batch) -> tuple[Any, ...]:
        """Return penalised and bare loss, the running statistics after it, and the gradient."""
        learning = self._rules.learning.with_nodes(live)
        both = value_and_grad(lambda theta: learning.training(theta, batch), has_aux=True)
        (value, (loss, running, _)), gradient = both(theta)
        return value, loss, running, gradient

    def _lower_step(self, n_samples: int) -> Any:
        def step(
            theta: Any,
            state: Any,
            step: Any,
            live: Any,
            scheduled: Any = None,
            gradient_noise: Any = None,
            **batch: Any,
        ) -> dict[str, Any]:
            value, loss, running, gradient = self._gradient_of(theta, live, self._batch(batch))

            def evaluate(at: Any) -> tuple[Any, Any]:
                if at is theta:
                    return value, gradient
                other_value, _, _, other = self._gradient_of(at, live, self._batch(batch))
                return other_value, other

            recipe, layout = self._recipe(live, scheduled), self._rules.learning.layout
            moved, after = recipe.advance(theta, state, step, layout, evaluate, gradient_noise)
            results = {"theta": moved, "state": after, "running": running}
            return results | {"loss": loss, "gradient": gradient}

        specs = self._training_specs(n_samples) | self._rule_specs()
        donate = {name: name for name in ("theta", "state", "running")}
        program = lower(step, inputs=specs, donate=donate, hoist=("live",))
        arrays = self._arrays
        given = {"theta": arrays.theta, "state": arrays.state, "running": arrays.running}
        return program.bind(self._team, **given)

    def _lower_update(self) -> Any:
        def update(
            theta: Any,
            state: Any,
            step: Any,
            live: Any,
            gradient: Any,
            loss: Any,
            scheduled: Any = None,
            gradient_noise: Any = None,
        ) -> dict[str, Any]:
            recipe, layout = self._recipe(live, scheduled), self._rules.learning.layout
            moved, after = recipe.advance(
                theta, state, step, layout, lambda _: (loss, gradient), gradient_noise
            )
            return {"theta": moved, "state": after}

        theta = _spec(self._arrays.theta)
        specs = self._rule_specs() | {"theta": theta, "gradient": theta, "live": self._live_specs()}
        specs["loss"] = Spec((), theta.dtype)
        donate = {name: name for name in ("theta", "state")}
        program = lower(update, inputs=specs, donate=donate, hoist=("live",))
        return program.bind(self._team, theta=self._arrays.theta, state=self._arrays.state)

    def _recipe(self, live: Any, scheduled: Any) -> Recipe:
        """Return what moves θ, its live numbers and scheduled rate as nodes."""
        recipe = self._rules.recipe.with_nodes(live)
        return recipe if scheduled is None else recipe.scheduled(scheduled)

    def _rule_specs(self) -> dict[str, Any]:
        """Return what a rule takes beside θ and its gradient."""
        specs: dict[str, Any] = {
            "state": {name: _spec(a) for name, a in self._arrays.state.items()},
            "step": Spec((), np.float64),
        }
        if self._rules.recipe.is_scheduled:
            specs["scheduled"] = Spec(self._rules.recipe.scheduled_shape, np.float64)
        if self._rules.recipe.wrappers.is_noisy:
            specs["gradient_noise"] = _spec(self._arrays.theta)
        return specs

    def _live_specs(self) -> dict[str, Spec]:
        return {path: Spec((), np.float64) for path in self._live}

    def _lower_gradient(self, n_samples: int) -> Any:
        def gradient(theta: Any, live: Any, **batch: Any) -> dict[str, Any]:
            value, loss, running, gradient = self._gradient_of(theta, live, self._batch(batch))
            return {"value": value, "loss": loss, "gradient": gradient, "running": running}

        return self._bind(gradient, self._training_specs(n_samples), self._arrays.theta)

    def _lower_evaluation(self, n_samples: int) -> Any:
        def evaluation(theta: Any, live: Any, **batch: Any) -> dict[str, Any]:
            learning = self._rules.learning.with_nodes(live)
            outputs = learning.evaluation(theta, self._batch(batch)).outputs
            loss = learning.loss.unsmoothed()(outputs, batch["targets"])
            return {"outputs": outputs, "loss": loss}

        return self._bind(evaluation, self._specs(n_samples), self._arrays.evaluated)

    def _lower_probe(self, n_samples: int) -> Any:
        def probe(theta: Any, live: Any, **batch: Any) -> dict[str, Any]:
            learning = self._rules.learning.with_nodes(live)
            return learning.evaluation(theta, self._batch(batch)).activations

        return self._bind(probe, self._specs(n_samples), self._arrays.theta)

    def _lower_views(self, n_samples: int) -> Any:
        def views(theta: Any, live: Any, **batch: Any) -> dict[str, Any]:
            learning = self._rules.learning.with_nodes(live)
            result = learning.evaluation(theta, self._batch(batch))
            return {"views": result.views, "outputs": result.outputs}

        return self._bind(views, self._specs(n_samples), self._arrays.evaluated)

    def _bind(self, f: Callable[..., dict[str, Any]], specs: dict[str, Any], theta: Array) -> Any:
        program = lower(f, inputs=specs, hoist=("live",))
        return program.bind(self._team, theta=theta, running=self._arrays.running)


def _spec(array: Array) -> Spec:
    return Spec(array.shape, array.dtype)
