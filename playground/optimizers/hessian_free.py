"""Hessian-free optimization: Newton's step by conjugate gradients on products alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.line_search import backtrack, unit_length
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, Need, State
from playground.optimizers.wolfe import inner, moved

PROGRESS = 5e-4
"""Least relative progress of an iteration of conjugate gradients (Martens 2010, section 4.4)."""

SPACING = 1.3
"""Iterates are kept at powers of it, for the way back (Martens 2010, section 4.6)."""


@OPTIMIZERS.register
class HessianFree(Method):
    """Conjugate gradients on damped curvature products, stopped by progress, backed by the loss.

    Of Martens 2010 it has the damping that adapts (4.1), Gauss-Newton products (4.2), the stopping
    test (4.4), the warm start (4.5, faded as in Martens & Sutskever 2012) and the way back along
    the iterates with a line search (4.6). It has neither the preconditioner (4.7) nor smaller
    batches for the products than for the gradient (4.3).
    """

    SOURCE = "Martens 2010; Martens & Sutskever 2012"
    RULE = (
        r"p \approx \arg\min\ q \text{ from } \zeta p" + "\n"
        r"q(p) = g^\top p + \frac{1}{2} p^\top (B + \lambda I)\, p" + "\n"
        r"\theta \leftarrow \theta + t\, p \quad (t \text{ by backtracking})" + "\n"
        r"\rho = \frac{f(\theta + p) - f(\theta)}{q(p)},\quad \text{first } \lambda = \lambda_0"
        + "\n"
        r"\lambda \leftarrow \frac{3}{2} \lambda \ \text{ if } \rho < \frac{1}{4},\quad"
        r"\lambda \leftarrow \frac{2}{3} \lambda \ \text{ if } \rho > \frac{3}{4}"
    )
    REQUIRES = frozenset({"gradient"})
    LARGEST = 1_000_000
    LABEL = "Hessian-free"
    kind: Literal["hessian_free"] = "hessian_free"
    matrix: Literal["gauss_newton", "hessian"] = declare(
        "gauss_newton",
        help="B: the Gauss-Newton matrix, which has no negative curvature, or the Hessian.",
    )
    first_damping: float = declare(
        1.0,
        gt=0,
        slider=(1e-4, 1e3),
        scale="log",
        label="First damping λ₀",
        help="Added to the matrix's diagonal at first; from then on it adapts.",
    )
    most_iterations: int = declare(
        100,
        ge=1,
        le=1000,
        slider=(1, 250),
        label="Iterations at most",
        help="Of conjugate gradients in one step.",
    )
    warm_start: float = declare(
        0.95,
        ge=0,
        le=1,
        slider=(0.0, 1.0),
        live=True,
        label="Warm start ζ",
        help="Share of the last direction from which conjugate gradients begin.",
    )

    @property
    def requires(self) -> frozenset[Need]:
        products: Need = "gauss_newton" if self.matrix == "gauss_newton" else "hessian_product"
        return self.REQUIRES | {products}

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"damping": np.array(self.first_damping), "direction": np.zeros(theta.size)}

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        value, gradient = objective.value_and_gradient(theta)
        g, damping = gradient.astype(np.float64), state["damping"].item()
        ask = (
            objective.gauss_newton_product
            if self.matrix == "gauss_newton"
            else objective.hessian_product
        )

        def product(v: Array) -> Array:
            return ask(theta, v.astype(theta.dtype)).astype(np.float64) + damping * v

        iterates = conjugate_gradients(
            product, -g, self.warm_start * state["direction"], self.most_iterations
        )
        last, q = iterates[-1]
        if q < 0 and np.isfinite(last).all():
            state["direction"] = last
            end = objective.value(moved(theta, 1.0, last.astype(theta.dtype)))
            ratio = (end - value) / q if math.isfinite(end) else -math.inf
            best = lowest(objective, theta, [p for p, _ in iterates], end)
        elif not (g.any() and np.isfinite(g).all()):
            return theta
        else:  # negative curvature at once: the gradient, until the damping has grown
            state["direction"] = np.zeros_like(g)
            ratio, best = -math.inf, -unit_length(gradient) * g
        state["damping"][()] = damping * adapted(ratio, 1.5)
        direction = best.astype(theta.dtype)
        length = backtrack(
            objective,
            theta,
            direction,
            value,
            min(inner(gradient, direction), 0.0),
            first=1.0,
            decrease=1e-2,
            factor=0.8,
        )
        return moved(theta, length, direction) if length else theta


def adapted(ratio: float, factor: float) -> float:
    """Return what a damping is multiplied by after a step of that reduction ratio (Levenberg)."""
    return factor if not ratio >= 0.25 else 1.0 / factor if ratio > 0.75 else 1.0


def lowest(objective: Objective, theta: Array, iterates: list[Array], end: float) -> Array:
    """Return the iterate from which on, going back from the last, the loss falls no more."""
    best = iterates[-1]
    for p in reversed(iterates[:-1]):
        before = objective.value(moved(theta, 1.0, p.astype(theta.dtype)))
        if not (before < end or (math.isnan(end) and math.isfinite(before))):
            break
        best, end = p, before
    return best


def conjugate_gradients(
    product: Callable[[Array], Array], b: Array, start: Array, most: int
) -> list[tuple[Array, float]]:
    """Return iterates towards the minimum of φ(x) = ½ xᵀA x - bᵀx, each with its φ.

    Those at powers of 1.3 and the last one are kept. It ends when φ hardly falls any more, at
    negative curvature, or after ``most`` products.
    """
    x = start.copy()
    r = b - product(x) if x.any() else b.copy()
    d, square = r.copy(), float(r @ r)
    heights = [-0.5 * float(x @ (b + r))]
    kept, next_kept = [], 1.0
    for i in range(1, most + 1):
        ad = product(d) if square > 0 else d
        bend = float(d @ ad)
        if not bend > 0:
            break
        x = x + (square / bend) * d
        r = r - (square / bend) * ad
        before, square = square, float(r @ r)
        d = r + (square / before) * d
        heights.append(-0.5 * float(x @ (b + r)))
        if i >= next_kept:
            kept.append((x, heights[-1]))
            next_kept *= SPACING
        window = max(10, i // 10)
        is_slow = (
            i > window and heights[-1] - heights[-1 - window] > window * PROGRESS * heights[-1]
        )
        if is_slow and heights[-1] < 0:
            break
    if not kept or kept[-1][0] is not x:
        kept.append((x, heights[-1]))
    return kept
