"""What a function of one variable does on an interval: where it rises, bends, breaks and ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.calculus import sentences
from playground.calculus.breaks import Break, find_breaks
from playground.calculus.derivation import differentiate
from playground.calculus.evaluation import Calculation, function_of
from playground.calculus.formula import Formula
from playground.calculus.searching import (
    crossings,
    parts_where,
    rounded,
    runs_of_zeros,
    sign_change,
    without_noise,
)

Array = NDArray[np.float64]

N_SAMPLES = 2001
MAX_FEATURES = 60
"""Of each kind; the others are left out and the analysis says so."""

ACCURACY = (
    "Found on a grid of {n} points: what happens between two neighbours is not seen. Points are "
    "exact to about 1e-12 of the interval, one-sided limits and slopes to about six digits."
)


@dataclass(frozen=True)
class Stretch:
    """A part of the interval on which f′ has one sign.

    Attributes
    ----------
    lower, upper : float
    direction : str
        ``rising``, ``falling``, ``flat`` or ``undefined``.
    """

    lower: float
    upper: float
    direction: str


@dataclass(frozen=True)
class Feature:
    """A point worth a mark.

    Attributes
    ----------
    kind : str
        ``root``, ``minimum``, ``maximum``, ``saddle`` (an inflection with a horizontal tangent),
        ``inflection``, ``kink``, ``vertical tangent``, ``jump``, ``pole``, ``gap`` (removable),
        ``oscillation`` or ``edge`` (of the domain).
    at, value : float
        The point and f there; for a gap the limit. NaN where there is none.
    left, right : float
        Slopes of both sides at a kink, limits of both sides at a jump, pole, gap or edge, else the
        derivative twice.
    explanation : str
        One sentence with the numbers.
    """

    kind: str
    at: float
    value: float
    left: float
    right: float
    explanation: str


@dataclass(frozen=True)
class Analysis:
    """What :func:`analyze` found.

    Attributes
    ----------
    lower, upper : float
    x, values, slopes, curvatures : ndarray of shape (n,)
        The grid, and f, f′ and f″ on it; NaN outside of the domain.
    stretches : tuple of Stretch
        From left to right; together they are the interval.
    features : tuple of Feature
        By position.
    is_complete : bool
        Whether everything was listed that was seen.
    accuracy : str
        The limits of what was seen, in words.
    """

    lower: float
    upper: float
    x: Array
    values: Array
    slopes: Array
    curvatures: Array
    stretches: tuple[Stretch, ...]
    features: tuple[Feature, ...]
    is_complete: bool
    accuracy: str

    def of_kind(self, *kinds: str) -> tuple[Feature, ...]:
        """Return the features of some kinds."""
        return tuple(f for f in self.features if f.kind in kinds)


def analyze(
    formula: Formula,
    lower: float,
    upper: float,
    *,
    first: Formula | None = None,
    second: Formula | None = None,
    n_samples: int = N_SAMPLES,
) -> Analysis:
    """Return what a function of one variable does on an interval.

    Breaks are looked for where a part of the formula says so: zeros of divisors, arguments of
    ``abs`` and of roots, comparisons. Roots, extrema and inflections are changes of sign of f, f′
    and f″ on a grid, refined until neighbouring doubles.

    Parameters
    ----------
    formula
        Of one variable.
    lower, upper
        The interval.
    first, second
        f′ and f″, where they are known already.
    n_samples
        Points of the grid.

    Raises
    ------
    ValueError
        Where the interval is empty.
    """
    if not lower < upper:
        raise ValueError(f"needs lower < upper, got {lower} and {upper}")
    first = first or differentiate(formula)
    second = second or differentiate(first)
    with np.errstate(all="ignore"):
        return _Analyst(formula, first, second, lower, upper, n_samples).analysis()


class _Analyst:
    def __init__(
        self,
        formula: Formula,
        first: Formula,
        second: Formula,
        lower: float,
        upper: float,
        n_samples: int,
    ) -> None:
        self.lower, self.upper = float(lower), float(upper)
        self.span = self.upper - self.lower
        self.x = np.linspace(lower, upper, n_samples)
        self._formula, self._first = formula, first
        variables = formula.variables
        self._jet = Calculation([formula.root, first.root, second.root], variables)
        self._f = function_of(formula.root, variables)
        self._slope = function_of(first.root, variables)
        self._curvature = function_of(second.root, variables)
        self.is_complete = True

    def analysis(self) -> Analysis:
        found, self.is_complete = find_breaks(self._formula, self._first, self.x)
        breaks = [b for b in found if b.kind]
        # Where f is smooth after all f″ may still jump.
        self._joints = np.array([b.at for b in found if not b.kind])
        features = [self._feature(b) for b in breaks]
        pieces = self._pieces(breaks)
        stretches: list[Stretch] = []
        at = self.lower
        for low, high in pieces:
            if low - at > 1e-7 * self.span:
                stretches.append(Stretch(at, low, "undefined"))
            points, directions = self._piece(low, high)
            features += points
            stretches += directions
            at = high
        if self.upper - at > 1e-7 * self.span:
            stretches.append(Stretch(at, self.upper, "undefined"))
        features += self._edges(pieces, [f.at for f in features])
        values, slopes, curvatures = self._sampled(self.x)
        return Analysis(
            self.lower,
            self.upper,
            self.x,
            values,
            slopes,
            curvatures,
            _merged([s for s in stretches if s.upper - s.lower > 1e-6 * self.span]),
            tuple(sorted(features, key=lambda f: f.at)),
            self.is_complete,
            ACCURACY.format(n=len(self.x)),
        )

    def _sampled(self, x: Array) -> tuple[Array, Array, Array]:
        """Return f, f′ and f″; what is derived counts only where f itself has a value."""
        f, slope, curvature = (np.broadcast_to(v, x.shape).astype(float) for v in self._jet(x))
        f = np.where(np.isfinite(f), f, np.nan)
        # NaN times zero is NaN: what f has no value for, its derivatives have none for either.
        return f, slope + 0.0 * f, curvature + 0.0 * f

    def _feature(self, b: Break) -> Feature:
        kind = b.kind
        numbers = b.slopes if kind in ("kink", "vertical tangent") else b.limits
        value = {"gap": b.limits[0], "pole": math.nan}.get(kind, b.value)
        return Feature(kind, b.at, value, *numbers, sentences.of_break(kind, b.at, value, *numbers))

    # --- pieces --------------------------------------------------------------------------------

    def _pieces(self, breaks: Sequence[Break]) -> list[tuple[float, float]]:
        """Return the parts of the interval on which f is defined and smooth."""
        cuts = [self.lower, *[b.at for b in breaks if self.lower < b.at < self.upper], self.upper]
        pieces = []
        for low, high in pairwise(cuts):
            inner = self.x[(self.x > low) & (self.x < high)]
            pieces += parts_where(lambda x: np.isfinite(self._f(x)), low, inner, high)
        return pieces

    def _piece(self, low: float, high: float) -> tuple[list[Feature], list[Stretch]]:
        inner = self.x[(self.x > low) & (self.x < high)]
        # Nearer to a break differences like those in f′ of sin(x)/x are rounding alone.
        margin = 1e-6 * (high - low)
        inner = inner[(inner > low + margin) & (inner < high - margin)]
        x = np.concatenate([[low + margin], inner, [high - margin]])
        f, slope, curvature = self._sampled(x)
        slope = self._significant(f, slope)
        noise = 1e-12 * (np.abs(f) / self.span + np.abs(slope)) / self.span
        curvature = self._without_noise(x, np.where(np.abs(curvature) <= noise, 0.0, curvature))
        extrema, cuts = self._extrema(x, slope)
        touching = [e.at for e in extrema if self._is_level(self._f, e.at, 1e-12)]
        roots = [self._marked("root", p) for p in self._roots(x, f, touching)]
        bends = [p for p in self._crossings(self._curvature, x, curvature) if not _near(p, cuts)]
        levels = [p for p in bends if self._is_level(self._slope, p, 1e-6)]
        features = [*roots, *extrema, *[self._marked("saddle", p) for p in levels]]
        features += [self._marked("inflection", p) for p in bends if p not in levels]
        return features, self._directions(low, high, cuts)

    def _without_noise(self, x: Array, curvature: Array) -> Array:
        """Return curvatures without rounding; a jump at a joint is none."""
        ends = [np.searchsorted(x, self._joints, side) for side in ("left", "right")]
        parts = np.split(curvature, np.sort(np.concatenate(ends)))
        return np.concatenate([without_noise(part) for part in parts])

    def _significant(self, f: Array, slope: Array) -> Array:
        """Return slopes without those whose sign is that of rounding."""
        return np.where(np.abs(slope) <= 1e-13 * np.abs(f) / self.span, 0.0, slope)

    def _crossings(self, function: Any, x: Array, values: Array) -> list[float]:
        """Return where a function that was sampled on a grid changes its sign."""
        before, after = crossings(values)
        if len(before) > MAX_FEATURES or np.any(np.diff(before) == 1):
            self.is_complete = False
        points = sign_change(function, x[before], x[after])
        return [float(p) for p in rounded(function, points, self.span)[:MAX_FEATURES]]

    def _roots(self, x: Array, f: Array, touching: list[float]) -> list[float]:
        points = self._crossings(self._f, x, f)
        single = [x[a] for a, b in runs_of_zeros(f) if a == b and a > 0 and b < len(x) - 1]
        for p in [*touching, *single]:
            if not _near(p, points):
                points.append(float(p))
        return points

    def _extrema(self, x: Array, slope: Array) -> tuple[list[Feature], list[float]]:
        """Return extrema and saddles that the grid meets, and where f′ may change its sign."""
        points = self._crossings(self._slope, x, slope)
        reach = 0.1 * self.span / len(self.x)
        rises = self._slope(np.array(points) + reach) > 0
        kinds = ["minimum" if r else "maximum" for r in rises]
        found = [self._marked(kind, p) for kind, p in zip(kinds, points, strict=True)]
        cuts = list(points)
        for first, last in runs_of_zeros(slope):
            if last - first > 3:
                cuts += [float(x[i]) for i in (first, last) if 0 < i < len(x) - 1]
        return found, cuts

    def _is_level(self, function: Any, at: float, share: float) -> bool:
        """Whether a function is zero at a point, measured by what it is around."""
        points = at + 0.01 * self.span * np.array([-1.0, 0.0, 1.0])
        left, here, right = np.abs(function(points))
        return bool(here <= share * np.nanmax([left, right]))

    def _marked(self, kind: str, at: float) -> Feature:
        value, slope, curvature = (float(v) for v in self._jet(np.float64(at)))
        sentence = sentences.of_point(kind, at, value, slope, curvature)
        return Feature(kind, at, value, slope, slope, sentence)

    def _directions(self, low: float, high: float, cuts: Sequence[float]) -> list[Stretch]:
        ends = np.unique([low, *[c for c in cuts if low < c < high], high])
        # One point alone might be the middle of a terrace.
        inside = ends[:-1, None] + np.diff(ends)[:, None] * np.array([0.29, 0.5, 0.71])
        f, slope, _ = self._sampled(inside)
        signs = np.nan_to_num(np.sign(self._significant(f, slope))).sum(axis=1)
        return [
            Stretch(float(a), float(b), "rising" if s > 0 else "falling" if s < 0 else "flat")
            for a, b, s in zip(ends[:-1], ends[1:], signs, strict=True)
        ]

    def _edges(
        self, pieces: Sequence[tuple[float, float]], known: Sequence[float]
    ) -> list[Feature]:
        """Return where the domain ends that no part of the formula told of, as by overflow."""
        features = []
        for piece, other in pairwise(pieces):
            if other[0] - piece[1] > 1e-7 * self.span:
                features += [self._edge(piece[1], "left"), self._edge(other[0], "right")]
        if pieces and pieces[0][0] - self.lower > 1e-7 * self.span:
            features.append(self._edge(pieces[0][0], "right"))
        if pieces and self.upper - pieces[-1][1] > 1e-7 * self.span:
            features.append(self._edge(pieces[-1][1], "left"))
        return [e for e in features if all(abs(e.at - p) > 1e-7 * self.span for p in known)]

    def _edge(self, at: float, side: str) -> Feature:
        value = float(self._f(np.array(at)))
        left, right = (value, math.nan) if side == "left" else (math.nan, value)
        outside = at + (1e-6 if side == "left" else -1e-6) * self.span
        overflows = not np.isnan(self._f(np.array(outside)))
        sentence = (
            sentences.of_overflow(at)
            if overflows
            else sentences.of_break("edge", at, value, left, right)
        )
        return Feature("edge", at, value, left, right, sentence)


def _near(at: float, others: Sequence[float]) -> bool:
    return any(abs(at - other) <= 1e-9 * (1.0 + abs(at)) for other in others)


def _merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for stretch in stretches:
        if merged and merged[-1].direction == stretch.direction:
            merged[-1] = Stretch(merged[-1].lower, stretch.upper, stretch.direction)
        else:
            merged.append(stretch)
    return tuple(merged)
