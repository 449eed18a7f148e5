"""Basin maps: which minimum a racer reaches from every start, and how many steps it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.descent.ensemble import Ensemble
from playground.descent.groups import MOST_FOLLOWED, Group
from playground.descent.race import Race, Racer
from playground.descent.sweep import CHECK_EVERY, advance, has_diverged
from playground.errors import SpecError
from playground.objectives.minima import find_minima, resting_gradient
from playground.objectives.surface import Floats, Minimum, Surface
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.optimizer import Method

NOWHERE, DIVERGED, UNKNOWN, OUTSIDE = -1, -2, -3, -4
"""What stands in a map instead of a minimum: the end is near none, it diverged, it is not computed,
the end is beyond the domain and near none."""

RESOLUTIONS = (25, 50, 100, 200)

REACHED_SHARE = 0.01
"""An end within this share of the domain's diagonal of a minimum has reached it."""

SHOWN_EVERY_S = 0.1
"""Time between two partial maps of a method."""


@dataclass(frozen=True)
class BasinMap:
    """Where starts on a grid of cells lead.

    Attributes
    ----------
    x, y
        Centres of columns and rows, shape (n,) each.
    which
        Shape (n, n), rows by y: index into ``minima``, or :data:`NOWHERE`, :data:`DIVERGED`,
        :data:`UNKNOWN`, :data:`OUTSIDE`.
    steps
        Shape (n, n): the first step that is within the tolerance of the minimum reached, NaN
        where none is.
    minima
        The surface's, the known ones first; see :func:`find_minima`.
    tolerance
        Distance to a minimum that counts as reached: a hundredth of the domain's diagonal, or half
        the distance of the nearest two minima where that is less.
    progress
        Share of all resolutions that is done, 0 … 1.
    """

    x: Floats
    y: Floats
    which: NDArray[np.int16]
    steps: Floats
    minima: tuple[Minimum, ...]
    tolerance: float
    progress: float

    @property
    def resolution(self) -> int:
        """Columns and rows."""
        return len(self.x)


