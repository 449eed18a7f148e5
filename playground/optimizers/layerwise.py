"""Rules that scale the step of each layer by the size of its weights."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from playground import autodiff as ad
from playground.declarations import declare, is_on
from playground.models.layout import Layout, Segment
from playground.optimizers.adaptive import MomentRule
from playground.optimizers.optimizer import (
    OPTIMIZERS,
    Array,
    Moment,
    State,
    UpdateRule,
    learning_rate,
)
from playground.optimizers.segments import by_segment, joined, norm, part, pieces
from playground.optimizers.settings import decay_setting, epsilon_setting

Step = tuple[Any, dict[str, Any]]


@OPTIMIZERS.register
class LAMB(MomentRule):
    """Adam whose step in each weight array is as long as η times the array itself."""

    LABEL = "LAMB"
    SOURCE = "You et al. 2020, algorithm 2, φ(z) = z; ratio 1 where a norm is 0, as in its code"
    RULE = r"""
m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad \hat m = m\, /\, (1 - \beta_1^t)
v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad \hat v = v\, /\, (1 - \beta_2^t)
u = \hat m\, /\, (\sqrt{\hat v} + \varepsilon) + \lambda \theta
\theta \leftarrow \theta - \eta\, \frac{\Vert \theta \Vert}{\Vert u \Vert}\, u \quad \text{by array}
"""
    kind: Literal["lamb"] = "lamb"
    epsilon: float = epsilon_setting(1e-6)
    weight_decay: float = decay_setting(0.01, "λ θ is added to the step before it is scaled")

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m, v = self.moments(gradient, state)
        m_hat = m / (1.0 - self.beta1**now.step)
        v_hat = v / (1.0 - self.beta2**now.step)
        step = m_hat / (ad.sqrt(v_hat) + self.epsilon)
        if is_on(self.weight_decay):
            step = step + self.weight_decay * theta
        theta = by_segment(now.layout, self._moved, theta, step)
        return theta, {"first_moment": m, "second_moment": v}

    def _moved(self, segment: Segment, theta: Any, step: Any) -> Any:
        own, other = norm(theta), norm(step)
        is_ratio = ad.greater(own * other, 0.0)
        ratio = ad.where(is_ratio, own / ad.where(is_ratio, other, 1.0), 1.0)
        return theta - self.learning_rate * ratio * step


@OPTIMIZERS.register
class Adafactor(UpdateRule):
    """Second moments of a matrix from sums of its rows and columns; steps relative to θ."""

    SOURCE = (
        "Shazeer & Stern 2018, algorithms 4 and 5; the longest relative step is η as in PyTorch"
    )
    RULE = r"""
\beta_t = 1 - t^{-\tau}, \quad \eta_t = \min(\eta, 1/\sqrt t), \quad G = g^2 + \varepsilon_1
r \leftarrow \beta_t r + (1 - \beta_t)\, \mathrm{mean}_{\mathrm{rows}}(G)
c \leftarrow \beta_t c + (1 - \beta_t)\, \mathrm{mean}_{\mathrm{columns}}(G)
u = g\, /\, \sqrt{r c^\top /\, \mathrm{mean}(r)}
\text{vectors:}\; v \leftarrow \beta_t v + (1 - \beta_t)\, G,\; u = g\, /\, \sqrt{v}
u \leftarrow u\, /\, \max(1, \mathrm{RMS}(u)\, /\, d)
\theta \leftarrow \theta - \eta_t\, \max(\varepsilon_2, \mathrm{RMS}(\theta))\, u
"""
    kind: Literal["adafactor"] = "adafactor"
    learning_rate: float = learning_rate(0.01)
    decay_power: float = declare(
        0.8,
        gt=0,
        le=2,
        slider=(0.1, 1.0),
        live=True,
        label="Decay power τ",
        help="The second moments keep the share 1 - t to the power of -τ.",
    )
    threshold: float = declare(
        1.0,
        ge=1,
        slider=(1.0, 10.0),
        live=True,
        label="Clipping d",
        help="Root mean square of a step, before its scaling, that is not exceeded.",
    )
    epsilon1: float = declare(
        1e-30,
        gt=0,
        slider=(1e-30, 1e-3),
        scale="log",
        live=True,
        advanced=True,
        label="ε₁",
        help="Added to the squared gradients.",
    )
    epsilon2: float = declare(
        1e-3,
        gt=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        advanced=True,
        label="ε₂",
        help="Least size of θ that steps are relative to.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        sizes = {"rows": 0, "columns": 0, "square_average": 0}
        for segment in layout:
            for name, shape in _factors(segment).items():
                sizes[name] += math.prod(shape)
        lead = theta.shape[:-1]
        return {name: np.zeros((*lead, n), theta.dtype) for name, n in sizes.items() if n}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        kept = 1.0 - now.step**-self.decay_power
        rate = ad.minimum(self.learning_rate, 1.0 / ad.sqrt(now.step))
        shapes = [_factors(segment) for segment in now.layout]
        known = {
            name: iter(pieces(array, [math.prod(s[name]) for s in shapes if name in s]))
            for name, array in state.items()
        }
        after: dict[str, list[Any]] = {name: [] for name in state}
        moved = []
        for segment, factors in zip(now.layout, shapes, strict=True):
            own, g = part(segment, theta), part(segment, gradient)
            averages = {
                name: kept * next(known[name]) + (1.0 - kept) * mean
                for name, mean in self._means(segment, g).items()
            }
            for name, average in averages.items():
                after[name].append(average)
            step = g / ad.sqrt(_second_moment(averages, factors, g.shape))
            step = step / ad.maximum(_rms(step) / self.threshold, 1.0)
            moved.append(own - rate * ad.maximum(_rms(own), self.epsilon2) * step)
        return joined(moved), {name: joined(parts) for name, parts in after.items()}

    def _means(self, segment: Segment, gradient: Any) -> dict[str, Any]:
        """Return what the averages take in: all squares, or their means by row and by column."""
        lead = gradient.shape[:-1]
        squares = ad.square(gradient) + self.epsilon1
        if len(segment.shape) == 1:
            return {"square_average": squares}
        matrix = ad.reshape(squares, (*lead, *segment.shape))
        rows, columns = ad.mean(matrix, axis=-1), ad.mean(matrix, axis=-2)
        return {
            "rows": ad.reshape(rows, (*lead, -1)),
            "columns": ad.reshape(columns, (*lead, -1)),
        }


def _factors(segment: Segment) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what is remembered of a segment."""
    *stack, n_rows, n_columns = (1, 1, *segment.shape)
    if len(segment.shape) == 1:
        return {"square_average": segment.shape}
    stack = stack[2:]
    return {"rows": (*stack, n_rows), "columns": (*stack, n_columns)}


def _second_moment(
    averages: dict[str, Any], factors: dict[str, tuple[int, ...]], shape: tuple[int, ...]
) -> Any:
    """Return the second moment of each entry, of the gradient's shape (…, n_segment)."""
    if "square_average" in averages:
        return averages["square_average"]
    lead = shape[:-1]
    rows = ad.reshape(averages["rows"], (*lead, *factors["rows"], 1))
    columns = averages["columns"]
    columns = ad.reshape(columns, (*lead, *factors["columns"][:-1], 1, factors["columns"][-1]))
    rows = rows / ad.mean(rows, axis=-2, keepdims=True)
    return ad.reshape(rows * columns, shape)


def _rms(x: Any) -> Any:
    return ad.sqrt(ad.mean(ad.square(x), axis=-1, keepdims=True))
