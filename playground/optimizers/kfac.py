"""K-FAC: the Fisher matrix of dense layers as Kronecker products of two small ones."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.hessian_free import adapted
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, State
from playground.optimizers.wolfe import inner, moved

INTERVAL = 5
"""Steps from one change of the damping to the next, T₁."""

FACTOR = (19 / 20) ** INTERVAL
"""What the damping is multiplied by, ω₁."""


@OPTIMIZERS.register
class KFAC(Method):
    """Natural gradient with one Kronecker product a layer; rate and momentum come by themselves.

    Martens & Grosse 2015 with the block-diagonal inverse (4.2), targets drawn from the model (5),
    factored damping (6.3), rescaling and momentum by the exact Fisher matrix (6.4 and 7) and
    Levenberg's damping (6.5). γ stays √λ instead of being searched (6.6), all samples of a batch
    are used for all parts, and the small matrices are inverted at every step.
    """

    LABEL = "K-FAC"
    SOURCE = "Martens & Grosse 2015, algorithm 2 with the block-diagonal inverse"
    RULE = (
        r"A \leftarrow \varepsilon A + (1 - \varepsilon)\, \overline{a a^\top},\quad"
        r"\varepsilon = \min(1 - 1/k,\ \varepsilon_{\max})" + "\n"
        r"G \leftarrow \varepsilon G + (1 - \varepsilon)\, \overline{d d^\top},\quad"
        r"\;d = \partial f / \partial (a^\top W)" + "\n"
        r"\Delta = -(A + \pi \sqrt{\lambda} I)^{-1}\, \nabla_W f\,"
        r"(G + \frac{1}{\pi} \sqrt{\lambda} I)^{-1}" + "\n"
        r"M(\delta) = g^\top \delta + \frac{1}{2} \delta^\top (F + \lambda I)\, \delta,\quad"
        r"\text{first } \lambda = \lambda_0" + "\n"
        r"\delta \leftarrow \arg\min_{\alpha \Delta + \mu \delta} M,\quad"
        r"\theta \leftarrow \theta + \delta" + "\n"
        r"\rho = \frac{f(\theta + \delta) - f(\theta)}{M(\delta)},\quad"
        r"\omega = (19/20)^5,\quad \text{every } 5 \text{ steps:}" + "\n"
        r"\lambda \leftarrow \omega \lambda \ \text{ if } \rho > \frac{3}{4},\quad"
        r"\lambda \leftarrow \lambda / \omega \ \text{ if } \rho < \frac{1}{4}"
    )
    REQUIRES = frozenset({"gradient", "layers", "gauss_newton"})
    LARGEST = 1_000_000
    kind: Literal["kfac"] = "kfac"
    first_damping: float = declare(
        150.0,
        gt=0,
        slider=(1e-3, 1e3),
        scale="log",
        label="First damping λ₀",
        help="How little the quadratic model is trusted at first, then it adapts, by a quarter "
        "every 5 steps: 100 steps lead from 150, the authors' for deep networks, to 1, which suits "
        "small ones at once.",
    )
    memory: float = declare(
        0.95,
        ge=0,
        lt=1,
        slider=(0.0, 0.999),
        live=True,
        label="Memory εmax",
        help="Share of the layers' statistics that is kept from step to step, at most.",
    )
    momentum: bool = declare(
        True, help="Whether the last update is mixed into the next, by the best shares."
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {
            "damping": np.array(self.first_damping),
            "n_steps": np.array(0),
            "update": np.zeros_like(theta),
        }

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        value, gradient = objective.value_and_gradient(theta)
        statistics = objective.layer_statistics(theta, rng)
        arrays = [gradient, *(array for pair in statistics.values() for array in pair)]
        if not all(np.isfinite(array).all() for array in arrays):
            return theta
        state["n_steps"] += 1
        self._remember(statistics, state)
        damping = state["damping"].item()
        proposal = self._proposal(objective.layout, gradient, math.sqrt(damping), state)
        directions = [proposal.astype(theta.dtype)]
        if self.momentum and state["update"].any():
            directions.append(state["update"])
        update, predicted = combined(objective, theta, gradient, directions, damping)
        end = moved(theta, 1.0, update)
        after = objective.value(end)
        if state["n_steps"] % INTERVAL == 0 or not math.isfinite(after):
            ratio = (after - value) / predicted if predicted < 0 else math.nan
            state["damping"][()] = damping * adapted(ratio, 1.0 / FACTOR)
        if not math.isfinite(after):
            state["update"] = np.zeros_like(theta)
            return theta
        state["update"] = update
        return end

    def _remember(self, statistics: dict[str, tuple[Array, Array]], state: State) -> None:
        """Mix the batch's factors into the running ones."""
        kept = min(1.0 - 1.0 / state["n_steps"].item(), self.memory)
        for layer, (inputs, gradients) in statistics.items():
            m = len(inputs)
            a = np.column_stack([inputs, np.ones(m)]).astype(np.float64)
            s = gradients.astype(np.float64)
            for name, new in ((f"A.{layer}", a.T @ a / m), (f"G.{layer}", s.T @ s / m)):
                old = state.get(name)
                state[name] = new if old is None else kept * old + (1.0 - kept) * new

    def _proposal(self, layout: Layout, gradient: Array, gamma: float, state: State) -> Array:
        """Return minus the gradient over the damped factors, shape (n,)."""
        result = np.empty(gradient.size)
        for layer in layout.layers:
            a, g = state[f"A.{layer}"], state[f"G.{layer}"]
            share = _balance(a, g)
            # A layer's weights of shape (n_inputs, n_units) and its bias lie one after the other:
            # together the matrix that acts on inputs with a one at their end.
            block = gradient[layout.span(layer)].reshape(len(a), len(g)).astype(np.float64)
            left = np.linalg.solve(a + share * gamma * np.eye(len(a)), block)
            right = np.linalg.solve(g + gamma / share * np.eye(len(g)), left.T)
            result[layout.span(layer)] = -right.T.reshape(-1)
        return result


def _balance(a: Array, g: Array) -> float:
    """Return π: by which factor the first matrix is larger than the second, as a root of traces."""
    larger, smaller = np.trace(a) / len(a), np.trace(g) / len(g)
    return math.sqrt(larger / smaller) if larger > 0 and smaller > 0 else 1.0


def combined(
    objective: Objective, theta: Array, gradient: Array, directions: list[Array], damping: float
) -> tuple[Array, float]:
    """Return the sum of multiples of directions that the damped quadratic model likes best.

    Its matrix is the Gauss-Newton matrix, which is the exact Fisher matrix of the losses that
    have a likelihood. With it comes the change that the model predicts.
    """
    products = [objective.gauss_newton_product(theta, d) for d in directions]
    matrix = np.array(
        [
            [inner(d, p) + damping * inner(d, e) for e, p in zip(directions, products, strict=True)]
            for d in directions
        ]
    )
    slopes = np.array([inner(gradient, d) for d in directions])
    if not np.isfinite(matrix).all():
        return np.zeros_like(theta), 0.0
    shares, *_ = np.linalg.lstsq(matrix, -slopes, rcond=None)
    update = sum(share * d.astype(np.float64) for share, d in zip(shares, directions, strict=True))
    predicted = float(slopes @ shares + 0.5 * shares @ matrix @ shares)
    return np.asarray(update).astype(theta.dtype), predicted