def basins(
    race: Race,
    racer: int,
    *,
    steps: int = 200,
    resolutions: Sequence[int] = RESOLUTIONS,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[BasinMap]:
    """Yield the basin map of one racer, finer and finer.

    Rules move all starts in one program; methods go start by start, row by row, and cells that are
    not computed yet show what the coarser map says of them.

    Parameters
    ----------
    race
        Its surface and seed.
    racer
        Which of the race's racers.
    steps
        How far each start is followed.
    resolutions
        Columns and rows of the maps, one after the other.
    should_stop
        Asked every few steps; the maps end when it says so.

    Raises
    ------
    SpecError
        Where the racer cannot descend the surface.
    """
    one = race.racers[racer]
    if refusal := race.refusal(one):
        raise SpecError(f"racers.{racer}: {one.name} cannot descend this: {refusal}")
    job = _Job(race, one, steps, should_stop)
    total = sum(n * n for n in resolutions)
    done, coarse = 0, None
    for n in resolutions:
        for part in job.maps(n, coarse):
            if should_stop():
                return
            coarse = replace(part, progress=(done + part.progress * n * n) / total)
            yield coarse
        if coarse is None or should_stop():
            return
        done += n * n


class _Job:
    """What all resolutions share."""

    def __init__(
        self, race: Race, racer: Racer, steps: int, should_stop: Callable[[], bool]
    ) -> None:
        self._race = race
        self._surface: Surface = race.surface
        self._racer = racer
        self._steps = steps
        self._should_stop = should_stop
        self._minima = find_minima(race.surface)
        self._tolerance = tolerance_of(race.surface, self._minima)
        self._rest = resting_gradient(race.surface)
        self._walk: MethodWalk | None = None

    def maps(self, n: int, coarse: BasinMap | None) -> Iterator[BasinMap]:
        """Yield maps of one resolution, the last one whole."""
        x, y = self._surface.domain.axes(n, n)
        starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        which, steps = _enlarged(coarse, n)
        is_method = isinstance(self._racer.optimizer, Method)
        solve = self._walked if is_method else self._followed
        batches = self._batches(n, len(starts))
        shown = perf_counter()
        for first, last in batches:
            found = solve(starts[first:last])
            if found is None:
                return
            which[first:last], steps[first:last] = found
            if last == len(starts) or perf_counter() - shown > SHOWN_EVERY_S:
                shown = perf_counter()
                yield BasinMap(
                    x,
                    y,
                    which.reshape(n, n).copy(),
                    steps.reshape(n, n).copy(),
                    self._minima,
                    self._tolerance,
                    last / len(starts),
                )

    def _batches(self, n: int, n_starts: int) -> list[tuple[int, int]]:
        """Return which starts are computed together: a row, all, or as many as can be followed."""
        size = n_starts
        if isinstance(self._racer.optimizer, Method):
            size = n
        elif self._racer.schedule.follows_evaluations:
            size = MOST_FOLLOWED
        return list(pairwise([*range(0, n_starts, size), n_starts]))

    def _followed(self, starts: Floats) -> tuple[Any, Floats] | None:
        """Return where a rule ends and how many steps it needs; None where it was stopped.

        The way is gone twice, the second time by those that arrive: only at its end is it known to
        which minimum it leads.
        """
        ensemble = self._ensemble(starts)
        if not advance(ensemble, self._steps, self._should_stop):
            return None
        which = self._named(ensemble.theta)
        steps = np.full(len(starts), np.nan)
        arriving = np.flatnonzero(which >= 0)
        if arriving.size:
            needed = self._needed(starts[arriving], which[arriving])
            if needed is None:
                return None
            steps[arriving] = needed
        return which, steps

    def _needed(self, starts: Floats, which: NDArray[np.int16]) -> Floats | None:
        """Return the steps from starts to the minima to which they lead; None where stopped."""
        ensemble = self._ensemble(starts)
        needed = np.full(len(starts), np.nan)
        target = np.array([(m.x, m.y) for m in self._minima])[which]
        for step in range(self._steps + 1):
            if step % CHECK_EVERY == 0 and self._should_stop():
                return None
            away = np.square(ensemble.theta - target) @ np.ones(2)
            needed[np.isnan(needed) & (away <= self._tolerance**2)] = step
            if not np.isnan(needed).any():
                break
            ensemble.step()
        return needed

    def _ensemble(self, starts: Floats) -> Ensemble:
        group = Group(self._racer.recipe, len(starts))
        return Ensemble(self._surface, [group], starts, seed=self._race.seed)

    def _walked(self, starts: Floats) -> tuple[Any, Floats] | None:
        """Do as :meth:`_followed` for a method, one start at a time."""
        method = self._racer.optimizer
        assert isinstance(method, Method)
        if self._walk is None:
            self._walk = MethodWalk(self._surface.function(), method, starts[0])
        which, needed = np.full(len(starts), NOWHERE, np.int16), np.full(len(starts), np.nan)
        way = np.empty((self._steps + 1, 2))
        for i, start in enumerate(starts):
            if self._should_stop():
                return None
            self._walk.restart(method, start, seed=self._race.seed, schedule=self._racer.schedule)
            length = _walk_to_rest(self._walk, way, self._rest)
            which[i] = self._named(way[length - 1 : length])[0]
            if which[i] >= 0:
                target = self._minima[which[i]]
                away = np.hypot(way[:length, 0] - target.x, way[:length, 1] - target.y)
                needed[i] = int(np.argmax(away <= self._tolerance))
        return which, needed

    def _named(self, theta: Floats) -> NDArray[np.int16]:
        """Return which minimum each point is at."""
        which = np.full(len(theta), NOWHERE, np.int16)
        nearest = np.full(len(theta), self._tolerance)
        for i, minimum in enumerate(self._minima):
            away = np.hypot(theta[:, 0] - minimum.x, theta[:, 1] - minimum.y)
            is_nearer = away <= nearest
            which[is_nearer] = i
            nearest = np.where(is_nearer, away, nearest)
        x0, x1, y0, y1 = self._surface.domain
        low, high = np.array([x0, y0]), np.array([x1, y1])
        is_outside = ((theta < low) | (theta > high)).any(axis=1)
        which[is_outside & (which == NOWHERE)] = OUTSIDE
        which[has_diverged(self._surface, theta)] = DIVERGED
        return which


def _walk_to_rest(walk: MethodWalk, way: Floats, rest: float) -> int:
    """Fill the way of a method; returns its length: it ends where the gradient is next to zero."""
    way[0] = walk.theta
    for step in range(1, len(way)):
        if not walk.is_finite or walk.gradient_norm <= rest:
            return step
        walk.step()
        way[step] = walk.theta
    return len(way)


def tolerance_of(surface: Surface, minima: Sequence[Minimum]) -> float:
    """Return the distance to a minimum that counts as reached."""
    points = np.array([(m.x, m.y) for m in minima]).reshape(-1, 2)
    apart = np.linalg.norm(points[:, None] - points, axis=-1)[np.triu_indices(len(points), 1)]
    nearest = float(apart.min()) if apart.size else np.inf
    return min(REACHED_SHARE * surface.domain.diagonal, nearest / 2)


def _enlarged(coarse: BasinMap | None, n: int) -> tuple[NDArray[np.int16], Floats]:
    """Return flat arrays for n×n cells that show the coarser map."""
    if coarse is None:
        return np.full(n * n, UNKNOWN, np.int16), np.full(n * n, np.nan)
    cells = np.arange(n) * coarse.resolution // n
    inside = np.ix_(cells, cells)
    return coarse.which[inside].ravel(), coarse.steps[inside].ravel()
