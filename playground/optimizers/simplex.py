"""The simplex of Nelder and Mead."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.trials import is_same_loss, value_at, values_at


@OPTIMIZERS.register
class NelderMead(Method):
    """A simplex of n + 1 points that turns its worst one over, stretches and shrinks.

    The first step evaluates the simplex around the start; each further one is a reflection, an
    expansion, a contraction (one or two evaluations) or a shrinkage (n + 2). θ is the best vertex.
    """

    LABEL = "Nelder–Mead"
    SOURCE = (
        "Nelder & Mead 1965, as stated by Lagarias, Reeds, Wright & Wright 1998; adaptive "
        "coefficients of Gao & Han 2012; first simplex of L. Pfeffer, as in SciPy"
    )
    RULE = r"""
\bar x = \frac{1}{n} \sum_{i=1}^{n} x_i, \quad f(x_1) \leq \ldots \leq f(x_{n+1})
x_r = \bar x + (\bar x - x_{n+1}), \quad x_e = \bar x + \chi (\bar x - x_{n+1})
x_c = \bar x \pm \psi (\bar x - x_{n+1}) \text{ outside, inside}
x_i \leftarrow x_1 + \sigma (x_i - x_1) \text{ where none of them helps}
\theta \leftarrow x_1
"""
    LARGEST = 1_000
    FULL_BATCH = True
    kind: Literal["nelder_mead"] = "nelder_mead"
    edge: float = declare(
        0.05,
        gt=0,
        slider=(1e-3, 1.0),
        scale="log",
        label="First edge",
        help="By what share of itself a coordinate of the start is changed to make a vertex.",
    )
    zero_edge: float = declare(
        0.00025,
        gt=0,
        slider=(1e-5, 1.0),
        scale="log",
        advanced=True,
        label="First edge at zero",
        help="What takes a coordinate's place that is zero at the start.",
    )
    adaptive: bool = declare(
        False, live=True, help="Coefficients that suit many dimensions n: χ = 1 + 2/n and so on."
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        vertices = np.repeat(theta[np.newaxis].astype(np.float64), theta.size + 1, axis=0)
        for k, x in enumerate(theta):
            vertices[k + 1, k] = (1 + self.edge) * x if x else self.zero_edge
        return {"simplex": vertices}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        fits = "values" in state and self._still_fits(objective, theta, state)
        if fits:
            self._move(objective, state)
        else:
            state["values"] = self._values(objective, state["simplex"], theta.dtype)
        order = np.argsort(state["values"], kind="stable")
        state["simplex"], state["values"] = state["simplex"][order], state["values"][order]
        best: Array = state["simplex"][0].astype(theta.dtype)
        return best

    def _still_fits(self, objective: Objective, theta: Array, state: State) -> bool:
        """Whether θ is the best vertex and its value what it was; else carry the simplex along."""
        best = state["simplex"][0]
        if np.array_equal(best.astype(theta.dtype), theta):
            return is_same_loss(objective, theta, state["values"][0])
        state["simplex"] = state["simplex"] + (theta - best)
        return False

    def _move(self, objective: Objective, state: State) -> None:
        simplex, values = state["simplex"], state["values"]
        n, dtype = simplex.shape[1], objective.dtype
        chi, psi, shrink = (
            (1 + 2 / n, 0.75 - 1 / (2 * n), 1 - 1 / n) if self.adaptive else (2.0, 0.5, 0.5)
        )
        centre = simplex[:-1].sum(axis=0) / n

        def try_at(t: float) -> tuple[Array, float]:
            """Return x̄ + t (x̄ - xₙ₊₁) and its value."""
            point = (1 + t) * centre - t * simplex[-1]
            return point, value_at(objective, point.astype(dtype))

        reflected, value = try_at(1.0)
        if value < values[0]:
            expanded, lower = try_at(chi)
            taken = (expanded, lower) if lower < value else (reflected, value)
        elif value < values[-2]:
            taken = reflected, value
        else:
            is_outside = value < values[-1]
            contracted, lower = try_at(psi if is_outside else -psi)
            if not (lower <= value if is_outside else lower < values[-1]):
                simplex[1:] = simplex[0] + shrink * (simplex[1:] - simplex[0])
                values[1:] = self._values(objective, simplex[1:], dtype)
                return
            taken = contracted, lower
        simplex[-1], values[-1] = taken

    @staticmethod
    def _values(objective: Objective, points: Array, dtype: np.dtype) -> Array:
        return values_at(objective, points.astype(dtype))
