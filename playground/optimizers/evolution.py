"""Evolution strategies in a few lines: one that climbs ranks, and one parent with one child."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import (
    OPTIMIZERS,
    Array,
    Method,
    State,
    learning_rate,
)
from playground.optimizers.trials import first_sigma, known_value, sigma, value_at, values_at


@OPTIMIZERS.register
class OpenAIES(Method):
    """Estimates a smoothed gradient from pairs of points at both sides of θ.

    A step is one generation of 2 · ``pairs`` evaluations; θ is the mean of the search
    distribution, which is never evaluated itself. Unshaped values that are not finite let θ stay.
    """

    LABEL = "OpenAI ES"
    SOURCE = "Salimans, Ho, Chen, Sidor & Sutskever 2017, algorithm 1 and section 2"
    RULE = r"""
f_i^{\pm} = f(\theta \pm \sigma \varepsilon_i), \quad \varepsilon_i \sim \mathcal{N}(0, I)
u_i^{\pm} = \frac{\mathrm{rank}(f_i^{\pm})}{2n - 1} - \frac{1}{2}
g = \frac{1}{2 n \sigma} \sum_{i=1}^{n} (u_i^+ - u_i^-)\, \varepsilon_i
\theta \leftarrow \theta - \eta\, g
"""
    kind: Literal["openai_es"] = "openai_es"
    learning_rate: float = learning_rate(0.05)
    sigma: float = sigma(0.1, "Distance of the points from θ in each coordinate.")
    pairs: int = declare(
        10,
        ge=1,
        le=10_000,
        slider=(1, 200),
        scale="log",
        live=True,
        label="Pairs n",
        help="Mirrored pairs of points in a generation; each costs two evaluations.",
    )
    shaping: Literal["ranks", "none"] = declare(
        "ranks",
        live=True,
        help="What stands for a value: its rank among all, from -½ to ½, or the value itself.",
    )

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        epsilon = rng.standard_normal((self.pairs, theta.size))
        away = self.sigma * epsilon
        both = np.concatenate([theta + away, theta - away]).astype(theta.dtype)
        values = values_at(objective, both)
        if self.shaping == "ranks":
            values = centred_ranks(values)
        if not np.isfinite(values).all():
            return theta
        above, below = values[: self.pairs], values[self.pairs :]
        gradient = (above - below) @ epsilon / (2 * self.pairs * self.sigma)
        return (theta - self.learning_rate * gradient).astype(theta.dtype)


def centred_ranks(values: Array) -> Array:
    """Return -½ for the lowest value, ½ for the highest, and the others evenly in between."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks / (len(values) - 1) - 0.5


@OPTIMIZERS.register
class OnePlusOneES(Method):
    """One parent, one child, the better of them goes on; σ follows the 1/5 success rule.

    A step is one child, which costs one evaluation; θ is the parent, the best point so far.
    """

    LABEL = "(1+1)-ES"
    SOURCE = "Rechenberg 1973; Beyer & Schwefel 2002, section 2.4"
    RULE = r"""
x = \theta + \sigma \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I)
\theta \leftarrow x \; \text{ where } \; f(x) \leq f(\theta)
p = \text{share of the last } G \text{ children that were better}
\sigma \leftarrow \sigma \,/\, a \; \text{ where } \; p > \frac{1}{5}
\sigma \leftarrow a\, \sigma \; \text{ where } \; p < \frac{1}{5}
"""
    kind: Literal["one_plus_one_es"] = "one_plus_one_es"
    first_sigma: float = first_sigma(0.5)
    factor: float = declare(
        0.85,
        gt=0,
        lt=1,
        slider=(0.5, 0.99),
        live=True,
        label="Factor a",
        help="What σ is multiplied or divided by.",
    )
    period: int = declare(
        10,
        ge=1,
        le=100_000,
        slider=(1, 1000),
        scale="log",
        live=True,
        unit="steps",
        label="Period G",
        help="Children between two changes of σ; the number of parameters is a good one.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {
            "sigma": np.array(self.first_sigma),
            "n_children": np.array(0),
            "n_better": np.array(0),
        }

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        value = known_value(objective, theta, state)
        away = state["sigma"].item() * rng.standard_normal(theta.size)
        child = (theta + away).astype(theta.dtype)
        child_value = value_at(objective, child)
        is_better = child_value <= value
        if is_better:
            theta, state["value"] = child, np.array(child_value)
        self._adapt(state, is_better)
        return theta

    def _adapt(self, state: State, is_better: bool) -> None:
        """Count the child, and change σ at the end of a period."""
        state["n_children"] += 1
        state["n_better"] += is_better
        if state["n_children"] < self.period:
            return
        share = state["n_better"] / state["n_children"]
        if not math.isclose(share, 0.2):
            state["sigma"] *= 1 / self.factor if share > 0.2 else self.factor
        state["n_children"][()] = state["n_better"][()] = 0
