"""One update of a first-order rule with everything around it, as graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground.declarations import live_values, with_nodes
from playground.models.layout import Layout
from playground.optimizers.clipping import Clipping
from playground.optimizers.optimizer import (
    Array,
    Method,
    Moment,
    Optimizer,
    State,
    UpdateRule,
)
from playground.optimizers.schedule import Rates, Schedule, has_rate
from playground.optimizers.schedules.basic import Constant


@dataclass(frozen=True)
class Recipe:
    """An optimizer and what is done to the gradient before it; its live numbers become inputs."""

    optimizer: Optimizer
    clipping: Clipping = field(default_factory=Clipping)
    schedule: Schedule = field(default_factory=Constant)

    @property
    def is_scheduled(self) -> bool:
        """Whether a factor multiplies the learning rate: one more input of the programs."""
        return not self.schedule.is_flat and has_rate(self.optimizer)

    def live(self) -> dict[str, float]:
        """Return the live numbers by path; each is an input of the programs."""
        return live_values(self.optimizer, "optimizer.") | live_values(self.clipping, "clipping.")

    def structure(self) -> object:
        """Return what a program depends on: all but the live numbers."""
        live = self.live()
        bare = self.with_nodes(dict.fromkeys(live, 0.0))
        return bare.optimizer, bare.clipping, self.is_scheduled, tuple(live)

    def with_nodes(self, nodes: Mapping[str, Any]) -> Recipe:
        """Return a copy that reads its live numbers from graph nodes."""
        return replace(
            self,
            optimizer=with_nodes(self.optimizer, nodes, "optimizer."),
            clipping=with_nodes(self.clipping, nodes, "clipping."),
        )

    def scaled(self, factor: Any) -> Recipe:
        """Return a copy whose learning rate is multiplied by the schedule's factor."""
        rate = {"learning_rate": self.optimizer.learning_rate * factor}  # type: ignore[attr-defined]
        return replace(self, optimizer=self.optimizer.model_copy(update=rate))

    def method_at(self, rates: Rates, step: int) -> Method:
        """Return the method with the learning rate of the update that follows ``step`` updates."""
        recipe = self.scaled(rates.at(step)) if self.is_scheduled else self
        assert isinstance(recipe.optimizer, Method)
        return recipe.optimizer

    def initial(self, theta: Array, layout: Layout) -> State:
        """Return the state before the first step; see :meth:`Optimizer.initial`."""
        return self.optimizer.initial(theta, layout)

    def advance(
        self,
        theta: Any,
        state: dict[str, Any],
        step: Any,
        layout: Layout,
        evaluate: Callable[[Any], tuple[Any, Any]],
    ) -> tuple[Any, dict[str, Any]]:
        """Return the next θ and the next state of an update rule.

        Parameters
        ----------
        theta, state, step, layout
            As in :class:`Moment` and :meth:`UpdateRule.update`.
        evaluate
            Gives the loss of shape (…) and the gradient of shape (…, n) at a node of θ's shape.
        """
        assert isinstance(self.optimizer, UpdateRule)
        loss, gradient = evaluate(theta)
        gradient = self.clipping.apply(gradient)
        return self.optimizer.update(theta, gradient, state, Moment(step, loss, layout))
