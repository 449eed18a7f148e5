"""Searches that try one point at random after another."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.trials import known_value, sigma, value_at


def _tries(help: str) -> int:
    value: int = declare(
        10, ge=1, le=100_000, slider=(1, 1000), scale="log", live=True, label="Tries", help=help
    )
    return value


@OPTIMIZERS.register
class SimulatedAnnealing(Method):
    """A random walk that goes uphill by Metropolis' chance, under a temperature that falls.

    A step is ``tries`` evaluations at one temperature; θ is where the walk stands, not the best
    point so far, which the state has as ``best``.
    """

    SOURCE = "Kirkpatrick, Gelatt & Vecchi 1983; Metropolis et al. 1953"
    RULE = r"""
x = \theta + \sigma \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I)
\theta \leftarrow x \text{ with probability } \min(1,\, e^{-(f(x) - f(\theta)) / T})
T \leftarrow \alpha T
"""
    kind: Literal["simulated_annealing"] = "simulated_annealing"
    temperature: float = declare(
        1.0,
        gt=0,
        slider=(1e-4, 100.0),
        scale="log",
        label="First temperature T₀",
        help="Rise of the loss that is accepted with a chance of 1/e at first.",
    )
    cooling: float = declare(
        0.97,
        gt=0,
        le=1,
        slider=(0.8, 1.0),
        live=True,
        label="Cooling α",
        help="What the temperature is multiplied by after a step.",
    )
    sigma: float = sigma(0.1, "Length of a try in each coordinate.")
    tries: int = _tries("Points that are tried at one temperature.")

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"temperature": np.array(self.temperature), "best": theta.copy()}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        before = state.get("value")
        value = known_value(objective, theta, state)
        if before is None or value != before:  # another loss, of which nothing else is known
            state["best"], state["best_value"] = theta.copy(), np.array(value)
        for _ in range(self.tries):
            away = self.sigma * rng.standard_normal(theta.size)
            point = (theta + away).astype(theta.dtype)
            point_value = value_at(objective, point)
            if _accepts(point_value - value, state["temperature"].item(), rng.random()):
                theta, value = point, point_value
                if value < state["best_value"]:
                    state["best"], state["best_value"] = theta.copy(), np.array(value)
        state["value"] = np.array(value)
        state["temperature"] *= self.cooling
        return theta


def _accepts(rise: float, temperature: float, chance: float) -> bool:
    """Whether a rise of the loss is accepted; ``chance`` is drawn evenly from 0 to 1."""
    return rise <= 0 or (temperature > 0 and chance < math.exp(-rise / temperature))


@OPTIMIZERS.register
class RandomSearch(Method):
    """Tries points at random around θ, and goes to one that is better.

    A step is ``tries`` evaluations one after another; θ is the best point so far.
    """

    SOURCE = "Matyas 1965; Rastrigin 1963"
    RULE = r"""
x = \theta + \sigma \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I)
\theta \leftarrow x \text{ where } f(x) < f(\theta)
"""
    kind: Literal["random_search"] = "random_search"
    sigma: float = sigma(0.1, "Length of a try in each coordinate.")
    tries: int = _tries("Points that are tried in a step.")

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        value = known_value(objective, theta, state)
        for _ in range(self.tries):
            away = self.sigma * rng.standard_normal(theta.size)
            point = (theta + away).astype(theta.dtype)
            point_value = value_at(objective, point)
            if point_value < value:
                theta, value = point, point_value
        state["value"] = np.array(value)
        return theta
