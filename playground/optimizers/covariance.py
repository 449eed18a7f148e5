"""Evolution strategies that learn the shape of the function: CMA-ES, by the library cmaes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import field_validator

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, Need, State
from playground.optimizers.trials import first_sigma, value_at
from playground.randomness import seed_of

FARTHEST = 1e32
"""The largest coordinate that the library takes."""

LEAST_POPULATION = 4
"""With fewer points the weights of the covariance's update do not exist."""

_LIBRARY_NAMES = {
    "mean": "_mean",
    "covariance": "_C",
    "sigma": "_sigma",
    "sigma_path": "_p_sigma",
    "covariance_path": "_pc",
    "generation": "_g",
}


class _Adaptive(Method):
    """A step is one generation; θ is the mean, which is never evaluated itself.

    What the library remembers from one generation to the next lies in the state as arrays, its
    random numbers included, so that a run goes on as if the library had never been left.
    """

    LIBRARY = "cmaes"

    first_sigma: float = first_sigma(0.5)
    population_size: int = declare(
        0,
        ge=0,
        le=10_000,
        slider=(0, 200),
        label="Population λ",
        help="Points in a generation, at least 4; 0 takes 4 + ⌊3 ln n⌋ (Hansen 2016, eq. 48).",
    )

    @field_validator("population_size")
    @classmethod
    def _can_be_weighted(cls, size: int) -> int:
        if 0 < size < LEAST_POPULATION:
            raise ValueError(f"must be 0 or ≥ {LEAST_POPULATION}, got {size}")
        return size

    @classmethod
    def _strategy(cls) -> Any:
        raise NotImplementedError

    @classmethod
    def _first_covariance(cls, n: int) -> Array:
        raise NotImplementedError

    def initial(self, theta: Array, layout: Layout) -> State:
        # Loads the library: its second would else be counted as the first step's.
        self._strategy()
        return {
            "mean": theta.astype(np.float64),
            "sigma": np.array(self.first_sigma),
            "covariance": self._first_covariance(theta.size),
        }

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        strategy = self._restored(theta, state, rng)
        points = [strategy.ask() for _ in range(strategy.population_size)]
        if np.abs(points).max() >= FARTHEST:
            return np.full_like(theta, np.inf)
        tried = [(point, value_at(objective, point.astype(theta.dtype))) for point in points]
        strategy.tell(tried)
        self._keep(strategy, state)
        state["population"] = np.array(points)
        mean: Array = strategy.mean.astype(theta.dtype)
        return mean

    def _restored(self, theta: Array, state: State, rng: np.random.Generator) -> Any:
        """Return the library's object as it was after the last generation."""
        mean = state["mean"]
        if not np.array_equal(mean.astype(theta.dtype), theta):  # somebody has moved θ
            mean = theta.astype(np.float64)
        strategy = self._strategy()(
            mean=mean.copy(),
            sigma=state["sigma"].item(),
            population_size=self.population_size or None,
            seed=_words(seed_of(rng)),
        )
        if "generation" not in state:
            return strategy
        for name in ("covariance", "sigma_path", "covariance_path"):
            setattr(strategy, _LIBRARY_NAMES[name], state[name].copy())
        strategy._g = state["generation"].item()
        strategy._rng.set_state(
            (
                "MT19937",
                state["random_words"],
                state["random_place"].item(),
                state["has_normal"].item(),
                state["next_normal"].item(),
            )
        )
        return strategy

    def _keep(self, strategy: Any, state: State) -> None:
        for name, attribute in _LIBRARY_NAMES.items():
            state[name] = np.array(getattr(strategy, attribute))
        _, words, place, has_normal, normal = strategy._rng.get_state()
        state["random_words"] = np.array(words)
        state["random_place"] = np.array(place)
        state["has_normal"] = np.array(has_normal)
        state["next_normal"] = np.array(normal)


def _words(seed: int) -> Any:
    """Return what numpy's old generator takes for a seed of up to 64 bits."""
    low, high = seed % 2**32, seed // 2**32
    return [low, high] if high else low


