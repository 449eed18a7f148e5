"""One update of a first-order rule with everything around it, as graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground.declarations import is_on, live_values, switched_on, with_nodes
from playground.models.layout import Layout
from playground.optimizers.clipping import Clipping
from playground.optimizers.constraints import Constraints
from playground.optimizers.optimizer import (
    Array,
    Method,
    Moment,
    Optimizer,
    State,
    UpdateRule,
)
from playground.optimizers.schedule import Rates, Schedule, has_rate, momentum_setting
from playground.optimizers.schedules.basic import Constant
from playground.optimizers.wrappers import AVERAGE, STATES, Wrappers


@dataclass(frozen=True)
class Recipe:
    """An optimizer and what surrounds it; their live numbers become inputs of the programs."""

    optimizer: Optimizer
    clipping: Clipping = field(default_factory=Clipping)
    schedule: Schedule = field(default_factory=Constant)
    wrappers: Wrappers = field(default_factory=Wrappers)
    constraints: Constraints = field(default_factory=Constraints)

    @property
    def is_scheduled(self) -> bool:
        """Whether a factor multiplies the learning rate: one more input of the programs."""
        return not self.schedule.is_flat and has_rate(self.optimizer)

    @property
    def cycles_momentum(self) -> bool:
        """Whether the schedule sets the optimizer's momentum, too."""
        return (
            self.is_scheduled
            and self.schedule.cycles_momentum
            and momentum_setting(self.optimizer) != ""
        )

    @property
    def scheduled_shape(self) -> tuple[int, ...]:
        """Shape of what the schedule tells a program: a factor, or a factor and a momentum."""
        return (2,) if self.cycles_momentum else ()

    def told_by(self, rates: Rates) -> Callable[[int], float | tuple[float, float]]:
        """Return what gives the schedule's numbers for the update that follows so many others."""
        return rates.with_momentum_at if self.cycles_momentum else rates.at

    def live(self) -> dict[str, float]:
        """Return the live numbers by path; each is an input of the programs."""
        numbers: dict[str, float] = {}
        for name in _TRACED:
            numbers |= live_values(getattr(self, name), f"{name}.")
        return numbers

    def structure(self) -> object:
        """Return what a program depends on: all but the live numbers."""
        live = self.live()
        bare = self.with_nodes(dict.fromkeys(live, 0.0))
        scheduled = self.is_scheduled, self.cycles_momentum
        return *(getattr(bare, name) for name in _TRACED), scheduled, tuple(live)

    def with_nodes(self, nodes: Mapping[str, Any]) -> Recipe:
        """Return a copy that reads its live numbers from graph nodes."""
        traced = {name: with_nodes(getattr(self, name), nodes, f"{name}.") for name in _TRACED}
        return replace(self, **traced)

    def scheduled(self, told: Any) -> Recipe:
        """Return a copy that moves as the schedule has told; see :meth:`told_by`."""
        factor, changed = told, {}
        if self.cycles_momentum:
            factor, changed[momentum_setting(self.optimizer)] = told[0], told[1]
        changed["learning_rate"] = self.optimizer.learning_rate * factor  # type: ignore[attr-defined]
        return replace(self, optimizer=self.optimizer.model_copy(update=changed))

    def optimizer_at(self, rates: Rates, step: int) -> Optimizer:
        """Return the optimizer as the schedule has it after ``step`` updates."""
        recipe = self.scheduled(self.told_by(rates)(step)) if self.is_scheduled else self
        return recipe.optimizer

    def method_at(self, rates: Rates, step: int) -> Method:
        """Return the method as the schedule has it after ``step`` updates."""
        method = self.optimizer_at(rates, step)
        assert isinstance(method, Method)
        return method

    def refuses(self) -> str:
        """Return why the optimizer does not go with what surrounds it; empty where it does."""
        if isinstance(self.optimizer, Method):
            for group in ("clipping", "wrappers", "constraints"):
                if on := switched_on(getattr(self, group)):
                    return f"{on[0]} is on ({group}), which only first-order rules take part in"
        if self.constraints.needs_rate and not has_rate(self.optimizer):
            return (
                "a decoupled decay or a proximal step is on, and this optimizer has no learning "
                "rate to scale it"
            )
        return ""

    def initial(self, theta: Array, layout: Layout) -> State:
        """Return the state before the first step; see :meth:`Optimizer.initial`."""
        return self.optimizer.initial(theta, layout) | self.wrappers.initial(theta)

    def averaged(self, state: State) -> Array | None:
        """Return the state array with which a model is evaluated; None where that is θ."""
        if AVERAGE in state:
            return state[AVERAGE]
        name = self.optimizer.AVERAGE if isinstance(self.optimizer, UpdateRule) else ""
        return state.get(name) if name else None

    def advance(
        self,
        theta: Any,
        state: dict[str, Any],
        step: Any,
        layout: Layout,
        evaluate: Callable[[Any], tuple[Any, Any]],
        noise: Any = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Return the next θ and the next state of an update rule.

        Parameters
        ----------
        theta, state, step, layout
            As in :class:`Moment` and :meth:`UpdateRule.update`.
        evaluate
            Gives the loss of shape (…) and the gradient of shape (…, n) at a node of θ's shape.
        noise
            Standard normal numbers of θ's shape, where the gradient is noisy.

        Notes
        -----
        The order is: the gradient, at the worst point near θ where that is wanted; centralised;
        clipped; with noise; the rule; the constraints; Lookahead; the average.
        """
        assert isinstance(self.optimizer, UpdateRule)
        loss, gradient = evaluate(theta)
        if is_on(self.wrappers.sharpness):
            _, gradient = evaluate(self.wrappers.worst_point(theta, gradient))
        gradient = self.wrappers.centralized(gradient, layout)
        gradient = self.clipping.apply(gradient, theta, layout)
        if noise is not None:
            gradient = self.wrappers.noised(gradient, noise, step)
        own = {name: array for name, array in state.items() if name not in STATES}
        moved, after = self.optimizer.update(theta, gradient, own, Moment(step, loss, layout))
        rate = getattr(self.optimizer, "learning_rate", None)
        moved = self.constraints.apply(moved, theta, layout, rate)
        moved, around = self.wrappers.settle(moved, state)
        return moved, after | around


_TRACED = ("optimizer", "clipping", "wrappers", "constraints")
"""The parts of a recipe that programs read."""
