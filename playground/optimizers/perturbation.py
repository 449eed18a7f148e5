"""Descent on gradients that two evaluations estimate."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State, learning_rate


@OPTIMIZERS.register
class SPSA(Method):
    """Moves all coordinates at once by random signs, both ways, and descends the difference.

    A step is one estimate, which costs two evaluations however many parameters there are; θ is the
    iterate, which is never evaluated itself, and stays where a value is not finite. The learning
    rate is the gain's numerator a.
    """

    LABEL = "SPSA"
    SOURCE = "Spall 1992; gains of Spall 1998, IEEE Transactions on AES 34(3), section III"
    RULE = r"""
\hat g_i = \frac{f(\theta + c_k \Delta) - f(\theta - c_k \Delta)}{2 c_k \Delta_i}
\Delta_i = \pm 1 \text{ with equal chance}
\theta \leftarrow \theta - a_k\, \hat g
a_k = \frac{\eta}{(A + k)^{\alpha}}, \quad c_k = \frac{c}{k^{\gamma}}
"""
    kind: Literal["spsa"] = "spsa"
    learning_rate: float = learning_rate(0.1)
    perturbation: float = declare(
        0.1,
        gt=0,
        slider=(1e-4, 1.0),
        scale="log",
        live=True,
        label="Perturbation c",
        help="Distance of the first evaluations from θ in each coordinate; about the noise of f.",
    )
    stability: float = declare(
        10.0,
        ge=0,
        slider=(0, 1000),
        live=True,
        label="Stability A",
        help="Holds the first steps back; about a tenth of the number of steps.",
    )
    step_decay: float = declare(
        0.602,
        ge=0,
        le=1,
        slider=(0, 1),
        live=True,
        label="Step decay α",
        help="Exponent at which steps become shorter; 1 is best for very many of them.",
    )
    perturbation_decay: float = declare(
        0.101,
        ge=0,
        le=1,
        slider=(0, 1),
        live=True,
        label="Perturbation decay γ",
        help="Exponent at which perturbations become smaller.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"k": np.array(0)}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        state["k"] += 1
        k = state["k"].item()
        rate = self.learning_rate / (self.stability + k) ** self.step_decay
        reach = self.perturbation / k**self.perturbation_decay
        signs = 2.0 * rng.integers(0, 2, theta.size) - 1.0
        above = objective.value((theta + reach * signs).astype(theta.dtype))
        below = objective.value((theta - reach * signs).astype(theta.dtype))
        if not math.isfinite(above - below):
            return theta
        gradient = (above - below) / (2 * reach) * signs  # 1/Δ = Δ for signs
        return (theta - rate * gradient).astype(theta.dtype)
