"""Paths of first-order rules down a function: one program moves one point or many."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground import autodiff as ad
from playground.autodiff import Spec, lower, value_and_grad, vmap
from playground.models.layout import Layout
from playground.optimizers.function import Function
from playground.optimizers.optimizer import Array, State
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import Rates
from playground.optimizers.wrappers import GRADIENT_NOISE
from playground.randomness import Stream

NOISE = "objective noise"
"""The purpose of a function's own noise: all optimizers meet the same at the same step."""


class Paths:
    """Points that an update rule moves down a function, all in one program.

    Parameters
    ----------
    function
        What is made small.
    recipe
        An update rule, what is done to the gradient before it, and a schedule. One that follows
        evaluations takes each step's loss for one, of each path by itself.
    start
        Shape (n,) for one path or (n_paths, n) for many; copied.
    layout
        Names of θ's segments; by default one.
    seed
        Of the function's noise, which is the same for all paths.

    Attributes
    ----------
    theta
        Where the paths stand, of the start's shape; moved in place by :meth:`step`.
    loss, gradient_norm
        At the points that the last step left, of shape () or (n_paths,).
    n_steps
        Steps so far.

    Notes
    -----
    A point whose loss or gradient is not finite stays where it is, with its state.
    """

    def __init__(
        self,
        function: Function,
        recipe: Recipe,
        start: Array,
        *,
        layout: Layout | None = None,
        seed: int = 0,
    ) -> None:
        self.theta = np.array(start, order="C")
        self.layout = layout or plain_layout(self.theta.shape[-1])
        self.n_steps = 0
        self._function = function
        self._recipe = recipe
        self._rates = self._first_rates()
        self._state = recipe.initial(self.theta, self.layout)
        self._noise = Stream(seed, NOISE) if function.n_noise else None
        self._gradient_noise = Stream(seed, GRADIENT_NOISE) if recipe.wrappers.is_noisy else None
        self._bound = self._lower()
        self.loss: Array = self._bound.outputs["loss"]
        self.gradient_norm: Array = self._bound.outputs["gradient_norm"]
        self.set_live(recipe.live())

    @property
    def state(self) -> State:
        """The rule's arrays by name, as they are now."""
        return self._state

    @property
    def evaluations_per_step(self) -> int:
        """How often a step asks for the function and its gradient."""
        return self._recipe.wrappers.gradients_per_step

    def set_live(self, numbers: dict[str, float]) -> bool:
        """Give the program new live numbers; False where it takes another program."""
        inputs = self._bound.inputs["live"]
        if numbers.keys() != inputs.keys():
            return False
        for path, value in numbers.items():
            inputs[path][()] = value
        self._bound.prepare()
        return True

    def step(self) -> None:
        """Do one update of every path."""
        inputs = self._bound.inputs
        if self._noise is not None:
            self._noise.at(self.n_steps).standard_normal(out=inputs["noise"])
        if self._gradient_noise is not None:
            noise = inputs["gradient_noise"]
            self._gradient_noise.at(self.n_steps).standard_normal(out=noise, dtype=noise.dtype)
        if self._recipe.is_scheduled:
            told = [self._recipe.told_by(rates)(self.n_steps) for rates in self._rates]
            inputs["scheduled"][...] = np.reshape(told, inputs["scheduled"].shape)
        self.n_steps += 1
        inputs["step"][()] = self.n_steps
        self._bound.run()
        if self._recipe.schedule.follows_evaluations:
            for rates, loss in zip(self._rates, np.atleast_1d(self.loss).tolist(), strict=True):
                rates.evaluated(self.n_steps, loss)

    def restart(self, start: Array) -> None:
        """Begin anew from another start of the same shape."""
        self.theta[...] = start
        for name, array in self._recipe.initial(self.theta, self.layout).items():
            self._state[name][...] = array
        self._rates = self._first_rates()
        self.n_steps = 0

    def _first_rates(self) -> list[Rates]:
        """Return the factors of all paths, or of each where each has its own."""
        schedule = self._recipe.schedule
        n_rates = self.theta.size // self.theta.shape[-1] if schedule.follows_evaluations else 1
        return [Rates(schedule) for _ in range(n_rates)]

    def _scheduled_shape(self) -> tuple[int, ...]:
        if len(self._rates) > 1:  # with an axis of one entry, as points have one of theirs
            return (len(self._rates), 1)
        return self._recipe.scheduled_shape

    def _lower(self) -> Any:
        specs: dict[str, Any] = {
            "theta": Spec.of(self.theta),
            "state": {name: Spec.of(array) for name, array in self._state.items()},
            "step": Spec((), np.float64),
            "live": {path: Spec((), np.float64) for path in self._recipe.live()},
        }
        if self._noise is not None:
            specs["noise"] = Spec((self._function.n_noise,), np.float64)
        if self._gradient_noise is not None:
            specs["gradient_noise"] = Spec.of(self.theta)
        if self._recipe.is_scheduled:
            specs["scheduled"] = Spec(self._scheduled_shape(), np.float64)
        program = lower(
            self._trace, specs, donate={"theta": "theta", "state": "state"}, hoist=("live",)
        )
        return program.bind(theta=self.theta, state=self._state)

    def _trace(
        self,
        theta: Any,
        state: Any,
        step: Any,
        live: Any,
        scheduled: Any = None,
        gradient_noise: Any = None,
        **noise: Any,
    ) -> dict[str, Any]:
        both = value_and_grad(lambda t: self._function.value(t, **noise))
        evaluate = vmap(both) if theta.ndim > 1 else both
        loss, gradient = evaluate(theta)
        norm = ad.sqrt(ad.sum(ad.square(gradient), axis=-1))

        seen = [loss, norm]

        def known_first(t: Any) -> Any:
            if t is theta:
                return loss, gradient
            there = evaluate(t)
            seen.extend([there[0], ad.sqrt(ad.sum(ad.square(there[1]), axis=-1))])
            return there

        recipe = self._recipe.with_nodes(live)
        if scheduled is not None:
            recipe = recipe.scheduled(scheduled)
        moved, after = recipe.advance(theta, state, step, self.layout, known_first, gradient_noise)
        # A number minus itself is zero exactly where it is finite.
        total = sum(seen[1:], start=seen[0])
        is_finite = ad.equal(total - total, 0.0)
        keep = is_finite.reshape((*theta.shape[:-1], 1))
        return {
            "theta": ad.where(keep, moved, theta),
            "state": {name: ad.where(keep, after[name], state[name]) for name in state},
            "loss": loss,
            "gradient_norm": norm,
        }


def plain_layout(n: int) -> Layout:
    """Return the layout of a θ that is one vector."""
    return Layout([("theta", "value", (n,), False)])
