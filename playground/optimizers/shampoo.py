"""Shampoo: a preconditioner for each axis of each weight array."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout, Segment
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State, learning_rate


@OPTIMIZERS.register
class Shampoo(Method):
    """Adagrad with whole matrices, one for each axis of each array of weights.

    An axis longer than the limit has the diagonal of its matrix alone, as in the paper's
    section 5.
    """

    SOURCE = "Gupta, Koren & Singer 2018, algorithms 1 and 2"
    RULE = (
        r"L \leftarrow L + G G^\top,\quad R \leftarrow R + G^\top G,\quad"
        r"\text{first } L = R = \varepsilon I" + "\n"
        r"M \leftarrow \beta M + L^{-1/4}\, G\, R^{-1/4},\quad \theta \leftarrow \theta - \eta\, M"
        + "\n"
        r"\text{arrays of } k \text{ axes:}\quad\;"
        r"M \leftarrow \beta M + G \times_1 L_1^{-1/2k} \cdots \times_k L_k^{-1/2k}"
    )
    REQUIRES = frozenset({"gradient"})
    LARGEST = 1_000_000
    kind: Literal["shampoo"] = "shampoo"
    learning_rate: float = learning_rate(0.1)
    epsilon: float = declare(
        1e-4,
        gt=0,
        slider=(1e-8, 1.0),
        scale="log",
        label="Epsilon ε",
        help="What the matrices begin with on their diagonals.",
    )
    momentum: float = declare(
        0.9,
        ge=0,
        lt=1,
        slider=(0.0, 0.99),
        live=True,
        label="Momentum β",
        help="Share of the last step that is kept; 0 is the algorithm without momentum.",
    )
    longest_axis: int = declare(
        512,
        ge=1,
        le=4096,
        slider=(16, 2048),
        scale="log",
        advanced=True,
        help="Longer axes have diagonal matrices.",
    )
    interval: int = declare(
        1,
        ge=1,
        le=100,
        slider=(1, 50),
        advanced=True,
        help="Steps from one computation of the matrices' roots to the next.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        state: State = {"n_steps": np.array(0), "average": np.zeros_like(theta)}
        for segment in layout:
            for axis, length in enumerate(segment.shape):
                one = np.eye(length) if length <= self.longest_axis else np.ones(length)
                state[f"sum.{segment.name}.{axis}"] = self.epsilon * one
                state[f"root.{segment.name}.{axis}"] = one.copy()
        return state

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        gradient = objective.gradient(theta)
        if not np.isfinite(gradient).all():
            return theta
        direction = np.empty(gradient.size)
        for segment in objective.layout:
            span = slice(segment.start, segment.stop)
            g = gradient[span].reshape(segment.shape).astype(np.float64)
            direction[span] = self._preconditioned(g, segment, state).reshape(-1)
        state["n_steps"] += 1
        state["average"] *= theta.dtype.type(self.momentum)
        state["average"] += direction.astype(theta.dtype)
        return theta - theta.dtype.type(self.learning_rate) * state["average"]

    def _preconditioned(self, g: Array, segment: Segment, state: State) -> Array:
        """Return the gradient of an array, multiplied along each axis by its matrix's root."""
        is_due = state["n_steps"].item() % self.interval == 0
        result = g
        for axis in range(g.ndim):
            total = state[f"sum.{segment.name}.{axis}"]
            root = state[f"root.{segment.name}.{axis}"]
            rows = np.moveaxis(g, axis, 0).reshape(g.shape[axis], -1)
            total += rows @ rows.T if total.ndim == 2 else np.sum(rows**2, axis=1)
            if is_due:
                root[...] = inverse_root(total, 2 * g.ndim)
            ahead = np.moveaxis(result, axis, 0)
            flat = ahead.reshape(len(ahead), -1)
            flat = root @ flat if root.ndim == 2 else root[:, None] * flat
            result = np.moveaxis(flat.reshape(ahead.shape), 0, axis)
        return result


def inverse_root(total: Array, order: int) -> Array:
    """Return a positive matrix, or a diagonal's entries, to the power -1 / order."""
    if total.ndim == 1:
        return np.asarray(total ** (-1.0 / order))
    values, vectors = np.linalg.eigh(total)
    least = len(values) * np.finfo(np.float64).eps * values[-1]
    powers = np.maximum(values, max(least, 1e-300)) ** (-1.0 / order)
    return np.asarray((vectors * powers) @ vectors.T)
