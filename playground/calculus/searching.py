"""Zeros of functions of one variable on a grid, all at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_MAX_ROUNDS = 100
"""More than halving takes to come to neighbouring doubles from any bracket of a grid."""

_EPSILON = float(np.finfo(np.float64).eps)
_TINY = float(np.finfo(np.float64).tiny)

_GOLDEN_ROUNDS = 60

_GOLDEN = (5**0.5 - 1) / 2


def sign_change(f: Function, low: Array, high: Array) -> Array:
    """Return where a function changes its sign, one point for each bracket.

    Parameters
    ----------
    f
        Function on arrays; need not be continuous.
    low, high
        Ends of the brackets, each of shape (n,), with f of opposite signs.

    Returns
    -------
    ndarray of shape (n,)
        The one of the two last points, neighbouring doubles, at which |f| is smaller.

    References
    ----------
    Chandrupatla 1997: halvings, but inverse quadratic interpolation where it is safe.
    """
    if not len(low):
        return low
    x1, x2 = low, high
    f1, f2 = f(x1), f(x2)
    t = np.full(len(low), 0.5)
    for _ in range(_MAX_ROUNDS):
        x = x1 + t * (x2 - x1)
        fx = f(x)
        stays = (fx > 0) == (f1 > 0)
        x3, f3 = np.where(stays, x1, x2), np.where(stays, f1, f2)
        x2, f2 = np.where(stays, x2, x1), np.where(stays, f2, f1)
        x1, f1 = x, fx
        best = np.where(_size(f1) < _size(f2), x1, x2)
        with np.errstate(all="ignore"):
            share = 2 * _EPSILON * np.abs(best) / np.abs(x2 - x1) + _TINY
            is_done = (share > 0.5) | (f1 == 0.0)
            t = np.clip(_step(x1, x2, x3, f1, f2, f3), share, 1 - share)
            t = np.where(is_done, 0.0, t)
        if np.all(is_done):
            break
    return best


def _step(x1: Array, x2: Array, x3: Array, f1: Array, f2: Array, f3: Array) -> Array:
    """Return how far from x1 to x2 the next point lies."""
    xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
    is_safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
    quadratic = f1 / (f2 - f1) * f3 / (f2 - f3)
    quadratic = quadratic + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
    return np.where(is_safe, quadratic, 0.5)


def boundary(holds: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array) -> Array:
    """Return where a condition that holds at ``low`` and not at ``high`` ceases to hold."""
    return sign_change(lambda x: np.where(holds(x), 1.0, -1.0), low, high)


def parts_where(
    holds: Callable[[Array], NDArray[np.bool_]], low: float, inner: Array, high: float
) -> list[tuple[float, float]]:
    """Return the parts of an open interval on which a condition holds, seen on a grid inside."""
    margin = 1e-9 * (high - low)
    grid = np.concatenate([[low + margin], inner, [high - margin]])
    held = holds(grid)
    changes = np.flatnonzero(held[:-1] != held[1:])
    begin = np.where(held[changes], grid[changes], grid[changes + 1])
    end = np.where(held[changes], grid[changes + 1], grid[changes])
    marks = [low, *boundary(holds, begin, end).tolist(), high]
    # The condition holds on every other stretch between two marks.
    stretches = list(pairwise(marks))[0 if held[0] else 1 :: 2]
    return [(a, b) for a, b in stretches if b > a]


def sign_changes(values: Array) -> NDArray[np.intp]:
    """Return every i with values of strictly opposite signs at i and i + 1."""
    with np.errstate(invalid="ignore"):
        signs = np.sign(values)
    return np.flatnonzero(signs[:-1] * signs[1:] < 0)


def crossings(values: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the grid indices on both sides of every change of sign, over at most three zeros."""
    nonzero = np.flatnonzero(values != 0.0)  # NaN counts: nothing crosses it
    before, after = nonzero[:-1], nonzero[1:]
    with np.errstate(invalid="ignore"):
        changes = (np.sign(values[before]) * np.sign(values[after]) < 0) & (after - before <= 4)
    return before[changes], after[changes]


def runs_of_zeros(values: Array) -> list[tuple[int, int]]:
    """Return first and last index of every run of zeros."""
    is_zero = np.concatenate([[False], values == 0.0, [False]])
    changes = np.flatnonzero(is_zero[1:] != is_zero[:-1])
    return [(int(a), int(b) - 1) for a, b in zip(changes[::2], changes[1::2], strict=True)]


def without_noise(values: Array) -> Array:
    """Return samples of a smooth function with those set to zero that are rounding alone.

    Noise shows in second differences, which a smooth function on a fine grid has next to none of.
    """
    rough = np.zeros_like(values)
    rough[1:-1] = np.abs(values[:-2] - 2 * values[1:-1] + values[2:])
    rough = np.where(np.isfinite(rough), rough, 0.0)
    widest = rough.copy()
    for shift in (1, 2):
        widest[shift:] = np.maximum(widest[shift:], rough[:-shift])
        widest[:-shift] = np.maximum(widest[:-shift], rough[shift:])
    return np.where(np.abs(values) <= 2 * widest, 0.0, values)


def zeros_on_grid(f: Function, x: Array, values: Array, limit: int) -> tuple[Array, bool]:
    """Return the zeros of a continuous function seen on a grid, and whether that is all of them.

    Zeros without a change of sign are found where |f| has a minimum on the grid that tends to 0.
    """
    exact = x[values == 0.0]
    changes = sign_changes(values)
    size = _size(values)
    inner = size[1:-1]
    dips = 1 + np.flatnonzero((inner < size[:-2]) & (inner < size[2:]) & np.isfinite(inner))
    dips = dips[(values[dips - 1] * values[dips + 1] > 0) & (values[dips] != 0)]
    is_all = max(len(exact), len(changes), len(dips)) <= limit
    exact, changes, dips = exact[:limit], changes[:limit], dips[:limit]
    crossings = sign_change(f, x[changes], x[changes + 1])
    touches = _lowest(f, x[dips - 1], x[dips + 1])
    scale = np.maximum(size[dips - 1], size[dips + 1])
    # A difference such as 1 - cos(x) leaves some rounding of its terms.
    touches = touches[_size(f(touches)) <= 1e-9 * scale]
    return np.unique(np.concatenate([exact, crossings, touches])), is_all


def rounded(f: Function, zeros: Array, span: float) -> Array:
    """Return zeros moved to a short decimal next to them where that is a better zero."""
    if not len(zeros):
        return zeros
    digits = max(0, 11 - math.ceil(math.log10(span)))
    short = np.round(zeros, digits) + 0.0
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(f(short)) <= np.abs(f(zeros)), short, zeros)


def _lowest(f: Function, low: Array, high: Array) -> Array:
    """Return where |f| is smallest in each bracket, by golden sections."""
    if not len(low):
        return low
    for _ in range(_GOLDEN_ROUNDS):
        first, second = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        goes_left = _size(f(first)) < _size(f(second))
        low, high = np.where(goes_left, low, first), np.where(goes_left, second, high)
    return (low + high) / 2


def _size(values: Any) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values), np.abs(values), np.inf)
