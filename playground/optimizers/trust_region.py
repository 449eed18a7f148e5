"""Newton's method within a radius that is trusted: exact subproblems, or conjugate gradients."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.newton import divided
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.wolfe import NOISE

Step: TypeAlias = tuple[Array, float, bool]
"""A step, the decrease that the model predicts, and whether it reaches the radius."""

Subproblem: TypeAlias = Callable[[float], Step]

LEAST_RADIUS = 1e-14

_RULE = (
    r"p = \arg\min_{\|p\| \le \Delta}\ m(p),\quad m(p) = g^\top p + \frac{1}{2} p^\top H p" + "\n"
    r"\rho = \frac{f(\theta) - f(\theta + p)}{-m(p)},\quad \theta \leftarrow \theta + p"
    r"\ \text{ if } \rho > \eta" + "\n"
    r"\Delta \leftarrow \frac{1}{4} \Delta \ \text{ if } \rho < \frac{1}{4}" + "\n"
    r"\Delta \leftarrow \min(2 \Delta, \Delta_{\max}) \ \text{ if } \rho > \frac{3}{4}"
    r"\ \text{ and } \|p\| = \Delta" + "\n"
    r"\text{first } \Delta = \Delta_0"
)


class TrustRegion(Method):
    """Nocedal & Wright's algorithm 4.1; a step that is refused is tried again within less."""

    first_radius: float = declare(
        1.0,
        gt=0,
        slider=(1e-3, 1e2),
        scale="log",
        label="First radius Δ₀",
        help="How far the first step may go.",
    )
    largest_radius: float = declare(
        1000.0,
        gt=0,
        slider=(1e-2, 1e4),
        scale="log",
        live=True,
        label="Largest radius Δmax",
        help="How far any step may go.",
    )
    acceptance: float = declare(
        0.15,
        ge=0,
        lt=0.25,
        slider=(0.0, 0.24),
        live=True,
        label="Acceptance η",
        help="Share of the predicted decrease that a step must reach to be taken.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"radius": np.array(min(self.first_radius, self.largest_radius))}

    @abstractmethod
    def subproblem(self, objective: Objective, theta: Array, gradient: Array) -> Subproblem | None:
        """Return what finds the best step within a radius; None where H is not finite.

        ``gradient`` is in double precision.
        """

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        value, gradient = objective.value_and_gradient(theta)
        solve = self.subproblem(objective, theta, gradient.astype(np.float64))
        if solve is None:
            return theta
        radius = min(state["radius"].item(), self.largest_radius)
        least = LEAST_RADIUS * max(1.0, float(np.linalg.norm(theta)))
        result = theta
        while radius > least:
            p, predicted, is_far = solve(radius)
            if not predicted > 0:
                break
            moved = theta + p.astype(theta.dtype)
            noise = NOISE * float(np.finfo(theta.dtype).eps) * abs(value)
            ratio = gain(value - objective.value(moved), predicted, noise)
            if ratio < 0.25:
                radius *= 0.25
            elif ratio > 0.75 and is_far:
                radius = min(2.0 * radius, self.largest_radius)
            if ratio > self.acceptance:
                result = moved
                break
        state["radius"][()] = max(radius, 4.0 * least)
        return result


def gain(actual: float, predicted: float, noise: float) -> float:
    """Return the share of a predicted decrease that came true.

    1 where both are no more than rounding; minus infinity where the new value is not a number.
    """
    if abs(actual) <= noise and predicted <= noise:
        return 1.0
    return actual / predicted if math.isfinite(actual) else -math.inf


@OPTIMIZERS.register
class TrustRegionNewton(TrustRegion):
    """Newton's method that asks for the best step within a trusted radius, solved exactly."""

    SOURCE = "Moré & Sorensen 1983; Nocedal & Wright 2006, algorithms 4.1 and 4.3"
    RULE = _RULE
    REQUIRES = frozenset({"gradient", "hessian"})
    LARGEST = 1000
    LABEL = "Trust-region Newton"
    kind: Literal["trust_region_newton"] = "trust_region_newton"

    def subproblem(self, objective: Objective, theta: Array, gradient: Array) -> Subproblem | None:
        hessian = objective.hessian(theta).astype(np.float64)
        if not np.isfinite(hessian).all():
            return None
        values, vectors = np.linalg.eigh(hessian)
        shares = vectors.T @ gradient

        def solve(radius: float) -> Step:
            p = exact_step(values, shares, radius)
            predicted = -(shares @ p + 0.5 * p @ (values * p))
            return vectors @ p, float(predicted), bool(np.linalg.norm(p) > 0.999 * radius)

        return solve


def exact_step(values: Array, gradient: Array, radius: float) -> Array:
    """Return the p of at most that length that makes gᵀp + ½ pᵀ diag(values) p least.

    Parameters
    ----------
    values
        Eigenvalues of the Hessian in rising order, shape (n,).
    gradient
        In the basis of the eigenvectors, shape (n,).
    radius
        That length, > 0.
    """
    floor = max(0.0, -float(values[0]))
    # Each entry of p alone must fit, so the shift is at least this; Newton's method for
    # 1/‖p‖ = 1/Δ then rises to the solution from below (Nocedal & Wright 2006, section 4.3).
    shift = max(floor, float(np.max(np.abs(gradient) / radius - values)))
    if shift == floor:
        p = -divided(gradient, values + floor)
        rest = radius**2 - p @ p
        if rest >= 0:
            if values[0] < 0:  # the hard case: g does not see the steepest way down
                p[0] += math.sqrt(rest)
            return p
    for _ in range(100):
        p = -divided(gradient, values + shift)
        norm = float(np.linalg.norm(p))
        if abs(norm - radius) <= 1e-10 * radius:
            break
        bend = float(p @ divided(p, values + shift))
        ahead = shift + (norm / radius - 1.0) * norm**2 / bend
        if not ahead > shift:
            break
        shift = ahead
    return p * min(1.0, radius / norm) if norm else p


@OPTIMIZERS.register
class TrustRegionCG(TrustRegion):
    """Newton's method in a trusted radius by conjugate gradients: Hessian products, no Hessian."""

    SOURCE = "Steihaug 1983; Nocedal & Wright 2006, algorithms 4.1 and 7.2"
    RULE = (
        _RULE + "\n" + r"p \text{ by conjugate gradients, to the radius or to negative curvature}"
    )
    REQUIRES = frozenset({"gradient", "hessian_product"})
    LARGEST = 1_000_000
    LABEL = "Trust-region Newton-CG"
    kind: Literal["trust_region_cg"] = "trust_region_cg"

    def subproblem(self, objective: Objective, theta: Array, gradient: Array) -> Subproblem | None:
        def product(v: Array) -> Array:
            return objective.hessian_product(theta, v.astype(theta.dtype)).astype(np.float64)

        return lambda radius: steihaug(product, gradient, radius)


def steihaug(product: Callable[[Array], Array], gradient: Array, radius: float) -> Step:
    """Return the step that conjugate gradients take from 0 until they are near, or at the radius.

    The residual is brought to min(½, √‖g‖) ‖g‖, which makes the outer iteration superlinear.
    """
    p, hp = np.zeros_like(gradient), np.zeros_like(gradient)
    r, d = gradient, -gradient
    square = float(r @ r)
    norm = math.sqrt(square)
    tolerance = min(0.5, math.sqrt(norm)) * norm
    is_far = False
    for _ in range(2 * len(gradient) + 10):
        if math.sqrt(square) <= tolerance:
            break
        hd = product(d)
        bend = float(d @ hd)
        length = square / bend if bend > 0 else math.inf
        if not math.isfinite(length) or np.linalg.norm(p + length * d) >= radius:
            length, is_far = to_radius(p, d, radius), True
        p, hp = p + length * d, hp + length * hd
        if is_far:
            break
        r = r + length * hd
        before, square = square, float(r @ r)
        d = (square / before) * d - r
    return p, -float(gradient @ p + 0.5 * p @ hp), is_far


def to_radius(p: Array, d: Array, radius: float) -> float:
    """Return the t ≥ 0 with ‖p + t d‖ = radius, where ‖p‖ is not larger."""
    a, b, c = float(d @ d), float(p @ d), float(p @ p) - radius**2
    return (math.sqrt(max(b * b - a * c, 0.0)) - b) / a
