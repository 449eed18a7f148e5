"""What decides whether a racer arrives: its final loss against its learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.declarations import with_nodes
from playground.descent.ensemble import Ensemble
from playground.descent.groups import Group
from playground.descent.race import Race, Racer
from playground.objectives.surface import Floats, Surface
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.optimizer import Method

Bools: TypeAlias = NDArray[np.bool_]

LOWEST_RATE, HIGHEST_RATE, N_RATES = 1e-5, 10.0, 61
"""Ten rates a decade, over the range of the sliders."""

CHECK_EVERY = 16
"""Steps between two looks at whether to stop."""


@dataclass(frozen=True)
class Curve:
    """One racer's final losses.

    Attributes
    ----------
    losses
        Shape (n_rates,), after the race's steps; NaN where the racer diverged or nothing is known
        yet, see :attr:`diverged`.
    diverged
        Shape (n_rates,).
    rate
        The racer's own learning rate; NaN where it has none.
    reason
        Why there is no curve; empty where there is one.
    """

    losses: Floats
    diverged: Bools
    rate: float
    reason: str = ""

    @property
    def best(self) -> int | None:
        """Which rate leads lowest; None where none is known to."""
        return None if np.isnan(self.losses).all() else int(np.nanargmin(self.losses))


@dataclass(frozen=True)
class Sweep:
    """Final losses of every racer at every learning rate.

    Attributes
    ----------
    rates
        Shape (n_rates,), rising.
    curves
        One for each racer.
    bound_at_start, bound_at_minimum
        2/λ, λ the Hessian's largest eigenvalue at the start, and at the known minimum that is
        nearest to it: gradient descent with a larger rate does not settle there. NaN where the
        surface does not curve upwards, has a kink, or no minimum is known.
    progress
        Share that is done, 0 … 1.
    """

    rates: Floats
    curves: tuple[Curve, ...]
    bound_at_start: float
    bound_at_minimum: float
    progress: float


def sweep(
    race: Race,
    rates: Sequence[float] | Floats | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Sweep]:
    """Yield the final losses as they become known: all rules at once, then methods rate by rate.

    Parameters
    ----------
    race
        Its racers, start, steps and seed.
    rates
        Learning rates, by default 61 from 1e-5 to 10.
    should_stop
        Asked every few steps; the results end when it says so.
    """
    tried = np.geomspace(LOWEST_RATE, HIGHEST_RATE, N_RATES) if rates is None else np.array(rates)
    work = _Work(race, np.asarray(tried, np.float64))
    if work.run_rules(should_stop):
        yield work.so_far()
        for _ in work.run_methods(should_stop):
            yield work.so_far()


def bound_at(surface: Surface, x: float, y: float) -> float:
    """Return 2/λ, λ the largest eigenvalue of the Hessian at a point; NaN where λ ≤ 0."""
    hessian = surface.hessian_at(x, y)
    if not np.isfinite(hessian).all():
        return np.nan
    largest = float(np.linalg.eigvalsh(hessian)[-1])
    return 2.0 / largest if largest > 0 else np.nan


def rate_path(racer: Racer) -> str:
    """Return the path of a racer's learning rate; empty where it has none."""
    live = racer.recipe.live()
    return next((path for path in live if path.rpartition(".")[2] == "learning_rate"), "")


