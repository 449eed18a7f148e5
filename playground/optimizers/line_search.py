"""Searches along a line, and gradient descent that uses them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.wolfe import StrongWolfe, Trial, inner, moved

MOST_HALVINGS = 60

LINE_RULE = (
    r"t:\; f(\theta + t d) \le f(\theta) + c_1 t\, g^\top d,\quad"
    r"|g(\theta + t d)^\top d| \le c_2\, |g^\top d| \;\text{ (strong Wolfe)}"
)
"""What the step length t along d meets."""


def backtrack(
    objective: Objective,
    theta: Array,
    direction: Array,
    value: float,
    slope: float,
    *,
    first: float,
    decrease: float,
    factor: float,
) -> float:
    """Return the first step length t = first, factor·first … with f(θ + t d) ≤ f(θ) + c t f′.

    Parameters
    ----------
    objective
        f.
    theta, direction
        Point and direction, shape (n,).
    value, slope
        f(θ) and the directional derivative there, below zero.
    first, factor
        The length that is tried first, and what each is multiplied by to make the next; below 1.
    decrease
        c, the share of the predicted decrease that is asked for (Armijo 1966).

    Returns
    -------
    float
        The step length; 0 where none of the lengths that floats can tell apart will do.
    """
    length = first
    for _ in range(MOST_HALVINGS):
        if objective.value(moved(theta, length, direction)) <= value + decrease * length * slope:
            return length
        length *= factor
    return 0.0


def curvature(default: float) -> Any:
    """Declare the second Wolfe condition's share; only its default differs between methods."""
    return declare(
        default,
        gt=0,
        lt=1,
        slider=(1e-3, 0.99),
        live=True,
        label="Curvature c₂",
        help="Share of the slope that may be left at the step's end: small searches exactly.",
    )


class LineMethod(Method):
    """A method that chooses a direction, then searches along it."""

    REQUIRES = frozenset({"gradient"})
    line_search: Literal["strong_wolfe", "backtracking"] = declare(
        "strong_wolfe",
        help="Strong Wolfe looks at slopes too and makes steps longer; backtracking only shortens.",
    )
    decrease: float = declare(
        1e-4,
        gt=0,
        lt=1,
        slider=(1e-6, 0.5),
        scale="log",
        live=True,
        label="Decrease c₁",
        help="Share of the decrease that the slope predicts that a step must reach.",
    )
    curvature: float = curvature(0.9)
    shrink: float = declare(
        0.5,
        gt=0,
        lt=1,
        slider=(0.1, 0.9),
        live=True,
        label="Shrink factor",
        help="What a step that is too long is multiplied by in backtracking.",
    )

    def search(
        self, objective: Objective, start: Trial, direction: Array, first: float
    ) -> Trial | None:
        """Return the point that is found along d; None where no step leads down.

        Parameters
        ----------
        objective
            What is made small.
        start
            θ with its value and gradient.
        direction
            d of shape (n,).
        first
            The step length to try first.
        """
        assert start.gradient is not None
        slope = inner(start.gradient, direction)
        if not (slope < 0 and np.isfinite(direction).all()):
            return None
        if self.line_search == "strong_wolfe":
            start = Trial(0.0, start.theta, start.value, start.gradient, slope)
            found = StrongWolfe(objective, start, direction, self.decrease, self.curvature)
            end = found.search(first)
            return end if end.length else None
        length = backtrack(
            objective,
            start.theta,
            direction,
            start.value,
            slope,
            first=first,
            decrease=self.decrease,
            factor=self.shrink,
        )
        if not length:
            return None
        theta = moved(start.theta, length, direction)
        return Trial(length, theta, objective.value(theta))


def stand(objective: Objective, theta: Array) -> Trial:
    """Return θ with its value and gradient: where a search begins."""
    return Trial(0.0, theta, *objective.value_and_gradient(theta))


def gradient_at(objective: Objective, end: Trial) -> Array:
    """Return the gradient where a search ended, asking for it where the search has not."""
    return objective.gradient(end.theta) if end.gradient is None else end.gradient


def first_length(drop: float, slope: float, unit: float) -> float:
    """Return the length to try first: as if the last decrease came again (N&W 2006, eq. 3.60).

    Parameters
    ----------
    drop
        By how much the last step lowered the value; 0 where there was none.
    slope
        Directional derivative, below zero.
    unit
        The length that is tried where there was no step before.
    """
    return min(1.0, 1.01 * 2.0 * drop / -slope) if drop > 0 and slope else unit


def unit_length(gradient: Array) -> float:
    """Return the length of a step along the gradient that moves by 1, at most 1."""
    return float(min(1.0, 1.0 / np.sqrt(inner(gradient, gradient))))


@OPTIMIZERS.register
class SteepestDescent(LineMethod):
    """Gradient descent whose step length is searched anew each time: θ ← θ - t g."""

    SOURCE = "Cauchy 1847; Armijo 1966; Nocedal & Wright 2006, algorithms 3.1, 3.5 and 3.6"
    RULE = r"d = -g,\quad \theta \leftarrow \theta + t\, d" + "\n" + LINE_RULE
    kind: Literal["steepest_descent"] = "steepest_descent"
    line_search: Literal["strong_wolfe", "backtracking"] = declare(
        "backtracking",
        help="Backtracking only shortens a step; strong Wolfe looks at slopes too.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"length": np.array(1.0)}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        start = stand(objective, theta)
        assert start.gradient is not None
        first = state["length"].item() / self.shrink
        end = self.search(objective, start, -start.gradient, first)
        if end is None:
            return theta
        state["length"][()] = end.length
        return end.theta
