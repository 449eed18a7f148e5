"""A line search that finds a point low enough and flat enough: the strong Wolfe conditions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import Array

MOST_TRIALS = 40

NOISE = 4.0
"""Differences up to so many units in the last place of the value are taken for rounding."""


@dataclass(frozen=True)
class Trial:
    """A point on the line θ + t d.

    Attributes
    ----------
    length
        t.
    theta, gradient
        The point and the gradient there, shape (n,); the gradient is None where the search that
        found the point has not asked for it.
    value, slope
        φ(t) and φ′(t) = gᵀd; the slope is NaN without a gradient.
    """

    length: float
    theta: Array
    value: float
    gradient: Array | None = None
    slope: float = math.nan

    @property
    def is_finite(self) -> bool:
        """Whether both value and slope are numbers."""
        return math.isfinite(self.value) and math.isfinite(self.slope)


class StrongWolfe:
    """Searches t with φ(t) ≤ φ(0) + c₁ t φ′(0) and |φ′(t)| ≤ c₂ |φ′(0)|.

    Parameters
    ----------
    objective, start, direction
        The function, where the line begins (with its gradient), and d of shape (n,), downhill.
    decrease, curvature
        c₁ and c₂.

    Notes
    -----
    Nocedal & Wright 2006, algorithms 3.5 and 3.6, with cubic interpolation (3.59) and the
    safeguards of Moré & Thuente 1994. Where values differ by no more than rounding, the first
    condition is asked of the slope instead (Hager & Zhang 2005, eq. 4.1), so that a search near a
    minimum does not founder on the last digits. Values that are not finite are too high.
    """

    def __init__(
        self,
        objective: Objective,
        start: Trial,
        direction: Array,
        decrease: float,
        curvature: float,
    ) -> None:
        self._objective = objective
        self._start = start
        self._direction = direction
        self._decrease = decrease
        self._flat = -curvature * start.slope
        self._noise = NOISE * float(np.finfo(objective.dtype).eps) * abs(start.value)
        self._n_left = MOST_TRIALS

    def search(self, first: float) -> Trial:
        """Return the point found, beginning at t = first.

        Where trials run out it is the lowest that meets the first condition; the start, with
        length 0, where there is none.
        """
        before, length = self._start, first
        while self._n_left:
            trial = self._at(length)
            if self._is_high(trial, before):
                return self._zoom(before, trial)
            if abs(trial.slope) <= self._flat:
                return trial
            if trial.slope >= 0:
                return self._zoom(trial, before)
            step = length - before.length
            ahead = cubic_minimum(before, trial)
            if not length < ahead < math.inf:
                ahead = math.inf  # the cubic falls for ever: go as far as is allowed
            before, length = trial, min(max(ahead, length + 1.1 * step), length + 4.0 * step)
        return before

    def _zoom(self, low: Trial, high: Trial) -> Trial:
        """Search between the lowest point so far and one beyond a minimum."""
        width, creeps = abs(high.length - low.length), False
        while self._n_left and _can_tell_apart(low, high):
            trial = self._at((low.length + high.length) / 2 if creeps else _inside(low, high))
            if self._is_high(trial, low):
                high = trial
            elif abs(trial.slope) <= self._flat:
                return trial
            else:
                if trial.slope * (high.length - low.length) >= 0:
                    high = low
                low = trial
            shrunk = abs(high.length - low.length)
            width, creeps = shrunk, shrunk > 0.66 * width
        return low

    def _at(self, length: float) -> Trial:
        self._n_left -= 1
        theta = moved(self._start.theta, length, self._direction)
        value, gradient = self._objective.value_and_gradient(theta)
        return Trial(length, theta, value, gradient, inner(gradient, self._direction))

    def _is_high(self, trial: Trial, low: Trial) -> bool:
        """Whether a trial breaks the first condition, or does not lie below the lowest so far."""
        if not trial.is_finite:
            return True
        start = self._start
        if abs(trial.value - start.value) <= self._noise:
            return trial.slope > (2 * self._decrease - 1) * start.slope
        is_enough = trial.value <= start.value + self._decrease * trial.length * start.slope
        return not is_enough or (low is not start and trial.value >= low.value)


def moved(theta: Array, length: float, direction: Array) -> Array:
    """Return θ + t d in θ's number type."""
    result: Array = theta + theta.dtype.type(length) * direction
    return result


def inner(a: Array, b: Array) -> float:
    """Return aᵀb, summed in double precision."""
    return float(a.astype(np.float64) @ b.astype(np.float64))


def cubic_minimum(a: Trial, b: Trial) -> float:
    """Return where the cubic through two points with their slopes is least; NaN where nowhere.

    Nocedal & Wright 2006, eq. 3.59.
    """
    distance = b.length - a.length
    d1 = a.slope + b.slope - 3 * (b.value - a.value) / distance
    radicand = d1 * d1 - a.slope * b.slope
    if not radicand >= 0:
        return math.nan
    d2 = math.copysign(math.sqrt(radicand), distance)
    denominator = b.slope - a.slope + 2 * d2
    return b.length - distance * (b.slope + d2 - d1) / denominator if denominator else math.nan


def _quadratic_minimum(a: Trial, b: Trial) -> float:
    """Return where the parabola through two points with the first one's slope is least."""
    distance = b.length - a.length
    bend = (b.value - a.value) / distance - a.slope
    return a.length - 0.5 * a.slope * distance / bend if bend else math.nan


def _inside(low: Trial, high: Trial) -> float:
    """Return where to look between two points, never close to either."""
    span = high.length - low.length
    share = math.nan
    if high.is_finite:
        cubic = (cubic_minimum(low, high) - low.length) / span
        share = cubic
        if high.value > low.value:
            quadratic = (_quadratic_minimum(low, high) - low.length) / span
            if not abs(cubic) < abs(quadratic):
                share = (cubic + quadratic) / 2
    if not math.isfinite(share):
        share = 0.5 if high.is_finite else 0.1
    return low.length + min(max(share, 0.02), 0.98) * span


def _can_tell_apart(a: Trial, b: Trial) -> bool:
    return bool((a.theta != b.theta).any())