@OPTIMIZERS.register
class CMAES(_Adaptive):
    """Samples around a mean and learns the covariance that makes good points likely (CMA-ES)."""

    LABEL = "CMA-ES"
    SOURCE = "Hansen & Ostermeier 2001; Hansen 2016, The CMA evolution strategy: a tutorial"
    RULE = r"""
x_i = m + \sigma y_i, \quad y_i \sim \mathcal{N}(0, C), \quad i = 1 \ldots \lambda
y_w = \sum_{i \leq \mu} w_i\, y_{i:\lambda}, \quad m \leftarrow m + \sigma y_w
s \leftarrow (1 - c_s)\, s + \sqrt{c_s (2 - c_s) \mu_w}\; C^{-1/2} y_w
\sigma \leftarrow \sigma \exp\left(\frac{c_s}{d_s} (\|s\| \,/\, E\|\mathcal{N}(0, I)\| - 1)\right)
p \leftarrow (1 - c_p)\, p + h \sqrt{c_p (2 - c_p) \mu_w}\; y_w
C \leftarrow (1 - c_h - c_\mu \sum_i w_i)\, C + c_1\, p p^T + c_\mu Y
Y = \sum_i w_i^\circ\, y_{i:\lambda} y_{i:\lambda}^T
w_i^\circ = w_i \text{ where } w_i \geq 0, \text{ else } w_i\, n\, /\, \|C^{-1/2} y_{i:\lambda}\|^2
h = 0 \text{ where } \|s\| \geq L \sqrt{1 - (1 - c_s)^{2 (k + 1)}}, \text{ else } 1
L = (1.4 + \frac{2}{n + 1})\, E\|\mathcal{N}(0, I)\|,\quad c_h = c_1 (1 - (1 - h)\, c_p (2 - c_p))
"""
    LARGEST = 500
    kind: Literal["cma_es"] = "cma_es"

    @classmethod
    def _strategy(cls) -> Any:
        from cmaes import CMA

        return CMA

    @classmethod
    def _first_covariance(cls, n: int) -> Array:
        return np.eye(n)


@OPTIMIZERS.register
class SeparableCMAES(_Adaptive):
    """CMA-ES with a scale of its own for each coordinate, and no correlations."""

    LABEL = "Separable CMA-ES"
    SOURCE = "Ros & Hansen 2008"
    RULE = r"""
x_i = m + \sigma y_i, \quad y_i \sim \mathcal{N}(0, \mathrm{diag}(c)), \quad i = 1 \ldots \lambda
y_w = \sum_{i \leq \mu} w_i\, y_{i:\lambda}, \quad m \leftarrow m + \sigma y_w
s \leftarrow (1 - c_s)\, s + \sqrt{c_s (2 - c_s) \mu_w}\; y_w \,/\, \sqrt{c}
\sigma \leftarrow \sigma \exp\left(\frac{c_s}{d_s} (\|s\| \,/\, E\|\mathcal{N}(0, I)\| - 1)\right)
p \leftarrow (1 - c_p)\, p + h \sqrt{c_p (2 - c_p) \mu_w}\; y_w
c \leftarrow (1 - c_h - c_\mu)\, c + c_1\, p^2 + c_\mu \sum_{i \leq \mu} w_i\, y_{i:\lambda}^2
h = 0 \text{ where } \|s\| \geq L \sqrt{1 - (1 - c_s)^{2 (k + 1)}}, \text{ else } 1
L = (1.4 + \frac{2}{n + 1})\, E\|\mathcal{N}(0, I)\|,\quad c_h = c_1 (1 - (1 - h)\, c_p (2 - c_p))
"""
    LARGEST = 100_000
    kind: Literal["separable_cma_es"] = "separable_cma_es"

    @classmethod
    def _strategy(cls) -> Any:
        from cmaes import SepCMA

        return SepCMA

    @classmethod
    def _first_covariance(cls, n: int) -> Array:
        return np.ones(n)

    def refuses(self, n_parameters: int, offers: frozenset[Need], *, is_deterministic: bool) -> str:
        if n_parameters < 2:
            return "it moves at least two parameters"
        return super().refuses(n_parameters, offers, is_deterministic=is_deterministic)
