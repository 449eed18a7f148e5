"""Gradient descent, its momentum, and step lengths that follow from the loss itself."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground import autodiff as ad
from playground.declarations import declare, is_on
from playground.models.layout import Layout
from playground.optimizers.optimizer import (
    OPTIMIZERS,
    Array,
    Moment,
    State,
    UpdateRule,
    learning_rate,
)
from playground.optimizers.settings import beta_setting, decay_setting

Step = tuple[Any, dict[str, Any]]


@OPTIMIZERS.register
class SGD(UpdateRule):
    """Stochastic gradient descent: θ ← θ - η g, with momentum and weight decay where wanted."""

    LABEL = "SGD"
    SOURCE = "Robbins & Monro 1951; momentum as in Sutskever et al. 2013, with η outside of v"
    RULE = r"""
g \leftarrow g + \lambda \theta
v \leftarrow \beta v + (1 - \tau)\, g, \quad \text{first } v = g
\theta \leftarrow \theta - \eta\, v
\theta \leftarrow \theta - \eta\, (g + \beta v) \quad \text{(Nesterov)}
"""
    kind: Literal["sgd"] = "sgd"
    learning_rate: float = learning_rate(0.03)
    momentum: float = beta_setting(0.0, "Momentum β", "velocity", zero_is_off=True)
    dampening: float = declare(
        0.0,
        ge=0,
        lt=1,
        slider=(0.0, 1.0),
        live=True,
        zero_is_off=True,
        advanced=True,
        label="Dampening τ",
        help="Share of a gradient that does not reach the velocity, from the second step on.",
    )
    nesterov: bool = declare(
        False, live=True, label="Nesterov", help="Look ahead along the velocity; needs momentum."
    )
    weight_decay: float = decay_setting(0.0, "λ θ is added to the gradient")

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"velocity": np.zeros_like(theta)} if is_on(self.momentum) else {}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        if is_on(self.weight_decay):
            gradient = gradient + self.weight_decay * theta
        if not is_on(self.momentum):
            return theta - self.learning_rate * gradient, {}
        fresh = gradient
        if is_on(self.dampening):
            fresh = gradient * ad.where(ad.equal(now.step, 1.0), 1.0, 1.0 - self.dampening)
        velocity = self.momentum * state["velocity"] + fresh
        ahead = gradient + self.momentum * velocity if self.nesterov else velocity
        return theta - self.learning_rate * ahead, {"velocity": velocity}


class _WithMomentum(UpdateRule):
    """Settings and state that momentum and its Nesterov form share."""

    SLOTS = ("velocity",)
    learning_rate: float = learning_rate(0.01)
    momentum: float = beta_setting(0.9, "Momentum β", "velocity")


@OPTIMIZERS.register
class Momentum(_WithMomentum):
    """Heavy ball: v ← β v + g, θ ← θ - η v."""

    SOURCE = "Polyak 1964; Sutskever et al. 2013, eq. 1-2, with η outside of v as in PyTorch"
    RULE = r"""
v \leftarrow \beta v + g
\theta \leftarrow \theta - \eta\, v
"""
    kind: Literal["momentum"] = "momentum"

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        velocity = self.momentum * state["velocity"] + gradient
        return theta - self.learning_rate * velocity, {"velocity": velocity}


@OPTIMIZERS.register
class Nesterov(_WithMomentum):
    """Nesterov's momentum: v ← β v + g, θ ← θ - η (g + β v)."""

    SOURCE = "Nesterov 1983; Sutskever et al. 2013, eq. 3-4, in PyTorch's change of variables"
    RULE = r"""
v \leftarrow \beta v + g
\theta \leftarrow \theta - \eta\, (g + \beta v)
"""
    kind: Literal["nesterov"] = "nesterov"

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        velocity = self.momentum * state["velocity"] + gradient
        ahead = gradient + self.momentum * velocity
        return theta - self.learning_rate * ahead, {"velocity": velocity}


@OPTIMIZERS.register
class AveragedSGD(UpdateRule):
    """Gradient descent whose evaluated weights are the mean of all θ from a step on."""

    LABEL = "Averaged SGD"
    SOURCE = "Polyak & Juditsky 1992; Bottou 2010, section 5; step lengths as in PyTorch's ASGD"
    RULE = r"""
\eta_t = \eta\, /\, (1 + \lambda \eta\, (t-1))^{\alpha}
\theta \leftarrow (1 - \eta_t \lambda)\, \theta - \eta_t\, g
\bar\theta \leftarrow \bar\theta + (\theta - \bar\theta)\, /\, \max(1,\, t - 1 - t_0)
"""
    AVERAGE = "average"
    kind: Literal["asgd"] = "asgd"
    learning_rate: float = learning_rate(0.01)
    weight_decay: float = declare(
        1e-4,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        label="Decay λ",
        help="Pulls θ towards zero, and sets how fast the steps become shorter.",
    )
    power: float = declare(
        0.75,
        ge=0,
        le=1,
        slider=(0.0, 1.0),
        live=True,
        label="Power α",
        help="How fast the steps become shorter: 0 never, 1 as the step's number grows.",
    )
    start: int = declare(
        0,
        ge=0,
        slider=(0, 100_000),
        scale="log",
        live=True,
        unit="steps",
        label="Average from t₀",
        help="Steps before the mean begins; until then it is θ itself.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"average": theta.copy()}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        rate, decay, before = self.learning_rate, self.weight_decay, now.step - 1.0
        rate = rate / (1.0 + decay * rate * before) ** self.power
        theta = (1.0 - decay * rate) * theta - rate * gradient
        share = 1.0 / ad.maximum(before - float(self.start), 1.0)
        average = state["average"] + share * (theta - state["average"])
        return theta, {"average": average}


@OPTIMIZERS.register
class PolyakStep(UpdateRule):
    """Gradient descent whose step is as long as the distance of the loss from its least value."""

    SOURCE = "Polyak 1987, section 5.3; Loizou et al. 2021, eq. 3 (SPS with a largest step)"
    RULE = r"""
\eta = \min\left(\frac{\max(0,\, f(\theta) - f^*)}{c\, \Vert g \Vert^2},\, \gamma\right)
\theta \leftarrow \theta - \eta\, g
"""
    kind: Literal["polyak_step"] = "polyak_step"
    least_loss: float = declare(
        0.0,
        slider=(0.0, 1.0),
        live=True,
        label="Least loss f*",
        help="What the loss is at its minimum; where the loss is below it, θ stays.",
    )
    caution: float = declare(
        1.0,
        gt=0,
        slider=(0.1, 10.0),
        scale="log",
        live=True,
        label="Caution c",
        help="Divides the step: 1 is Polyak's, ½ twice as long.",
    )
    largest: float = declare(
        1.0,
        ge=0,
        slider=(1e-5, 100.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Largest step γ",
        help="Bound of the step length, for losses that never reach f*; 0 is off.",
    )

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        square = ad.sum(ad.square(gradient), axis=-1, keepdims=True)
        above = ad.maximum(ad.reshape(now.loss, square.shape) - self.least_loss, 0.0)
        # At a stationary point the quotient has no meaning, and any step length will do.
        rate = above / (self.caution * ad.where(ad.greater(square, 0.0), square, 1.0))
        if is_on(self.largest):
            rate = ad.minimum(rate, self.largest)
        return theta - rate * gradient, {}
