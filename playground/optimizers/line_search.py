"""Searches along a line, and gradient descent that uses them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State

MOST_HALVINGS = 60


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
    theta, direction
        Point and direction, shape (n,).
    value, slope
        f(θ) and the directional derivative there, below zero.
    decrease
        c, the share of the predicted decrease that is asked for (Armijo 1966).

    Returns
    -------
    float
        The step length; 0 where none of the lengths that floats can tell apart will do.
    """
    length = first
    for _ in range(MOST_HALVINGS):
        moved = theta + theta.dtype.type(length) * direction
        if objective.value(moved) <= value + decrease * length * slope:
            return length
        length *= factor
    return 0.0


@OPTIMIZERS.register
class SteepestDescent(Method):
    """Gradient descent whose step length is searched anew each time: θ ← θ - t g."""

    SOURCE = "Cauchy 1847; Armijo 1966; Nocedal & Wright 2006, algorithm 3.1"
    REQUIRES = frozenset({"gradient"})
    kind: Literal["steepest_descent"] = "steepest_descent"
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
    shrink: float = declare(
        0.5,
        gt=0,
        lt=1,
        slider=(0.1, 0.9),
        live=True,
        label="Shrink factor",
        help="What a step that is too long is multiplied by.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"length": np.array(1.0)}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        value, gradient = objective.value_and_gradient(theta)
        slope = -float(gradient @ gradient)
        length = backtrack(
            objective,
            theta,
            -gradient,
            value,
            slope,
            first=state["length"].item() / self.shrink,
            decrease=self.decrease,
            factor=self.shrink,
        )
        if length:
            state["length"][()] = length
        return theta - theta.dtype.type(length) * gradient