class _Work:
    """The losses so far."""

    def __init__(self, race: Race, rates: Floats) -> None:
        self._race = race
        self._rates = rates
        self._paths = [rate_path(racer) for racer in race.racers]
        self._reasons = [self._reason(i) for i in range(len(race.racers))]
        shape = len(race.racers), len(rates)
        self._losses = np.full(shape, np.nan)
        self._diverged = np.zeros(shape, bool)
        self._is_known = np.zeros(shape, bool)
        self._is_known[[bool(reason) for reason in self._reasons]] = True
        x, y = race.start
        self._at_start = bound_at(race.surface, x, y)
        near = [m for m in race.surface.minima if m.is_smooth and not m.is_on_edge]
        nearest = min(near, key=lambda m: np.hypot(m.x - x, m.y - y), default=None)
        self._at_minimum = bound_at(race.surface, nearest.x, nearest.y) if nearest else np.nan

    def so_far(self) -> Sweep:
        """Return what is known."""
        lines = zip(self._losses, self._diverged, self._race.racers, strict=True)
        curves = tuple(
            Curve(losses.copy(), diverged.copy(), self._rate(i, racer), self._reasons[i])
            for i, (losses, diverged, racer) in enumerate(lines)
        )
        progress = float(self._is_known.mean()) if self._is_known.size else 1.0
        return Sweep(self._rates, curves, self._at_start, self._at_minimum, progress)

    def run_rules(self, should_stop: Callable[[], bool]) -> bool:
        """Let every rule run with every rate, all in one program; False where it was stopped."""
        chosen = [
            i
            for i, racer in enumerate(self._race.racers)
            if not self._reasons[i] and not isinstance(racer.optimizer, Method)
        ]
        if not chosen:
            return True
        n = len(self._rates)
        groups = [
            Group(self._race.racers[i].recipe, n, {self._paths[i]: self._rates}) for i in chosen
        ]
        starts = np.tile(self._race.start, (n * len(chosen), 1))
        ensemble = Ensemble(self._race.surface, groups, starts, seed=self._race.seed)
        if not advance(ensemble, self._race.steps, should_stop):
            return False
        losses = self._race.surface.grid(*ensemble.theta.T)
        gone = has_diverged(self._race.surface, ensemble.theta)
        for i, own, bad in zip(chosen, losses.reshape(-1, n), gone.reshape(-1, n), strict=True):
            self._note(i, slice(None), np.where(bad, np.nan, own), bad)
        return True

    def run_methods(self, should_stop: Callable[[], bool]) -> Iterator[None]:
        """Let every method that has a rate run with every rate; yields after each."""
        for i, racer in enumerate(self._race.racers):
            if self._reasons[i] or not isinstance(racer.optimizer, Method):
                continue
            start = np.array(self._race.start)
            walk = MethodWalk(self._race.surface.function(), racer.optimizer, start)
            for j, rate in enumerate(self._rates.tolist()):
                method = with_nodes(racer.optimizer, {self._paths[i]: rate}, "optimizer.")
                walk.restart(method, start, seed=self._race.seed, schedule=racer.schedule)
                for step in range(self._race.steps):
                    if step % CHECK_EVERY == 0 and should_stop():
                        return
                    if not walk.is_finite:
                        break
                    walk.step()
                loss = float(self._race.surface.grid(*walk.theta)) if walk.is_finite else np.nan
                self._note(i, j, loss, not walk.is_finite)
                yield

    def _note(self, i: int, rates: slice | int, losses: Floats | float, gone: object) -> None:
        self._losses[i, rates] = losses
        self._diverged[i, rates] = gone
        self._is_known[i, rates] = True

    def _reason(self, i: int) -> str:
        racer = self._race.racers[i]
        return self._race.refusal(racer) or ("" if self._paths[i] else "it has no learning rate")

    def _rate(self, i: int, racer: Racer) -> float:
        return racer.recipe.live()[self._paths[i]] if self._paths[i] else np.nan


def advance(ensemble: Ensemble, n_steps: int, should_stop: Callable[[], bool]) -> bool:
    """Do so many steps; False where it was stopped before."""
    for step in range(n_steps):
        if step % CHECK_EVERY == 0 and should_stop():
            return False
        ensemble.step()
    return True


def has_diverged(surface: Surface, theta: Floats) -> Bools:
    """Return whether loss or gradient norm are not finite at points of shape (n, 2).

    As in the programs, a gradient whose square overflows counts as infinite.
    """
    x, y = theta.T
    slope_x, slope_y = surface.gradient_grid(x, y)
    with np.errstate(over="ignore", invalid="ignore"):
        square = np.square(slope_x) + np.square(slope_y)
    return ~(np.isfinite(surface.grid(x, y)) & np.isfinite(square))
