"""Nonlinear conjugate gradients."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.models.layout import Layout
from playground.optimizers.line_search import (
    LINE_RULE,
    LineMethod,
    curvature,
    first_length,
    gradient_at,
    stand,
    unit_length,
)
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, State
from playground.optimizers.wolfe import inner


@OPTIMIZERS.register
class ConjugateGradients(LineMethod):
    """Each direction bends the last one by the new gradient: d ← -g + β d."""

    SOURCE = "Polak & Ribière 1969; Nocedal & Wright 2006, algorithm 5.4 with eq. 5.45 (PR+)"
    RULE = (
        r"\theta \leftarrow \theta + t\, d" + "\n"
        r"\beta = \max\left(0,\ \frac{g'^\top (g' - g)}{g^\top g}\right)" + "\n"
        r"d \leftarrow -g' + \beta\, d" + "\n" + LINE_RULE
    )
    kind: Literal["conjugate_gradients"] = "conjugate_gradients"
    curvature: float = curvature(0.1)

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"direction": np.zeros_like(theta), "beta": np.array(0.0), "drop": np.array(0.0)}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        start = stand(objective, theta)
        gradient = start.gradient
        assert gradient is not None
        square = inner(gradient, gradient)
        if not square > 0:
            return theta
        direction = theta.dtype.type(state["beta"]) * state["direction"] - gradient
        for attempt in (direction, -gradient):
            slope = inner(gradient, attempt)
            first = first_length(state["drop"].item(), slope, unit_length(gradient))
            end = self.search(objective, start, attempt, first)
            if end is not None:
                break
        else:
            return theta
        after = gradient_at(objective, end)
        state["direction"] = attempt
        state["beta"][()] = max(0.0, inner(after, after - gradient) / square)
        state["drop"][()] = start.value - end.value
        return end.theta
