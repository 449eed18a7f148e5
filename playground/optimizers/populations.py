"""Crowds of points that learn from one another."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground.declarations import declare
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.trials import is_same_loss, values_at


def _population_size(default: int, least: int) -> Any:
    return declare(
        default,
        ge=least,
        le=10_000,
        slider=(least, 200),
        label="Population",
        help="How many points there are; each costs an evaluation a step.",
    )


def _spread() -> Any:
    return declare(
        1.0,
        gt=0,
        slider=(1e-2, 10.0),
        scale="log",
        label="First spread",
        help="Half the width of the box around the start in which the first points are drawn.",
    )


def _drawn_around(theta: Array, size: int, spread: float, rng: np.random.Generator) -> Array:
    """Return the start and points drawn evenly from the box around it, shape (size, n)."""
    points = theta + rng.uniform(-spread, spread, (size, theta.size))
    points[0] = theta
    return points.astype(theta.dtype)


def _refreshed(objective: Objective, theta: Array, points: Array, values: Array) -> None:
    """Let the best of the known points be θ, and ask for all values anew where the loss changed.

    The arrays are written to. θ is elsewhere only where somebody has moved it.
    """
    best = int(np.argmin(values))
    if not np.array_equal(points[best], theta):
        points[best] = theta
        values[best] = values_at(objective, [theta])[0]
    elif not is_same_loss(objective, theta, values[best]):
        values[...] = values_at(objective, points)


@OPTIMIZERS.register
class DifferentialEvolution(Method):
    """Adds the difference of two points to a third, and keeps what is better (rand/1/bin).

    The first step draws and evaluates the population; each further one is a generation, with a
    trial against each member. θ is the best member.
    """

    SOURCE = "Storn & Price 1997, rand/1/bin; equal values move, as in Price, Storn & Lampinen 2005"
    RULE = r"""
v_i = x_{r_1} + F (x_{r_2} - x_{r_3}), \quad r_1 \neq r_2 \neq r_3 \neq i
u_{ij} = v_{ij} \text{ where } \mathcal{U}(0, 1) \leq CR \text{ or } j = j_i, \text{ else } x_{ij}
x_i \leftarrow u_i \text{ where } f(u_i) \leq f(x_i)
\theta \leftarrow \mathrm{argmin}_i\, f(x_i)
"""
    LARGEST = 100_000
    kind: Literal["differential_evolution"] = "differential_evolution"
    population_size: int = _population_size(20, 4)
    spread: float = _spread()
    weight: float = declare(
        0.8,
        gt=0,
        le=2,
        slider=(0.1, 2.0),
        live=True,
        label="Weight F",
        help="What differences are multiplied by.",
    )
    crossover: float = declare(
        0.9,
        ge=0,
        le=1,
        slider=(0, 1),
        live=True,
        label="Crossover CR",
        help="Chance of each coordinate to come from the mutant.",
    )

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        if "population" not in state:
            points = _drawn_around(theta, self.population_size, self.spread, rng)
            state["population"], state["values"] = points, values_at(objective, points)
        else:
            _refreshed(objective, theta, state["population"], state["values"])
            self._breed(objective, state, rng)
        best: Array = state["population"][np.argmin(state["values"])].copy()
        return best

    def _breed(self, objective: Objective, state: State, rng: np.random.Generator) -> None:
        members, values = state["population"], state["values"]
        trials = np.array([self._trial(members, i, rng) for i in range(len(members))])
        trial_values = values_at(objective, trials)
        is_better = trial_values <= values
        members[is_better] = trials[is_better]
        values[is_better] = trial_values[is_better]

    def _trial(self, members: Array, i: int, rng: np.random.Generator) -> Array:
        others = rng.choice(len(members) - 1, 3, replace=False)
        first, second, third = members[others + (others >= i)]
        mutant = first + self.weight * (second - third)
        crosses = rng.random(mutant.size) <= self.crossover
        crosses[rng.integers(mutant.size)] = True
        return np.where(crosses, mutant, members[i]).astype(members.dtype)


@OPTIMIZERS.register
class ParticleSwarm(Method):
    """Particles that fly towards their own best point and the best one of all.

    The first step draws and evaluates the swarm at rest; each further one moves every particle
    once, all of them knowing the same best point. θ is the best point that any of them has met.
    The defaults are Clerc and Kennedy's constriction χ = 0.7298 with φ₁ = φ₂ = 2.05, written as
    inertia χ and attractions χ φ.
    """

    SOURCE = "Kennedy & Eberhart 1995; constriction of Clerc & Kennedy 2002"
    RULE = r"""
v_i \leftarrow \chi v_i + c_1 r_1 \odot (p_i - x_i) + c_2 r_2 \odot (\theta - x_i)
r_1, r_2 \sim \mathcal{U}(0, 1)^n
x_i \leftarrow x_i + v_i
p_i \leftarrow x_i \text{ where } f(x_i) < f(p_i)
\theta \leftarrow \mathrm{argmin}_i\, f(p_i)
"""
    LARGEST = 100_000
    kind: Literal["particle_swarm"] = "particle_swarm"
    population_size: int = _population_size(20, 2)
    spread: float = _spread()
    inertia: float = declare(
        0.7298,
        ge=0,
        lt=1,
        slider=(0, 0.99),
        live=True,
        label="Inertia χ",
        help="Share of a particle's velocity that is kept.",
    )
    own_attraction: float = declare(
        1.49618,
        ge=0,
        le=4,
        slider=(0, 4),
        live=True,
        label="Own attraction c₁",
        help="Pull towards the best point that the particle itself has met.",
    )
    common_attraction: float = declare(
        1.49618,
        ge=0,
        le=4,
        slider=(0, 4),
        live=True,
        label="Common attraction c₂",
        help="Pull towards the best point that any particle has met.",
    )

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        if "population" not in state:
            points = _drawn_around(theta, self.population_size, self.spread, rng)
            state["population"], state["velocities"] = points, np.zeros_like(points)
            state["best_points"], state["best_values"] = points.copy(), values_at(objective, points)
        else:
            _refreshed(objective, theta, state["best_points"], state["best_values"])
            self._fly(objective, theta, state, rng)
        best: Array = state["best_points"][np.argmin(state["best_values"])].copy()
        return best

    def _fly(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> None:
        x, v, best = state["population"], state["velocities"], state["best_points"]
        own, common = rng.random((2, *x.shape))
        v[...] = (
            self.inertia * v
            + self.own_attraction * own * (best - x)
            + self.common_attraction * common * (theta - x)
        )
        x += v
        values = values_at(objective, x)
        is_better = values < state["best_values"]
        best[is_better] = x[is_better]
        state["best_values"][is_better] = values[is_better]
