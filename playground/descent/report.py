"""What came of a race, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from playground.descent.run import RaceRun
from playground.descent.track import Track
from playground.objectives.surface import Surface
from playground.optimizers.optimizer import Optimizer

TOLERANCE_SHARE = 1e-3
"""A racer has arrived within this share of the domain's diagonal of a known minimum."""


@dataclass(frozen=True)
class Result:
    """What came of one racer.

    Attributes
    ----------
    ending, reason
        See :class:`~playground.descent.track.Track`; empty while it goes on.
    steps
        How many it did.
    theta
        Where it stands at last.
    loss, gradient_norm, distance
        There; the distance is to the nearest known minimum, NaN where none is known.
    evaluations, products, elapsed_s
        What it cost.
    steps_to_tolerance, evaluations_to_tolerance
        At the first row that is near enough to a minimum; None where none is.
    """

    optimizer: Optimizer
    ending: str
    reason: str
    steps: int
    theta: tuple[float, float]
    loss: float
    gradient_norm: float
    distance: float
    evaluations: int
    products: int
    elapsed_s: float
    steps_to_tolerance: int | None
    evaluations_to_tolerance: int | None


@dataclass(frozen=True)
class Results:
    """What came of a race: the distance that counts as arrived, and an entry for each racer."""

    tolerance: float
    racers: tuple[Result, ...]


def default_tolerance(surface: Surface) -> float:
    """Return how near to a minimum is near enough on a surface."""
    return TOLERANCE_SHARE * surface.domain.diagonal


def results(run: RaceRun, tolerance: float | None = None) -> Results:
    """Return what came of a race.

    Parameters
    ----------
    run
        As far as it is known.
    tolerance
        Distance to a known minimum that counts as arrived; by default a thousandth of the
        domain's diagonal.
    """
    within = default_tolerance(run.race.surface) if tolerance is None else tolerance
    pairs = zip(run.race.racers, run.tracks, strict=True)
    return Results(within, tuple([_result(r.optimizer, track, within) for r, track in pairs]))


def _result(optimizer: Optimizer, track: Track, tolerance: float) -> Result:
    last = track.length - 1
    arrived = track.first_within(tolerance)
    x, y = track.theta[last].tolist()
    return Result(
        optimizer=optimizer,
        ending=track.ending.value if track.ending else "",
        reason=track.reason,
        steps=last,
        theta=(x, y),
        loss=float(track.loss[last]),
        gradient_norm=float(track.gradient_norm[last]),
        distance=float(track.distance[last]),
        evaluations=int(track.evaluations[last]),
        products=int(track.products[last]),
        elapsed_s=float(track.elapsed_s[last]),
        steps_to_tolerance=arrived,
        evaluations_to_tolerance=None if arrived is None else int(track.evaluations[arrived]),
    )
