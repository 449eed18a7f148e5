"""Rules for weight matrices as matrices, not as rows of numbers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground import autodiff as ad
from playground.declarations import declare, is_on
from playground.models.layout import Layout, Segment
from playground.optimizers.optimizer import (
    OPTIMIZERS,
    Array,
    Moment,
    State,
    UpdateRule,
    learning_rate,
)
from playground.optimizers.segments import as_matrix, fan_in, is_matrix, joined, part, pieces
from playground.optimizers.settings import beta_setting, decay_setting

Step = tuple[Any, dict[str, Any]]

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients a, b, c of the iteration X ← a X + (b A + c A²) X with A = X Xᵀ (Jordan 2024)."""

SMALLEST_NORM = 1e-7

BETA1, BETA2, EPSILON = 0.9, 0.95, 1e-10
"""Of the AdamW that moves everything else."""


@OPTIMIZERS.register
class Muon(UpdateRule):
    """Momentum made orthogonal for hidden weight matrices; AdamW for everything else."""

    SOURCE = (
        "Jordan et al. 2024, 'Muon', with five steps of the quintic Newton-Schulz iteration; "
        "biases, embeddings and the last layer by AdamW with the betas and ε of its author"
    )
    RULE = r"""
m \leftarrow \mu\, m + (1 - \mu)\, g
u = (1 - \mu)\, g + \mu\, m \; \text{(Nesterov), else } u = m
X \leftarrow a X + (b A + c A^2) X, \quad A = X X^\top
\text{first } X = u\, /\, \Vert u \Vert, \quad (a, b, c) = (3.4445,\, -4.775,\, 2.0315)
O = X \approx U V^\top, \quad u = U S V^\top
s = \sqrt{\max(1,\, n_{\mathrm{out}} / n_{\mathrm{in}})}
\theta \leftarrow (1 - \eta \lambda)\, \theta - \eta\, s\, O \quad \text{for hidden matrices}
\theta \leftarrow \mathrm{AdamW}(\theta, g; \alpha, \lambda) \quad \text{for all others}
"""
    kind: Literal["muon"] = "muon"
    learning_rate: float = learning_rate(0.02)
    momentum: float = beta_setting(0.95, "Momentum μ", "gradients' average")
    nesterov: bool = declare(
        True, live=True, label="Nesterov", help="Look ahead along the momentum; else u is m."
    )
    iterations: int = declare(
        5,
        ge=1,
        le=20,
        slider=(1, 10),
        live=True,
        advanced=True,
        label="Newton-Schulz steps",
        help="Steps of the iteration that brings all singular values near 1.",
    )
    adam_rate: float = declare(
        3e-4,
        gt=0,
        slider=(1e-5, 1.0),
        scale="log",
        live=True,
        label="AdamW's rate α",
        help="Learning rate of biases, embeddings and the last layer; a schedule leaves it alone.",
    )
    weight_decay: float = decay_setting(0.0, "θ times the learning rate and λ is taken off")

    def initial(self, theta: Array, layout: Layout) -> State:
        n_matrices = sum(s.stop - s.start for s in _hidden(layout))
        sizes = {"momentum": n_matrices, "first_moment": theta.shape[-1] - n_matrices}
        sizes["second_moment"] = sizes["first_moment"]
        lead = theta.shape[:-1]
        return {name: np.zeros((*lead, n), theta.dtype) for name, n in sizes.items() if n}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        hidden = _hidden(now.layout)
        others = [s for s in now.layout if s not in hidden]
        moved, after = self._orthogonal_steps(hidden, theta, gradient, state)
        adam_moved, adam_after = self._adam_steps(others, theta, gradient, state, now)
        parts = moved | adam_moved
        return joined([parts[s.name] for s in now.layout]), after | adam_after

    def _orthogonal_steps(
        self, hidden: list[Segment], theta: Any, gradient: Any, state: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if not hidden:
            return {}, {}
        kept, fresh = self.momentum, 1.0 - self.momentum
        sizes = [s.stop - s.start for s in hidden]
        moved, averages = {}, []
        for segment, m in zip(hidden, pieces(state["momentum"], sizes), strict=True):
            own, g = part(segment, theta), part(segment, gradient)
            m = kept * m + fresh * g
            averages.append(m)
            u = fresh * g + kept * m if self.nesterov else m
            inputs, neurons = fan_in(segment)
            o = orthogonal(as_matrix(segment, u), self.iterations)
            scale = self.learning_rate * max(1.0, neurons / inputs) ** 0.5
            own = self._decayed(own, self.learning_rate)
            moved[segment.name] = own - scale * ad.reshape(o, own.shape)
        return moved, {"momentum": joined(averages)}

    def _adam_steps(
        self, others: list[Segment], theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if not others:
            return {}, {}
        own = joined([part(s, theta) for s in others])
        g = joined([part(s, gradient) for s in others])
        m = BETA1 * state["first_moment"] + (1.0 - BETA1) * g
        v = BETA2 * state["second_moment"] + (1.0 - BETA2) * ad.square(g)
        m_scale = self.adam_rate / (1.0 - BETA1**now.step)
        v_scale = 1.0 / (1.0 - BETA2**now.step)
        own = self._decayed(own, self.adam_rate)
        own = own - m_scale * m / (ad.sqrt(v_scale * v) + EPSILON)
        parts = pieces(own, [s.stop - s.start for s in others])
        named = dict(zip([s.name for s in others], parts, strict=True))
        return named, {"first_moment": m, "second_moment": v}

    def _decayed(self, theta: Any, rate: Any) -> Any:
        if not is_on(self.weight_decay):
            return theta
        return (1.0 - rate * self.weight_decay) * theta


def orthogonal(matrix: Any, iterations: int) -> Any:
    """Return nearly U Vᵀ of a matrix U S Vᵀ, of shape (…, rows, columns).

    Singular values end between 0.7 and 1.2, which is near enough and quick (Jordan 2024).
    """
    a, b, c = QUINTIC
    is_tall = matrix.shape[-2] > matrix.shape[-1]
    x = _turned(matrix) if is_tall else matrix
    length = ad.sqrt(ad.sum(ad.square(x), axis=(-2, -1), keepdims=True))
    x = x / ad.maximum(length, SMALLEST_NORM)
    for _ in range(iterations):
        gram = ad.matmul(x, _turned(x))
        x = a * x + ad.matmul(b * gram + c * ad.matmul(gram, gram), x)
    return _turned(x) if is_tall else x


def _turned(matrix: Any) -> Any:
    axes = tuple(range(matrix.ndim - 2))
    return ad.transpose(matrix, (*axes, matrix.ndim - 1, matrix.ndim - 2))


def _hidden(layout: Layout) -> list[Segment]:
    """Return the weight matrices between the first numbers and the last layer."""
    last = layout.layers[-1]
    return [
        s for s in layout if is_matrix(s) and s.layer != last and not s.layer.endswith("embedding")
    ]
