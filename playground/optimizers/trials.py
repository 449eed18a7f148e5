"""What methods that compare values at points share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from playground.declarations import declare
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import Array

ROUNDING = 64.0
"""Units in the last place within which two values of one loss may differ: batches in another order
are summed in another order."""


def value_at(objective: Objective, theta: Array) -> float:
    """Return the value, +∞ where it is not a number, so that values can be put in order."""
    value = objective.value(theta)
    return math.inf if math.isnan(value) else value


def values_at(objective: Objective, thetas: Iterable[Array]) -> Array:
    """Return the values at several points, shape (n_points,); see :func:`value_at`."""
    return np.array([value_at(objective, theta) for theta in thetas])


def is_same_loss(objective: Objective, theta: Array, value: float) -> bool:
    """Whether the loss at θ is what it was when it was asked for last.

    On another mini-batch, or after an edit of the penalties, values that a method remembers say
    nothing any more. A watcher has looked at θ already, so this costs no evaluation.
    """
    seen, _ = objective.observe(theta)
    tolerance = ROUNDING * float(np.finfo(theta.dtype).eps)
    return math.isclose(seen, value, rel_tol=tolerance, abs_tol=tolerance)


def known_value(objective: Objective, theta: Array, state: dict[str, Array]) -> float:
    """Return the value at θ, from ``state["value"]`` where it still holds; it is kept there."""
    known = state.get("value")
    if known is None or not is_same_loss(objective, theta, known.item()):
        state["value"] = known = np.array(value_at(objective, theta))
    return float(known)


def sigma(default: float, help: str) -> Any:
    """Declare a standard deviation of steps; default and meaning differ between methods."""
    return declare(
        default,
        gt=0,
        slider=(1e-4, 10.0),
        scale="log",
        live=True,
        label="Standard deviation σ",
        help=help,
    )


def first_sigma(default: float) -> Any:
    """Declare the standard deviation of the first steps, which the method adapts."""
    return declare(
        default,
        gt=0,
        slider=(1e-3, 10.0),
        scale="log",
        label="First σ",
        help="Standard deviation of the first steps in each coordinate, σ₀.",
    )
