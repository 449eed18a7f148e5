"""The points of an ensemble that one rule moves: their settings, first states and rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from playground.declarations import live_values, with_nodes
from playground.errors import SpecError
from playground.objectives.surface import Floats, Surface
from playground.optimizers.optimizer import State
from playground.optimizers.paths import plain_layout
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import Rates

LAYOUT = plain_layout(2)

MOST_FOLLOWED = 1000
"""Paths whose losses schedules can follow, each by itself in Python."""


@dataclass(frozen=True)
class Group:
    """Points that one rule moves.

    Attributes
    ----------
    recipe
        An update rule with what surrounds it.
    n_points
        How many points.
    own
        Live numbers in which the points differ, by path, each of shape (n_points,); the others
        are the recipe's.
    """

    recipe: Recipe
    n_points: int = 1
    own: Mapping[str, Floats] = field(default_factory=dict)

    def live(self) -> dict[str, Any]:
        """Return the program's live numbers by path: one for all points, or one for each."""
        return self.recipe.live() | dict(self.own)


def initial_states(recipe: Recipe, starts: Floats) -> State:
    """Return a rule's first state with an entry for each point, whatever it shares between them."""
    single = recipe.initial(starts[0], LAYOUT)
    many = recipe.initial(starts, LAYOUT)
    return {
        name: np.array(np.broadcast_to(array, (len(starts), *single[name].shape)))
        for name, array in many.items()
    }


def structure_of(surface: Surface, groups: Sequence[Group]) -> Any:
    """Return what a program depends on: all of it but the live numbers."""
    return surface_structure(surface), [_group_structure(group) for group in groups]


def surface_structure(surface: Surface) -> Surface:
    """Return a surface without its live numbers."""
    return with_nodes(surface, dict.fromkeys(live_values(surface), 0.0))


def _group_structure(group: Group) -> Any:
    return group.recipe.structure(), group.n_points, tuple(group.own)


class GroupRates:
    """The factors of a group's learning rate: one for all points, or what each point's loss says.

    Parameters
    ----------
    group
        A scheduled one.
    """

    def __init__(self, group: Group) -> None:
        schedule = group.recipe.schedule
        self._follows = schedule.follows_evaluations
        n_rates = group.n_points if self._follows else 1
        if n_rates > MOST_FOLLOWED:
            raise SpecError(
                f"schedule.kind: {schedule.name()} follows the loss of each path, and there are "
                f"{n_rates:,} (at most {MOST_FOLLOWED:,})"
            )
        self._rates = [Rates(schedule) for _ in range(n_rates)]
        self._told = [group.recipe.told_by(rates) for rates in self._rates]

    def at(self, step: int) -> list[Any]:
        """Return what the schedule tells the update that follows ``step`` others.

        A factor or a pair of factor and momentum, one for all points or one for each.
        """
        return [told(step) for told in self._told]

    def evaluated(self, step: int, losses: Floats) -> None:
        """Take note of the losses after ``step`` updates."""
        if self._follows:
            for rates, loss in zip(self._rates, losses.tolist(), strict=True):
                rates.evaluated(step, loss)


def rates_of(groups: Sequence[Group]) -> dict[int, GroupRates]:
    """Return the rates of the groups that are scheduled, by their place."""
    return {i: GroupRates(group) for i, group in enumerate(groups) if group.recipe.is_scheduled}
