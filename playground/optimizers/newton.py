"""Newton's method with the whole Hessian: damped, and turned away from saddles."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from playground.declarations import declare
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State, learning_rate
from playground.optimizers.trials import values_at
from playground.optimizers.wolfe import NOISE

LARGER = 2.0 * 10.0 ** np.arange(-4, 3)
"""Dampings that are tried where the chosen one fails, in units of the largest eigenvalue's size.

None is that size itself, which would make a matrix singular whose lowest eigenvalue is its
opposite.
"""

DECREASE = 1e-4
"""Share of the decrease that the slope predicts that a step must reach (Armijo 1966)."""

_SAFEGUARD = (
    r"\mu = \lambda \text{ where } f(\theta + p) \leq f(\theta) + 10^{-4} g^\top p" + "\n"
    r"\mu = \mathrm{argmin}\, f(\theta + p) \text{ over } 2 \cdot 10^k\, \Vert H \Vert,"
    r"\; k = -4 \ldots 2, \text{ elsewhere}"
)


def damping(default: float, help: str) -> Any:
    """Declare what is added to a matrix's diagonal."""
    return declare(
        default, ge=0, slider=(1e-6, 1e2), scale="log", live=True, label="Damping λ", help=help
    )


class _Newton(Method):
    """A step by the Hessian's eigenvalues, each changed in its own way.

    The quadratic model says nothing of how far it holds, so the step is judged by the loss: where
    it does not lower that enough for its slope, or where it meets no number, larger dampings are
    tried and the lowest loss wins; θ stays where none will do. Dauphin et al. choose among a few
    dampings by the loss at every update; here the chosen one comes first, so that Newton's method
    stays itself where it works.
    """

    REQUIRES = frozenset({"gradient", "hessian"})
    LARGEST = 1000
    TAKES_SIZES: ClassVar[bool] = False
    """Whether eigenvalues count by their size alone."""
    learning_rate: float = learning_rate(1.0)
    damping: float = damping(0.0, "Added to every eigenvalue: shortens steps where it is flat.")
    safeguard: bool = declare(
        True,
        live=True,
        help="Where a step does not lower the loss enough, larger dampings are tried, each at the "
        "cost of an evaluation; θ stays where none helps. Without it a step may climb.",
    )

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        gradient = objective.gradient(theta).astype(np.float64)
        hessian = objective.hessian(theta).astype(np.float64)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return theta
        values, vectors = np.linalg.eigh(hessian)
        size = float(np.abs(values).max(initial=0.0))
        if self.TAKES_SIZES:
            values = np.abs(values)
        shares = vectors.T @ gradient

        def step(damping: float) -> Array:
            return -self.learning_rate * (vectors @ divided(shares, values + damping))

        first = step(self.damping)
        if not self.safeguard:
            return theta + first.astype(theta.dtype)
        value = objective.value(theta)
        noise = NOISE * float(np.finfo(theta.dtype).eps) * abs(value)
        for steps in ([first], [step(d) for d in size * LARGER if d > self.damping]):
            ends = [theta + p.astype(theta.dtype) for p in steps]
            slopes = np.array([gradient @ p for p in steps])
            there = values_at(objective, ends)
            is_good = (slopes <= 0) & (there <= value + DECREASE * slopes + noise)
            if is_good.any():
                return ends[int(np.argmin(np.where(is_good, there, np.inf)))]
        return theta


def divided(numbers: Array, values: Array) -> Array:
    """Return numbers over eigenvalues, 0 where an eigenvalue is zero but for rounding."""
    least = len(values) * np.finfo(np.float64).eps * np.abs(values).max(initial=0.0)
    is_zero = np.abs(values) <= least
    return np.where(is_zero, 0.0, numbers / np.where(is_zero, 1.0, values))


@OPTIMIZERS.register
class DampedNewton(_Newton):
    """Newton's step, shortened and damped; without safeguard any saddle attracts it.

    Where the damped Hessian is singular the step is the shortest of those that solve the system.
    """

    SOURCE = (
        "Newton; Nocedal & Wright 2006, sections 3.3 and 3.4; Dauphin et al. 2014, section 3, and "
        "algorithm 1 for the choice of λ by the loss"
    )
    RULE = r"p = -\eta\, (H + \mu I)^{-1} g,\quad \theta \leftarrow \theta + p" + "\n" + _SAFEGUARD
    LABEL = "Damped Newton"
    kind: Literal["damped_newton"] = "damped_newton"


@OPTIMIZERS.register
class SaddleFreeNewton(_Newton):
    """Newton's step with the sizes of the eigenvalues: it flees saddles instead of seeking them.

    The exact form, with all eigenvectors, in place of the paper's Krylov subspace.
    """

    SOURCE = "Dauphin et al. 2014, algorithm 1 (λ chosen by the loss) and section 4"
    RULE = (
        r"p = -\eta\, (|H| + \mu I)^{-1} g,\quad \theta \leftarrow \theta + p" + "\n"
        r"|H| = \sum_i |h_i|\, q_i q_i^\top" + "\n" + _SAFEGUARD
    )
    TAKES_SIZES = True
    LABEL = "Saddle-free Newton"
    kind: Literal["saddle_free_newton"] = "saddle_free_newton"
    damping: float = damping(
        1e-3, "Added to the size of every eigenvalue: shortens steps where it is flat."
    )
