"""Methods for sums of squares ½ Σ r²: Gauss-Newton and Levenberg-Marquardt."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.line_search import LINE_RULE, LineMethod
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.trust_region import gain
from playground.optimizers.wolfe import NOISE, Trial

MOST_TRIALS = 60


def decomposed(objective: Objective, theta: Array) -> tuple[Array, Array] | None:
    """Return residuals and Jacobian in double precision; None where they are not finite."""
    r, jacobian = (part.astype(np.float64) for part in objective.residuals(theta))
    return (r, jacobian) if np.isfinite(r).all() and np.isfinite(jacobian).all() else None


def rounding(jacobian: Array, theta: Array) -> float:
    """Return the share of the largest singular value below which others are rounding alone."""
    return max(jacobian.shape) * float(np.finfo(theta.dtype).eps)


@OPTIMIZERS.register
class GaussNewton(LineMethod):
    """Solves the linearised least-squares problem, then searches along the way there.

    Where the Jacobian's columns depend on each other the shortest solution is taken.
    """

    SOURCE = "Gauss 1809; Nocedal & Wright 2006, section 10.3"
    RULE = (
        r"f(\theta) = \frac{1}{2} \sum_i r_i(\theta)^2,\quad J = \sum_i \sigma_i u_i v_i^\top"
        + "\n"
        r"d = -\sum_{\sigma_i > \varepsilon \sigma_1} \frac{u_i^\top r}{\sigma_i} v_i,\quad"
        r"\theta \leftarrow \theta + t\, d" + "\n" + LINE_RULE
    )
    REQUIRES = frozenset({"gradient", "residuals"})
    LARGEST = 2000
    LABEL = "Gauss-Newton"
    kind: Literal["gauss_newton"] = "gauss_newton"
    line_search: Literal["strong_wolfe", "backtracking"] = declare(
        "backtracking",
        help="Backtracking only shortens a step; strong Wolfe looks at slopes too.",
    )

    cutoff: float = declare(
        1e-6,
        ge=0,
        lt=1,
        slider=(1e-12, 1e-1),
        scale="log",
        live=True,
        label="Cutoff ε",
        help="Singular values of J below this share of the largest one are left out.",
    )

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        parts = decomposed(objective, theta)
        if parts is None:
            return theta
        r, jacobian = parts
        direction, *_ = np.linalg.lstsq(
            jacobian, -r, rcond=max(self.cutoff, rounding(jacobian, theta))
        )
        gradient = (jacobian.T @ r).astype(theta.dtype)
        start = Trial(0.0, theta, objective.value(theta), gradient)
        end = self.search(objective, start, direction.astype(theta.dtype), 1.0)
        return theta if end is None else end.theta


@OPTIMIZERS.register
class LevenbergMarquardt(Method):
    """Gauss-Newton with a damping that grows where the linear model fails and shrinks elsewhere."""

    SOURCE = (
        "Levenberg 1944; Marquardt 1963; damping by Nielsen 1999 (Madsen, Nielsen & Tingleff 2004, "
        "algorithm 3.16), scaling by Moré 1978"
    )
    RULE = (
        r"(J^\top J + \mu D^2)\, p = -J^\top r,\quad"
        r"\rho = \frac{f(\theta) - f(\theta + p)}{f(\theta) - \frac{1}{2} \|r + J p\|^2}" + "\n"
        r"\rho > 0:\ \theta \leftarrow \theta + p,\quad"
        r"\mu \leftarrow \mu\, \max\left(\frac{1}{3},\ 1 - (2 \rho - 1)^3\right),\quad"
        r"\nu \leftarrow 2" + "\n"
        r"\rho \le 0:\ \mu \leftarrow \nu \mu,\quad \nu \leftarrow 2 \nu" + "\n"
        r"\text{first } \mu = \tau\, \max_i\, (J^\top J)_{ii} / D_{ii}^2,\; \nu = 2"
    )
    REQUIRES = frozenset({"gradient", "residuals"})
    LARGEST = 2000
    LABEL = "Levenberg-Marquardt"
    kind: Literal["levenberg_marquardt"] = "levenberg_marquardt"
    first_damping: float = declare(
        1e-3,
        gt=0,
        slider=(1e-8, 1e2),
        scale="log",
        label="First damping τ",
        help="Small for a start near the minimum, 1 for one far away.",
    )
    scaling: Literal["identity", "columns"] = declare(
        "identity",
        help="D: 1 for all parameters, or the largest lengths of the Jacobian's columns so far.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        # A damping of 0 means that there is none yet.
        return {
            "damping": np.array(0.0),
            "growth": np.array(2.0),
            "scale": np.zeros(theta.size),
        }

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        parts = decomposed(objective, theta)
        if parts is None:
            return theta
        r, jacobian = parts
        lengths = np.sqrt(np.sum(jacobian**2, axis=0))
        np.maximum(state["scale"], lengths, out=state["scale"])
        scale = np.ones(theta.size)
        if self.scaling == "columns":
            scale = np.where(state["scale"] > 0, state["scale"], 1.0)
        if not state["damping"]:
            state["damping"][()] = self.first_damping * max(np.max(lengths / scale) ** 2, 1e-300)
        u, s, vt = np.linalg.svd(jacobian / scale, full_matrices=False)
        # Directions without effect but for rounding stay out of the step.
        s[s <= rounding(jacobian, theta) * s.max(initial=0.0)] = 0.0
        value, noise = objective.value(theta), NOISE * float(np.finfo(theta.dtype).eps)
        for _ in range(MOST_TRIALS):
            damping = state["damping"].item()
            p = -(vt.T @ (s / (s**2 + max(damping, 1e-300)) * (u.T @ r))) / scale
            if not p.any():
                break
            moved = theta + p.astype(theta.dtype)
            predicted = 0.5 * float(p @ (damping * scale**2 * p - jacobian.T @ r))
            ratio = gain(value - objective.value(moved), predicted, noise * abs(value))
            if ratio > 0:
                state["damping"][()] = damping * max(1.0 / 3.0, 1.0 - (2.0 * ratio - 1.0) ** 3)
                state["growth"][()] = 2.0
                return moved
            state["damping"][()] = damping * state["growth"]
            state["growth"][()] *= 2.0
        state["growth"][()] = 2.0
        return theta
