"""The points of an interval at which a function is not smooth, and what it does beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.calculus.derivation import differentiate
from playground.calculus.evaluation import function_of
from playground.calculus.expressions import Expression
from playground.calculus.formula import Formula
from playground.calculus.guards import guards_of
from playground.calculus.local import value_at
from playground.calculus.searching import rounded, sign_change, zeros_on_grid

Array = NDArray[np.float64]

MAX_ZEROS = 60
"""Of one part of a formula; there may be infinitely many."""


@dataclass(frozen=True)
class Break:
    """A point at which f may not be smooth.

    Attributes
    ----------
    at, value : float
        The point, and f there.
    limits, slopes : tuple of float
        Limits of f and of f′ from the left and from the right; infinite, or NaN where none is.
    is_defined : tuple of bool
        Whether f has values on the left and on the right.
    divides : bool
        Whether something is divided by zero there.
    """

    at: float
    limits: tuple[float, float]
    slopes: tuple[float, float]
    is_defined: tuple[bool, bool]
    value: float
    divides: bool

    @property
    def kind(self) -> str:
        """What kind of break it is; empty where f is smooth there after all."""
        (left, right), (left_slope, right_slope) = self.limits, self.slopes
        if not any(self.is_defined):
            return ""
        if not all(self.is_defined):
            limit = left if self.is_defined[0] else right
            is_apart = math.isfinite(self.value) and math.isfinite(limit)
            return "jump" if is_apart and not _close(self.value, limit) else "edge"
        if math.isinf(left) or math.isinf(right):
            return "pole"
        if math.isnan(left) or math.isnan(right):
            return "oscillation"
        if not _close(left, right):
            return "jump"
        # A branch that is not taken may divide by zero, and a place beside the zero has a value.
        is_off = self.divides and abs(self.value - left) > 1e-3 * (1 + abs(left))
        if is_off or not math.isfinite(self.value):
            return "gap"
        if not _close(self.value, left):
            return "jump"
        if math.isinf(left_slope) or math.isinf(right_slope):
            return "vertical tangent" if left_slope == right_slope else "kink"
        is_smooth = _close(left_slope, right_slope) or math.isnan(left_slope + right_slope)
        return "" if is_smooth else "kink"


def find_breaks(formula: Formula, first: Formula, x: Array) -> tuple[list[Break], bool]:
    """Return the points at which a function of one variable may break, and whether that is all.

    Parameters
    ----------
    formula, first
        f and f′.
    x
        The grid on which zeros of the formula's parts are looked for.
    """
    divides: dict[float, bool] = {}
    span, is_all = float(x[-1] - x[0]), True
    for guard in guards_of(formula.root):
        part = function_of(guard.expression, formula.variables)
        zeros, are_all = zeros_on_grid(part, x, part(x), MAX_ZEROS)
        is_all &= are_all
        for at in _placed(guard.expression, part, zeros, span, formula.variables)[:MAX_ZEROS]:
            near = next((p for p in divides if abs(p - at) < 1e-10 * span), None)
            key = float(at) if near is None else near
            divides[key] = divides.get(key, False) or guard.divides
    f, slope = (function_of(g.root, formula.variables) for g in (formula, first))
    points = sorted(divides)
    return [
        replace(b, value=math.nan) if b.divides and _is_undefined(formula, b) else b
        for b in _measured(formula, f, slope, points, [divides[p] for p in points], span)
    ], is_all


def _is_undefined(formula: Formula, b: Break) -> bool:
    """Whether f has no value at a break whose number comes from one over zero, as exp(-1/0)."""
    return math.isfinite(b.value) and math.isnan(value_at(formula, b.at))


def _placed(
    expression: Expression,
    part: Callable[[Any], Any],
    zeros: Array,
    span: float,
    variables: tuple[str, ...],
) -> Array:
    """Return zeros of a part as exact as they can be told.

    Where it only touches zero its values tell the place to half of the digits, and the zero of
    its derivative to all of them.
    """
    reach = 1e-6 * span
    low, high = zeros - reach, zeros + reach
    places = rounded(part, zeros, span)
    touches = part(low) * part(high) > 0
    if np.any(touches):
        slope = function_of(differentiate(Formula(expression, variables)).root, variables)
        touches &= slope(low) * slope(high) < 0
        lowest = sign_change(slope, low[touches], high[touches])
        places[touches] = rounded(slope, lowest, span)
    return places


def _measured(
    formula: Formula,
    f: Callable[[Any], Any],
    slope: Callable[[Any], Any],
    at: Sequence[float],
    divides: Sequence[bool],
    span: float,
) -> list[Break]:
    points = np.array(at)
    gaps = np.diff(np.concatenate([[-np.inf], points, [np.inf]]))
    reach = np.minimum(1e-3 * span, np.minimum(gaps[:-1], gaps[1:]) / 4)
    offsets = reach[:, None] * _APPROACH
    left, right = points[:, None] - offsets, points[:, None] + offsets
    values = _defined(formula, left, f(left)), _defined(formula, right, f(right))
    slopes, here = (slope(left), slope(right)), f(points)
    return [
        Break(
            at=float(p),
            limits=(_limit(values[0][i]), _limit(values[1][i])),
            slopes=(_limit(slopes[0][i]), _limit(slopes[1][i])),
            is_defined=(not np.isnan(values[0][i][-1]), not np.isnan(values[1][i][-1])),
            value=float(here[i]),
            divides=divides[i],
        )
        for i, p in enumerate(points)
    ]


def _defined(formula: Formula, x: Array, values: Array) -> Array:
    """Return values towards points, a row for each; NaN where each of them is one over zero.

    So are those of 1/relu(x) on the left of 0, where there is no value, and no pole either.
    """
    values = np.array(np.broadcast_to(values, x.shape))
    for row in np.flatnonzero(np.isinf(values).all(axis=1)):
        if math.isnan(value_at(formula, float(x[row, -1]))):
            values[row] = np.nan
    return values


_APPROACH = 0.25 ** np.arange(4)
"""Distances at which a limit is judged, as shares of the largest."""


def _limit(values: Array) -> float:
    """Return where values tend that come nearer to a point by a factor of four each."""
    if not np.all(np.isfinite(values)):
        return float(values[-1]) if np.isinf(values[-1]) else math.nan
    sizes = np.abs(values)
    if max(sizes[2:]) <= 0.3 * max(sizes[:2]):
        return 0.0
    a, b, c = np.diff(values)
    is_monotone = a * b > 0 and b * c > 0
    bound = 0.75 if is_monotone else 0.3
    size = 1.0 + sizes[-1]
    if abs(c) <= 1e-5 * size or (abs(c) <= bound * abs(b) and abs(b) <= bound * abs(a)):
        # Aitken's extrapolation, exact for a power of the distance.
        shift = c * c / (b - c) if is_monotone and abs(b) > abs(c) > 1e-9 * size else 0.0
        limit = float(values[-1] + shift)
        return 0.0 if abs(limit) <= 1e-7 * max(sizes) or abs(limit) < 1e-12 else limit
    if np.all(np.diff(sizes) > 0) and values[0] * values[-1] > 0:
        return math.inf if values[-1] > 0 else -math.inf
    return math.nan


def _close(a: float, b: float) -> bool:
    return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= 1e-4 * (1.0 + abs(a) + abs(b))
