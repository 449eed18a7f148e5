"""The error of a derivative against the step that it was computed with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ErrorCurve:
    """The error of one method against its step.

    Attributes
    ----------
    method : str
    h, error : ndarray of shape (n,)
        Steps from 1 to 1e-16 and errors of f′; an error may be exactly 0, and is NaN where a + h
        is rounded to a.
    truncation, rounding : ndarray of shape (n,)
        What theory says of the two branches, to leading order; NaN where it says nothing.
    best_h, best_error : float
        The step of the smallest error.
    optimum_h : float
        Where theory puts it: the branches balanced; NaN where a derivative in it is zero.
    """

    method: str
    h: Array
    error: Array
    truncation: Array
    rounding: Array
    best_h: float
    best_error: float
    optimum_h: float


def distance(value: Any, known: Any) -> Any:
    """Return |value − known| of doubles from a number of 50 digits, without losing digits."""
    if known is None:
        return math.nan
    high = float(known)
    low = float(known - high)
    # Beyond 50 digits the reference itself is not known.
    return abs((value - high) - (low if abs(low) > 1e-48 * abs(high) else 0.0))


def error_curve(
    method: str,
    h: Array,
    values: Any,
    known: Any,
    truncation: Array,
    rounding: Array,
    optimum_h: float,
) -> ErrorCurve:
    """Return the curve of a method from its values at steps h and the true derivative."""
    error = np.asarray(distance(values, known))
    best = int(np.argmin(np.where(np.isfinite(error), error, np.inf)))
    return ErrorCurve(
        method, h, error, truncation, rounding, float(h[best]), float(error[best]), optimum_h
    )


def balance(a: float, b: float, n: int) -> float:
    """Return the h at which a equals b · hⁿ; NaN where either is zero."""
    return (a / b) ** (1 / n) if a and b else math.nan
