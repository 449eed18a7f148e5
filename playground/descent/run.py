"""A race under way, with all of its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

from playground.declarations import with_value
from playground.descent.ensemble import Ensemble
from playground.descent.groups import Group, surface_structure
from playground.descent.race import Race, Racer
from playground.descent.track import Track
from playground.descent.walks import Lone, Pack, Stranded, Walk
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.optimizer import Method

CHUNK = 64
"""Steps that a pack of rules or a method does in its turn."""

KEPT = 16
"""Programs that wait to be used again."""

TIMED_STEPS = 200


class RaceRun:
    """Computes the ways of a race's racers and keeps every step of them.

    Play, pause, step back and scrub are indices into :attr:`tracks`; a change of the race
    recomputes what depends on it and nothing else, with the programs that there are. One thread
    changes and advances; others may read ``tracks`` at any time: the tuple is replaced as a whole,
    and a track's rows are final below its length.

    Parameters
    ----------
    race
        What is run.

    Attributes
    ----------
    race
        As it is now.
    tracks
        What is known of each racer's way, in the order of ``race.racers``.

    Examples
    --------
    >>> run = RaceRun(Race(steps=100))
    >>> run.finish()
    >>> [track.length for track in run.tracks]
    [101, 101, 101]
    """

    def __init__(self, race: Race) -> None:
        self.race = race
        self.tracks: tuple[Track, ...] = ()
        self._walks: list[Walk] = []
        self._owners: list[tuple[Racer, Walk, Track]] = []
        self._ensembles: list[Ensemble] = []
        self._methods: list[tuple[object, MethodWalk]] = []
        self._step_s: dict[object, float] = {}
        self._set_out(race, [])

    @property
    def is_done(self) -> bool:
        """Whether every way is known to its end."""
        return all(walk.is_done for walk in self._walks)

    @property
    def n_known(self) -> int:
        """Steps that are known of every racer that has not ended before."""
        going = [track.length - 1 for track in self.tracks if track.ending is None]
        return max(min(going, default=self.race.steps), 0)

    def edit(self, path: str, value: object) -> None:
        """Change one setting, such as ``racers.2.optimizer.learning_rate``; see :meth:`change`.

        Raises
        ------
        SpecError
            Where there is no such setting or its value is refused.
        """
        self.change(with_value(self.race, path, value))

    def change(self, race: Race) -> None:
        """Go over to another race; ways that are the same in it stay as they are."""
        before, self.race = self.race, race
        same = _ground(before) == _ground(race)
        self._set_out(race, self._owners if same else [])

    def advance(self, budget_s: float = 0.0) -> bool:
        """Compute on until the budget is used up, one turn at least; who is behind has the next.

        Who has a library to load waits for all others.

        Returns
        -------
        bool
            Whether anything is left to do.
        """
        end = perf_counter() + budget_s
        while going := [walk for walk in self._walks if not walk.is_done]:
            min(going, key=lambda walk: (walk.must_load, walk.n_rows)).advance(CHUNK)
            if perf_counter() >= end:
                break
        return not self.is_done

    def finish(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Compute every way to its end."""
        while not should_stop() and self.advance():
            pass

    def take_times(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Measure what a step of each rule takes by itself, once for each program.

        Racers of a pack share a program, so that none of them has a time of its own until then;
        methods are timed as they go.
        """
        for racer, walk, track in self._owners:
            if should_stop():
                return
            if isinstance(walk, Pack) and np.isnan(track.step_s):
                track.take_time(self._time_of(racer))

    # --- setting out ---------------------------------------------------------------------------

    def _set_out(self, race: Race, known: Sequence[tuple[Racer, Walk, Track]]) -> None:
        """Find or begin the way of each racer."""
        found = [_known(racer, known, race.steps) for racer in race.racers]
        kept = {id(entry[1]) for entry in found if entry is not None}
        self._put_by([walk for walk in self._walks if id(walk) not in kept])
        missing = [racer for racer, entry in zip(race.racers, found, strict=True) if entry is None]
        begun = iter(self._begin(race, missing))
        self._owners = [
            (racer, *(entry[1:] if entry is not None else next(begun)))
            for racer, entry in zip(race.racers, found, strict=True)
        ]
        self._walks = list({id(walk): walk for _, walk, _ in self._owners}.values())
        self.tracks = tuple(track.until(race.steps) for _, _, track in self._owners)

    def _begin(self, race: Race, racers: Sequence[Racer]) -> list[tuple[Walk, Track]]:
        """Set out with these racers: the rules among them together, each method by itself."""
        refusals = [race.refusal(racer) for racer in racers]
        is_rule = [
            not refusal and not isinstance(racer.optimizer, Method)
            for racer, refusal in zip(racers, refusals, strict=True)
        ]
        rules = [racer for racer, is_one in zip(racers, is_rule, strict=True) if is_one]
        pack = self._pack(race, rules) if rules else None
        places = iter(pack.tracks if pack else ())
        begun: list[tuple[Walk, Track]] = []
        for racer, refusal, is_one in zip(racers, refusals, is_rule, strict=True):
            if pack is not None and is_one:
                begun.append((pack, next(places)))
                continue
            walk: Walk = (
                Stranded(race.surface, race.start, refusal) if refusal else self._lone(race, racer)
            )
            begun.append((walk, walk.tracks[0]))
        return begun

    def _pack(self, race: Race, racers: Sequence[Racer]) -> Pack:
        groups = [Group(racer.recipe) for racer in racers]
        ensemble = self._ensemble(race, groups)
        pack = Pack(ensemble, race.start, race.steps, race.seed)
        for racer, track in zip(racers, pack.tracks, strict=True):
            if (step_s := self._step_s.get(_timed_as(race, racer))) is not None:
                track.take_time(step_s)
        return pack

    def _ensemble(self, race: Race, groups: Sequence[Group]) -> Ensemble:
        for i, ensemble in enumerate(self._ensembles):
            if ensemble.takes(race.surface, groups):
                return self._ensembles.pop(i)
        return Ensemble(race.surface, groups, np.tile(race.start, (len(groups), 1)))

    def _lone(self, race: Race, racer: Racer) -> Lone:
        for i, (surface, walk) in enumerate(self._methods):
            if surface == race.surface and type(walk.method) is type(racer.optimizer):
                del self._methods[i]
                return Lone(racer, race, walk)
        return Lone(racer, race)

    def _put_by(self, walks: Sequence[Walk]) -> None:
        """Keep the programs of walks that are over."""
        for walk in walks:
            if isinstance(walk, Pack):
                self._ensembles.insert(0, walk.ensemble)
            elif isinstance(walk, Lone) and walk.walk is not None:
                self._methods.insert(0, (walk.surface, walk.walk))
        del self._ensembles[KEPT:], self._methods[KEPT:]

    def _time_of(self, racer: Racer) -> float:
        key = _timed_as(self.race, racer)
        if key not in self._step_s:
            ensemble = self._ensemble(self.race, [Group(racer.recipe)])
            times = []
            for _ in range(3):
                ensemble.restart(np.array([self.race.start]))
                before = perf_counter()
                for _ in range(TIMED_STEPS):
                    ensemble.step()
                times.append((perf_counter() - before) / TIMED_STEPS)
            self._step_s[key] = min(times)
            self._ensembles.insert(0, ensemble)
        return self._step_s[key]


def _ground(race: Race) -> object:
    """Return what every racer's way depends on."""
    return race.surface, race.start, race.seed


def _known(
    racer: Racer, known: Sequence[tuple[Racer, Walk, Track]], n_steps: int
) -> tuple[Racer, Walk, Track] | None:
    """Return what goes the same way just as far, or is known to go further."""
    for entry in known:
        other, walk, _ = entry
        reaches = walk.n_steps == n_steps or (walk.n_steps > n_steps and walk.is_done)
        if reaches and other.recipe == racer.recipe:
            return entry
    return None


def _timed_as(race: Race, racer: Racer) -> object:
    """Return what the time of a step depends on."""
    return surface_structure(race.surface), type(racer.optimizer), tuple(racer.recipe.live())
