"""Zeros of functions of one variable on a grid, all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_BISECTIONS = 60
"""Halvings until neighbouring doubles, from any bracket that a grid gives."""

_GOLDEN = (5**0.5 - 1) / 2


def bisect(f: Function, low: Array, high: Array) -> Array:
    """Return where a function changes its sign, one point for each bracket.

    Parameters
    ----------
    f
        Function on arrays.
    low, high
        Ends of the brackets, each of shape (n,), with f of opposite signs.

    Returns
    -------
    ndarray of shape (n,)
        The last of the halvings at which |f| is smaller.
    """
    if not len(low):
        return low
    is_positive = f(low) > 0
    for _ in range(_BISECTIONS):
        middle = low + (high - low) / 2
        stays = (f(middle) > 0) == is_positive
        low, high = np.where(stays, middle, low), np.where(stays, high, middle)
        if np.all(np.nextafter(low, high) >= high):
            break
    return np.where(_size(f(low)) < _size(f(high)), low, high)


def boundary(holds: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array) -> Array:
    """Return where a condition that holds at ``low`` and not at ``high`` ceases to hold."""
    return bisect(lambda x: np.where(holds(x), 1.0, -1.0), low, high)


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
    crossings = bisect(f, x[changes], x[changes + 1])
    touches = _lowest(f, x[dips - 1], x[dips + 1])
    scale = np.maximum(size[dips - 1], size[dips + 1])
    touches = touches[_size(f(touches)) <= 1e-12 * scale]
    return np.unique(np.concatenate([exact, crossings, touches])), is_all


def _lowest(f: Function, low: Array, high: Array) -> Array:
    """Return where |f| is smallest in each bracket, by golden sections."""
    if not len(low):
        return low
    for _ in range(_BISECTIONS):
        first, second = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        goes_left = _size(f(first)) < _size(f(second))
        low, high = np.where(goes_left, low, first), np.where(goes_left, second, high)
    return (low + high) / 2


def _size(values: Any) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values), np.abs(values), np.inf)
