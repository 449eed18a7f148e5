"""Newton's method with the whole Hessian: damped, and turned away from saddles."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from playground.declarations import declare
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State, learning_rate


def damping(default: float, help: str) -> Any:
    """Declare what is added to a matrix's diagonal."""
    return declare(
        default, ge=0, slider=(1e-6, 1e2), scale="log", live=True, label="Damping λ", help=help
    )


class _Newton(Method):
    """A step by the Hessian's eigenvalues, each changed in its own way."""

    REQUIRES = frozenset({"gradient", "hessian"})
    LARGEST = 1000
    TAKES_SIZES: ClassVar[bool] = False
    """Whether eigenvalues count by their size alone."""
    learning_rate: float = learning_rate(1.0)
    damping: float = damping(0.0, "Added to every eigenvalue: shortens steps where it is flat.")

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        gradient = objective.gradient(theta).astype(np.float64)
        hessian = objective.hessian(theta).astype(np.float64)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return theta
        values, vectors = np.linalg.eigh(hessian)
        if self.TAKES_SIZES:
            values = np.abs(values)
        direction = -vectors @ divided(vectors.T @ gradient, values + self.damping)
        return theta + (self.learning_rate * direction).astype(theta.dtype)


def divided(numbers: Array, values: Array) -> Array:
    """Return numbers over eigenvalues, 0 where an eigenvalue is zero but for rounding."""
    least = len(values) * np.finfo(np.float64).eps * np.abs(values).max(initial=0.0)
    is_zero = np.abs(values) <= least
    return np.where(is_zero, 0.0, numbers / np.where(is_zero, 1.0, values))


@OPTIMIZERS.register
class DampedNewton(_Newton):
    """Newton's step, shortened and damped: it goes to wherever the gradient vanishes, saddles too.

    Where the damped Hessian is singular the step is the shortest of those that solve the system.
    """

    SOURCE = "Newton; Nocedal & Wright 2006, section 3.3; Dauphin et al. 2014, section 3"
    RULE = r"\theta \leftarrow \theta - \eta\, (H + \lambda I)^{-1} g"
    LABEL = "Damped Newton"
    kind: Literal["damped_newton"] = "damped_newton"


@OPTIMIZERS.register
class SaddleFreeNewton(_Newton):
    """Newton's step with the sizes of the eigenvalues: it flees saddles instead of seeking them.

    The exact form, with all eigenvectors, in place of the paper's Krylov subspace.
    """

    SOURCE = "Dauphin et al. 2014, algorithm 1 and section 4"
    RULE = (
        r"\theta \leftarrow \theta - \eta\, (|H| + \lambda I)^{-1} g" + "\n"
        r"|H| = \sum_i |\lambda_i|\, q_i q_i^\top"
    )
    TAKES_SIZES = True
    LABEL = "Saddle-free Newton"
    kind: Literal["saddle_free_newton"] = "saddle_free_newton"
    damping: float = damping(
        1e-3, "Added to the size of every eigenvalue: shortens steps where it is flat."
    )
