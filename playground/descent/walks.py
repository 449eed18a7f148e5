"""Racers under way: a pack of rules in one program, or one method by itself."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from playground.descent.ensemble import Ensemble
from playground.descent.race import MOST_STEPS, Race, Racer
from playground.descent.track import Ending, Track
from playground.objectives.surface import Surface
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.optimizer import Method, State


class Walk(Protocol):
    """One or several racers that move on together."""

    tracks: list[Track]

    @property
    def is_done(self) -> bool:
        """Whether all of them have ended."""

    @property
    def n_steps(self) -> int:
        """How many steps it is to go."""

    @property
    def n_rows(self) -> int:
        """How many rows are written."""

    @property
    def must_load(self) -> bool:
        """Whether it has a library to load before it sets out, so that others go first."""

    def advance(self, n_steps: int) -> None:
        """Do so many steps more, or as many as are left."""


class Pack:
    """Update rules, one racer each, in one program."""

    must_load = False

    def __init__(
        self, ensemble: Ensemble, start: tuple[float, float], n_steps: int, seed: int
    ) -> None:
        self.ensemble = ensemble
        self.n_steps = n_steps
        self.n_rows = 0
        ensemble.restart(np.tile(start, (len(ensemble.groups), 1)), seed)
        # The program measures where it stands before it moves on: row s of the losses comes with
        # update s + 1, one more than is asked for.
        self._memory = ensemble.record.room(n_steps + 2)
        self._memory[0] = ensemble.record.memory
        self._history = ensemble.record.read(self._memory)
        self.tracks = [self._track(i) for i in range(len(ensemble.groups))]

    @property
    def is_done(self) -> bool:
        """Whether all of them have ended."""
        return self.n_rows > self.n_steps or all(t.ending is not None for t in self.tracks)

    def advance(self, n_steps: int) -> None:
        """Do so many steps more, or as many as are left."""
        first = self.n_rows
        last = min(first + n_steps, self.n_steps + 1)
        self.ensemble.follow(self._memory[first + 1 : last + 1])
        self.n_rows = last
        for track in self.tracks:
            if track.ending is None:
                measure(track, self.ensemble.surface, slice(first, last))
                track.publish(last, self.n_steps)

    def _track(self, i: int) -> Track:
        history, n_rows = self._history, self.n_steps + 1
        given: dict[str, Any] = {"theta": history["theta"][:n_rows, i]}
        if not self.ensemble.surface.N_NOISE:
            given["loss"] = history["loss"][1:, i]
            given["gradient_norm"] = history["gradient_norm"][1:, i]
        state: State = history["states"][i]
        return Track.with_room(
            n_rows,
            **given,
            evaluations=np.arange(n_rows) * self.ensemble.evaluations[i],
            states=lambda row: {name: array[row, 0] for name, array in state.items()},
        )


class Lone:
    """A method, which moves one racer; it sets out when it is first to advance.

    Parameters
    ----------
    racer
        Its method and schedule.
    race
        Surface, start, seed and how many steps it is to go.
    spare
        The walk of a racer with such a method on this surface that is over: its programs are used
        again.
    """

    def __init__(self, racer: Racer, race: Race, spare: MethodWalk | None = None) -> None:
        assert isinstance(racer.optimizer, Method)
        self.walk = spare
        self.surface = race.surface
        self.n_steps = n_steps = race.steps
        self._method, self._start = racer.optimizer, np.array(race.start)
        self._chance: dict[str, Any] = {"seed": race.seed, "schedule": racer.schedule}
        self._is_under_way = False
        self._states: list[State] = []
        self._elapsed_s = 0.0
        self.n_rows = 0
        self.tracks = [Track.with_room(n_steps + 1, states=self._states.__getitem__)]

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self.tracks[0].ending is not None

    @property
    def must_load(self) -> bool:
        """Whether it has a library to load before it sets out."""
        library = self._method.LIBRARY
        return bool(library) and not self._is_under_way and library not in sys.modules

    def advance(self, n_steps: int) -> None:
        """Do so many steps more, or as many as are left."""
        walk, track, first = self._walk_under_way(), self.tracks[0], self.n_rows
        last = min(first + n_steps, self.n_steps + 1)
        while self.n_rows < last:
            if self.n_rows:
                before = perf_counter()
                walk.step()
                self._elapsed_s += perf_counter() - before
            self._note(walk, track, self.n_rows)
            self.n_rows += 1
            if not walk.is_finite:
                break
            if walk.is_steady and self._is_settled():
                self._fill(track)
                break
        known = slice(first, self.n_rows)
        measure(track, self.surface, known)
        track.publish(self.n_rows, self.n_steps)

    def _walk_under_way(self) -> MethodWalk:
        if self.walk is None:
            function = self.surface.function()
            self.walk = MethodWalk(function, self._method, self._start, **self._chance)
        elif not self._is_under_way:
            self.walk.restart(self._method, self._start, **self._chance)
        self._is_under_way = True
        return self.walk

    def _note(self, walk: MethodWalk, track: Track, row: int) -> None:
        counts = walk.objective.counts
        track.theta[row] = walk.theta
        track.loss[row], track.gradient_norm[row] = walk.loss, walk.gradient_norm
        track.evaluations[row] = counts.values
        track.products[row] = counts.products + walk.theta.size * counts.hessians
        track.elapsed_s[row] = self._elapsed_s
        self._states.append({name: np.array(array) for name, array in walk.state.items()})

    def _is_settled(self) -> bool:
        """Whether every further step would be the last one again.

        Two steps in a row have left everything as it was, so the objective too remembers the same
        point; the walk is steady, so nothing else decides the next one.
        """
        theta = self.tracks[0].theta[max(0, self.n_rows - 3) : self.n_rows]
        if len(theta) < 3 or not (theta == theta[0]).all():
            return False
        one, two, three = self._states[-3:]
        return _are_same(one, two) and _are_same(two, three)

    def _fill(self, track: Track) -> None:
        """Write down the steps that are left: all of them are the last one again."""
        last, n_more = self.n_rows - 1, self.n_steps + 1 - self.n_rows
        times = np.arange(1, n_more + 1)
        for column in (track.theta, track.loss, track.gradient_norm):
            column[last + 1 :] = column[last]
        for growing in (track.evaluations, track.products, track.elapsed_s):
            growing[last + 1 :] = growing[last] + times * (growing[last] - growing[last - 1])
        self._states += [self._states[last]] * n_more
        self.n_rows += n_more


def _are_same(one: State, other: State) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


class Stranded:
    """A racer that cannot descend the surface: it stands at the start."""

    must_load = False

    def __init__(self, surface: Surface, start: tuple[float, float], reason: str) -> None:
        track = Track.with_room(1, theta=np.array([start]), elapsed_s=np.zeros(1))
        track.loss[0] = surface.grid(*start)
        track.gradient_norm[0] = np.hypot(*surface.gradient_at(*start))
        track.distance[0] = surface.distance(*start)
        track.length, track.ending, track.reason = 1, Ending.REFUSED, reason
        self.tracks = [track]
        self.is_done = True
        self.n_steps = MOST_STEPS
        self.n_rows = 1

    def advance(self, n_steps: int) -> None:
        """Stay."""


def measure(track: Track, surface: Surface, rows: slice) -> None:
    """Fill what follows from the points of some rows."""
    x, y = track.theta[rows].T
    track.distance[rows] = surface.distance(x, y)
    if surface.N_NOISE:
        track.loss[rows] = surface.grid(x, y)
        track.gradient_norm[rows] = np.hypot(*surface.gradient_grid(x, y))
