"""The gradient measured by how much the model's predictions change: natural gradient."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.newton import damping
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State, learning_rate


@OPTIMIZERS.register
class NaturalGradient(Method):
    """The gradient over the Fisher matrix, kept on its diagonal, by layer or whole.

    It is the empirical Fisher matrix, of the batch's own targets: F = mean of gᵢ gᵢᵀ with the
    gradients gᵢ of each sample's loss, penalties left out. Near a perfect fit it vanishes, which
    the true one would not (Kunstner et al. 2019); the damping then rules.
    """

    SOURCE = "Amari 1998; empirical Fisher matrix as in Schraudolph 2002 and Kunstner et al. 2019"
    RULE = (
        r"F = \frac{1}{m} \sum_{i=1}^{m} g_i g_i^\top \quad"
        r"(\text{its diagonal, or its blocks by layer})" + "\n"
        r"\theta \leftarrow \theta - \eta\, (F + \lambda I)^{-1} g"
    )
    REQUIRES = frozenset({"gradient", "samples"})
    LARGEST = 20_000
    kind: Literal["natural_gradient"] = "natural_gradient"
    fisher: Literal["layers", "diagonal", "full"] = declare(
        "layers", label="Fisher matrix", help="Which part of the Fisher matrix is kept."
    )
    learning_rate: float = learning_rate(0.1)
    damping: float = damping(
        0.1, "Added to the Fisher matrix's diagonal: shortens uncertain steps."
    )

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        gradient = objective.gradient(theta).astype(np.float64)
        samples = objective.sample_gradients(theta).astype(np.float64)
        if not (np.isfinite(gradient).all() and np.isfinite(samples).all()):
            return theta
        least = max(self.damping, np.finfo(theta.dtype).eps)
        if self.fisher == "diagonal":
            direction = gradient / (np.mean(samples**2, axis=0) + least)
        else:
            direction = np.empty_like(gradient)
            for block in self._blocks(objective.layout):
                direction[block] = solved(samples[:, block], gradient[block], least)
        return theta - (self.learning_rate * direction).astype(theta.dtype)

    def _blocks(self, layout: Layout) -> list[slice]:
        if self.fisher == "full":
            return [slice(0, layout.size)]
        return [layout.span(layer) for layer in layout.layers]


def solved(samples: Array, gradient: Array, damping: float) -> Array:
    """Return (mean of gᵢ gᵢᵀ + λ I)⁻¹ g.

    Parameters
    ----------
    samples
        The gᵢ, shape (m, n); with fewer samples than parameters the system has m unknowns
        (Woodbury 1950).
    gradient
        g of shape (n,).
    damping
        λ.
    """
    m, n = samples.shape
    if n <= m:
        matrix = samples.T @ samples / m + damping * np.eye(n)
        return np.asarray(np.linalg.solve(matrix, gradient))
    inner = samples @ samples.T + m * damping * np.eye(m)
    return np.asarray((gradient - samples.T @ np.linalg.solve(inner, samples @ gradient)) / damping)
