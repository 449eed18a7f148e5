"""What a function of one variable does at one point: limits and slopes from both sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playground.calculus.derivation import differentiate
from playground.calculus.evaluation import precise, precise_context
from playground.calculus.formula import Formula
from playground.calculus.guards import guards_of

DIGITS = 150
"""Of the arithmetic: third differences at the smallest step keep 50 of them."""

_STEPS = (-20, -25, -30)
"""Exponents of ten of the distances from which a limit is judged."""

_MORE_STEPS = (-35, -40)
"""Those of two more distances, where a limit is approached slowly."""

_TOUCH = 1e-24
"""Size of a part of a formula below which it may touch zero next to a point."""


@dataclass(frozen=True)
class Side:
    """One side of a point.

    Attributes
    ----------
    limit, slope, curvature : float
        Limits of f, f′ and f″ from this side: a number, ±inf, or NaN where there is none.
    is_defined : bool
        Whether f has real values there.
    """

    limit: float
    slope: float
    curvature: float
    is_defined: bool


@dataclass(frozen=True)
class LocalFacts:
    """A function near a point.

    Attributes
    ----------
    at, value : float
        The point, and f there (NaN where it is not defined).
    left, right : Side
    kind : str
        ``smooth``, ``kink``, ``vertical tangent``, ``jump``, ``pole``, ``removable gap``,
        ``edge`` (defined on one side only), ``oscillation`` or ``undefined``.
    explanation : str
        One sentence with the numbers.
    """

    at: float
    value: float
    left: Side
    right: Side
    kind: str
    explanation: str

    @property
    def has_slope(self) -> bool:
        """Whether f′ exists there, or its continuous extension over a removable gap."""
        return self.kind in ("smooth", "removable gap") and _close(
            self.left.slope, self.right.slope
        )

    @property
    def has_curvature(self) -> bool:
        """Whether f″ exists there, or its continuous extension."""
        return self.has_slope and _close(self.left.curvature, self.right.curvature)


def local_facts(formula: Formula, at: float) -> LocalFacts:
    """Return what a function of one variable does at a point.

    Judged from values with 150 digits at distances from 1e-20 to 1e-30, so what happens closer to
    the point is not seen. A limit that is approached more slowly than the tenth root does is found
    where it is approached as a power or as 1/log, and taken for none elsewhere. A point at which
    the formula breaks is meant by the double nearest to it, as π/2 by 1.5707963267948966.
    """
    place = _meant(formula, at)
    left, right = _side(formula, place, -1), _side(formula, place, 1)
    value = float(value_at(formula, at))
    kind = _kind(value, left, right)
    where = f"{formula.variables[0]} = {at:.6g}"
    return LocalFacts(at, value, left, right, kind, _explanation(kind, where, value, left, right))


def value_at(formula: Formula, at: float) -> Any:
    """Return f at a point; NaN where something is divided by zero, whatever comes of it."""
    m, (name,) = precise_context(DIGITS), formula.variables
    return precise(formula.root, {name: m.mpf(at)}, m, is_strict=True)


def reference(formula: Formula, at: float, order: int) -> Any:
    """Return a derivative to 50 digits, by central differences with 150 that avoid the point.

    Right where the derivative exists or can be extended to the point; see :func:`local_facts`.
    """
    m = precise_context(DIGITS)
    f, a, h = _function(formula), m.mpf(at), m.mpf(10) ** -26
    if order == 1:
        return (f(a + h) - f(a - h)) / (2 * h)
    near, far = f(a + h) + f(a - h), f(a + 2 * h) + f(a - 2 * h)
    if order == 2:
        return (far - near) / (3 * h**2)
    if order == 3:
        return (f(a + 2 * h) - f(a - 2 * h) - 2 * (f(a + h) - f(a - h))) / (2 * h**3)
    further = f(a + 3 * h) + f(a - 3 * h)
    # The fourth derivative from ±h, ±2h, ±3h.
    return (3 * further - 8 * far + 5 * near) / (10 * h**4)


def _function(formula: Formula, *, is_strict: bool = False) -> Callable[[Any], Any]:
    m, (name,) = precise_context(DIGITS), formula.variables

    def f(x: Any) -> Any:
        return precise(formula.root, {name: x}, m, is_strict=is_strict)

    return f


def _meant(formula: Formula, at: float) -> Any:
    """Return the break of a formula that has no double nearer to it, else the point itself."""
    m = precise_context(DIGITS)
    point, *ends = (m.mpf(x) for x in (at, *(math.nextafter(at, e) for e in (-math.inf, math.inf))))
    for guard in guards_of(formula.root):
        part = Formula(guard.expression, formula.variables)
        here = _function(part)(point)
        if here == 0:
            return point
        if not _changes(part, ends) and abs(here) < _TOUCH:
            part = differentiate(part)
        if _changes(part, ends):
            return m.findroot(_function(part), ends, solver="anderson", verify=False)
    return point


def _changes(part: Formula, ends: list[Any]) -> bool:
    """Whether a function has opposite signs at two points."""
    low, high = map(_function(part), ends)
    return bool(low * high < 0)


def _side(formula: Formula, at: Any, sign: int) -> Side:
    # Strict: where something is divided by zero all along a side, as in 0^x, f has no values there.
    m, f = precise_context(DIGITS), _function(formula, is_strict=True)
    values, slopes, curvatures = [], [], []
    for exponent in _STEPS:
        h = sign * m.mpf(10) ** exponent
        one, two, three = (f(at + k * h) for k in (1, 2, 3))
        values.append(one)
        slopes.append((two - one) / h)
        curvatures.append((three - 2 * two + one) / h**2)
    is_defined = not m.isnan(values[-1])
    limit = _limit(values, m)
    if not math.isfinite(limit) and m.isfinite(values[-1]):
        values += [f(at + sign * m.mpf(10) ** exponent) for exponent in _MORE_STEPS]
        slow = _slow_limit(values)
        limit = limit if math.isnan(slow) else slow
    return Side(limit, _limit(slopes, m), _limit(curvatures, m), is_defined)


def _slow_limit(values: list[Any]) -> float:
    """Return where values tend that come nearer to a point by 1e-5 each; NaN where it is not seen.

    As L + c hᵅ their differences have one ratio; as L + c / log h they are linear in 1 / log h.
    """
    differences = [b - a for a, b in pairwise(values)]
    if not all(0 < abs(d) < math.inf for d in differences):
        return math.nan
    ratios = [b / a for a, b in pairwise(differences)]
    # A ratio of 1 is that of a logarithm, which has no limit.
    if 0 < ratios[0] < 1 - 1e-6 and max(abs(r - ratios[0]) for r in ratios) < 1e-9:
        limit = values[-1] + differences[-1] * ratios[0] / (1 - ratios[0])
        return 0.0 if abs(limit) < 1e-9 else float(limit)
    shares = [1.0 / exponent for exponent in (*_STEPS, *_MORE_STEPS)]
    slope = (values[-1] - values[0]) / (shares[-1] - shares[0])
    limit = values[0] - slope * shares[0]
    misses = [abs(v - limit - slope * s) for v, s in zip(values, shares, strict=True)]
    if max(misses) > 1e-9 * max(map(abs, differences)):
        return math.nan
    return 0.0 if abs(limit) < 1e-9 else float(limit)


def _limit(values: list[Any], m: Any) -> float:
    """Return where three values tend that come nearer to a point by 1e-5 each."""
    first, second, third = values
    if any(m.isnan(v) or m.isinf(v) for v in values):
        return float(third) if m.isinf(third) else math.nan
    before, after = abs(second - first), abs(third - second)
    if after <= 1e-6 * (1 + abs(third)) or after <= before / 2:
        limit = third
        if before > after > 1e-20:
            # Aitken's extrapolation: roots approach their limit by a constant ratio.
            limit = third - (third - second) ** 2 / ((third - second) - (second - first))
        return 0.0 if abs(limit) < 1e-9 else float(limit)
    if abs(first) < abs(second) < abs(third) and first * third > 0:
        return math.inf if third > 0 else -math.inf
    return math.nan


def _close(a: float, b: float) -> bool:
    return math.isfinite(a) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def _kind(value: float, left: Side, right: Side) -> str:
    if not (left.is_defined or right.is_defined):
        return "undefined"
    if left.is_defined != right.is_defined:
        limit = left.limit if left.is_defined else right.limit
        is_apart = math.isfinite(value) and math.isfinite(limit) and not _close(value, limit)
        return "jump" if is_apart else "edge"
    if math.isinf(left.limit) or math.isinf(right.limit):
        return "pole"
    if math.isnan(left.limit) or math.isnan(right.limit):
        return "oscillation"
    if not _close(left.limit, right.limit):
        return "jump"
    if not math.isfinite(value):
        return "removable gap"
    if not _close(value, left.limit):
        return "jump"
    return _kind_of_slope(left.slope, right.slope)


def _kind_of_slope(left: float, right: float) -> str:
    if math.isinf(left) or math.isinf(right):
        return "vertical tangent" if left == right else "kink"
    if math.isnan(left) or math.isnan(right):
        return "oscillation"
    return "smooth" if _close(left, right) else "kink"


def _explanation(kind: str, where: str, value: float, left: Side, right: Side) -> str:
    match kind:
        case "smooth":
            return f"f is smooth at {where}: both sides have the slope {left.slope:.6g}."
        case "kink":
            return (
                f"f has a kink at {where}: the slope is {left.slope:.6g} on the left and "
                f"{right.slope:.6g} on the right, so there is no derivative."
            )
        case "vertical tangent":
            return f"f has a vertical tangent at {where}: its slope grows without bound."
        case "jump" if left.is_defined != right.is_defined:
            side, other, limit = (
                ("left", "right", left.limit) if left.is_defined else ("right", "left", right.limit)
            )
            return (
                f"f is {value:.6g} at {where}, but tends to {limit:.6g} from the {side}; on the "
                f"{other} it is not defined."
            )
        case "jump" if not _close(left.limit, right.limit):
            return f"f jumps at {where} from {left.limit:.6g} to {right.limit:.6g}."
        case "jump":
            return f"f is {value:.6g} at {where}, but tends to {left.limit:.6g} from both sides."
        case "pole":
            return (
                f"f has a pole at {where}: it tends to {left.limit:.6g} on the left and "
                f"{right.limit:.6g} on the right."
            )
        case "removable gap":
            return (
                f"f is not defined at {where}, but tends to {left.limit:.6g} from both sides: "
                "the gap can be removed."
            )
        case "edge":
            side, limit = ("left", left.limit) if left.is_defined else ("right", right.limit)
            tends = "no limit is seen there" if math.isnan(limit) else f"tends to {limit:.6g} there"
            return (
                f"{where} is the edge of f's domain: f is defined on the {side} only and {tends}."
            )
        case "oscillation":
            return f"f oscillates ever faster near {where}: a limit or slope does not exist."
    return f"f has no real value at {where} or near it."
