"""The compiled programs of a run: step, gradient, evaluation and probe, bound to one θ."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.autodiff import Spec, lower, value_and_grad
from playground.declarations import live_values, with_nodes
from playground.objectives.learning import Learning
from playground.optimizers.clipping import Clipping
from playground.optimizers.optimizer import UpdateRule

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Rules:
    """What a step computes; its live numbers become inputs of the programs."""

    learning: Learning
    optimizer: UpdateRule
    clipping: Clipping

    def live_numbers(self) -> dict[str, float]:
        """Return every live number by its path in the experiment."""
        return (
            self.learning.live()
            | live_values(self.optimizer, "optimizer.")
            | live_values(self.clipping, "clipping.")
        )

    def with_nodes(self, nodes: Mapping[str, Any]) -> Rules:
        """Return a copy that reads its live numbers from graph nodes."""
        return Rules(
            self.learning.with_nodes(nodes),
            with_nodes(self.optimizer, nodes, "optimizer."),
            with_nodes(self.clipping, nodes, "clipping."),
        )


class Programs:
    """Programs over shared arrays, compiled when first needed and kept for a few batch sizes.

    Parameters
    ----------
    rules
        What the programs compute.
    theta, state
        The arrays that every program reads, and that a step moves in place.
    n_inputs, n_outputs
        Columns of a batch.
    """

    KEPT = 8

    def __init__(
        self, rules: Rules, theta: Array, state: dict[str, Array], n_inputs: int, n_outputs: int
    ) -> None:
        self._rules = rules
        self._theta = theta
        self._state = state
        self._n_inputs = n_inputs
        self._n_outputs = n_outputs
        self._live = rules.live_numbers()
        self._bound: OrderedDict[tuple[str, int], Any] = OrderedDict()

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

    def evaluation(self, n_samples: int) -> Any:
        """Return the bound program of outputs and bare loss in evaluation mode."""
        return self._get("evaluation", n_samples, self._lower_evaluation)

    def probe(self, n_samples: int) -> Any:
        """Return the bound program of every layer's activations in evaluation mode."""
        return self._get("probe", n_samples, self._lower_probe)

    def _get(self, name: str, n_samples: int, make: Callable[[int], Any]) -> Any:
        key = (name, n_samples)
        bound = self._bound.get(key)
        if bound is None:
            bound = make(n_samples)
            self._write_live(bound)
            self._bound[key] = bound
            if len(self._bound) > self.KEPT:
                self._bound.popitem(last=False)
        else:
            self._bound.move_to_end(key)
        return bound

    def _write_live(self, bound: Any) -> None:
        for path, buffer in bound.inputs["live"].items():
            buffer[()] = self._live[path]
        bound.prepare()

    def _specs(self, n_samples: int, *, noise: bool) -> dict[str, Any]:
        dtype = self._theta.dtype
        wanted = self._rules.learning.model.noise(n_samples) if noise else ()
        return {
            "theta": Spec(self._theta.shape, dtype),
            "inputs": Spec((n_samples, self._n_inputs), dtype),
            "targets": Spec((n_samples, self._n_outputs), dtype),
            "noise": {n.name: Spec(n.shape, dtype) for n in wanted},
            "live": {path: Spec((), np.float64) for path in self._live},
        }

    def _value_and_gradient(
        self, theta: Any, inputs: Any, targets: Any, noise: Any, live: Any
    ) -> tuple[Any, Any]:
        learning = self._rules.learning.with_nodes(live)

        def objective(theta: Any) -> tuple[Any, Any]:
            return learning.training(theta, inputs, targets, noise)

        (_, loss), gradient = value_and_grad(objective, has_aux=True)(theta)
        return loss, gradient

    def _lower_step(self, n_samples: int) -> Any:
        def step(
            theta: Any, state: Any, step: Any, inputs: Any, targets: Any, noise: Any, live: Any
        ) -> dict[str, Any]:
            loss, gradient = self._value_and_gradient(theta, inputs, targets, noise, live)
            rules = self._rules.with_nodes(live)
            clipped = rules.clipping.apply(gradient)
            theta, state = rules.optimizer.update(theta, clipped, state, step)
            return {"theta": theta, "state": state, "loss": loss, "gradient": gradient}

        specs = self._specs(n_samples, noise=True)
        specs["state"] = {name: Spec(a.shape, a.dtype) for name, a in self._state.items()}
        specs["step"] = Spec((), np.float64)
        donate = {"theta": "theta", "state": "state"}
        program = lower(step, inputs=specs, donate=donate, hoist=("live",))
        return program.bind(theta=self._theta, state=self._state)

    def _lower_gradient(self, n_samples: int) -> Any:
        def gradient(
            theta: Any, inputs: Any, targets: Any, noise: Any, live: Any
        ) -> dict[str, Any]:
            loss, gradient = self._value_and_gradient(theta, inputs, targets, noise, live)
            return {"loss": loss, "gradient": gradient}

        program = lower(gradient, inputs=self._specs(n_samples, noise=True), hoist=("live",))
        return program.bind(theta=self._theta)

    def _lower_evaluation(self, n_samples: int) -> Any:
        def evaluation(
            theta: Any, inputs: Any, targets: Any, noise: Any, live: Any
        ) -> dict[str, Any]:
            learning = self._rules.learning.with_nodes(live)
            outputs, _ = learning.outputs(theta, inputs)
            return {"outputs": outputs, "loss": learning.loss(outputs, targets)}

        program = lower(evaluation, inputs=self._specs(n_samples, noise=False), hoist=("live",))
        return program.bind(theta=self._theta)

    def _lower_probe(self, n_samples: int) -> Any:
        def probe(theta: Any, inputs: Any, targets: Any, noise: Any, live: Any) -> dict[str, Any]:
            return self._rules.learning.with_nodes(live).outputs(theta, inputs)[1]

        program = lower(probe, inputs=self._specs(n_samples, noise=False), hoist=("live",))
        return program.bind(theta=self._theta)
