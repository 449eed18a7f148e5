"""Rules that scale each coordinate by the size of its own gradients."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

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
from playground.optimizers.settings import beta_setting, epsilon_setting

Step = tuple[Any, dict[str, Any]]


@OPTIMIZERS.register
class Adagrad(UpdateRule):
    """The gradient over the root of the sum of all its squares: θ ← θ - η g / (√s + ε)."""

    SOURCE = "Duchi, Hazan & Singer 2011, figure 1 (diagonal); ε outside of the root as in PyTorch"
    RULE = r"""
s \leftarrow s + g^2
\theta \leftarrow \theta - \frac{\eta}{1 + \kappa\, (t - 1)}\; \frac{g}{\sqrt{s} + \varepsilon}
"""
    kind: Literal["adagrad"] = "adagrad"
    learning_rate: float = learning_rate(0.01)
    rate_decay: float = declare(
        0.0,
        ge=0,
        slider=(1e-5, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        advanced=True,
        label="Rate decay κ",
        help="Shortens the steps further as their number grows; 0 is off.",
    )
    first_sum: float = declare(
        0.0,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        advanced=True,
        label="First sum",
        help="Where the sums of squares start.",
    )
    epsilon: float = epsilon_setting(1e-10)

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"square_sum": np.full_like(theta, self.first_sum)}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        rate = self.learning_rate
        if is_on(self.rate_decay):
            rate = rate / (1.0 + self.rate_decay * (now.step - 1.0))
        s = state["square_sum"] + ad.square(gradient)
        return theta - rate * gradient / (ad.sqrt(s) + self.epsilon), {"square_sum": s}


@OPTIMIZERS.register
class Adadelta(UpdateRule):
    """The gradient in units of θ: scaled by past steps' root mean square over its own."""

    SOURCE = "Zeiler 2012, algorithm 1"
    RULE = r"""
s \leftarrow \rho\, s + (1 - \rho)\, g^2
\Delta = \frac{\sqrt{u + \varepsilon}}{\sqrt{s + \varepsilon}}\; g
u \leftarrow \rho\, u + (1 - \rho)\, \Delta^2
\theta \leftarrow \theta - \eta\, \Delta
"""
    SLOTS = ("square_average", "square_step")
    kind: Literal["adadelta"] = "adadelta"
    learning_rate: float = learning_rate(1.0)
    decay: float = beta_setting(0.95, "Decay ρ", "averages of squares")
    epsilon: float = epsilon_setting(1e-6, "Added under both roots; the first step comes from it.")

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        kept, fresh = self.decay, 1.0 - self.decay
        s = kept * state["square_average"] + fresh * ad.square(gradient)
        step = ad.sqrt(state["square_step"] + self.epsilon) / ad.sqrt(s + self.epsilon) * gradient
        u = kept * state["square_step"] + fresh * ad.square(step)
        return theta - self.learning_rate * step, {"square_average": s, "square_step": u}


@OPTIMIZERS.register
class RMSProp(UpdateRule):
    """The gradient over the root of its squares' average: θ ← θ - η g / (√v + ε)."""

    LABEL = "RMSProp"
    SOURCE = (
        "Tieleman & Hinton 2012, lecture 6.5; centred with momentum: Graves 2013, eq. 38-41; "
        "ε outside of the root as in PyTorch"
    )
    RULE = r"""
v \leftarrow \alpha\, v + (1 - \alpha)\, g^2
a \leftarrow \alpha\, a + (1 - \alpha)\, g, \quad v \rightarrow v - a^2 \quad \text{(centred)}
b \leftarrow \beta\, b + g\, /\, (\sqrt{v} + \varepsilon)
\theta \leftarrow \theta - \eta\, b
"""
    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = learning_rate(0.01)
    decay: float = beta_setting(0.99, "Decay α", "squared gradients' average")
    momentum: float = beta_setting(0.0, "Momentum β", "velocity", zero_is_off=True)
    centered: bool = declare(
        False,
        live=True,
        label="Centred",
        help="Divide by the gradients' standard deviation, not their root mean square.",
    )
    epsilon: float = epsilon_setting()

    def initial(self, theta: Array, layout: Layout) -> State:
        names = ["square_average"]
        names += ["gradient_average"] if self.centered else []
        names += ["velocity"] if is_on(self.momentum) else []
        return {name: np.zeros_like(theta) for name in names}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        v = self.decay * state["square_average"] + (1.0 - self.decay) * ad.square(gradient)
        after, spread = {"square_average": v}, v
        if self.centered:
            a = self.decay * state["gradient_average"] + (1.0 - self.decay) * gradient
            after["gradient_average"] = a
            # Rounding may leave a variance just below zero.
            spread = ad.maximum(v - ad.square(a), 0.0)
        if not is_on(self.momentum):
            return theta - self.learning_rate * gradient / (ad.sqrt(spread) + self.epsilon), after
        scaled = gradient / (ad.sqrt(spread) + self.epsilon)
        after["velocity"] = self.momentum * state["velocity"] + scaled
        return theta - self.learning_rate * after["velocity"], after


class MomentRule(UpdateRule):
    """Settings, state and mathematics that Adam shares with its relatives."""

    SLOTS: ClassVar[tuple[str, ...]] = ("first_moment", "second_moment")
    learning_rate: float = learning_rate(0.001)
    beta1: float = beta_setting(0.9, "β₁", "gradients' average")
    beta2: float = beta_setting(0.999, "β₂", "squared gradients' average")
    epsilon: float = epsilon_setting()

    def moments(self, gradient: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        """Return the averages of the gradients and of their squares."""
        m = self.beta1 * state["first_moment"] + (1.0 - self.beta1) * gradient
        v = self.beta2 * state["second_moment"] + (1.0 - self.beta2) * ad.square(gradient)
        return m, v

    def step_along(self, m: Any, v: Any, now: Moment) -> Any:
        """Return η m̂ / (√v̂ + ε), both moments bias-corrected."""
        m_scale = self.learning_rate / (1.0 - self.beta1**now.step)
        v_scale = 1.0 / (1.0 - self.beta2**now.step)
        return m_scale * m / (ad.sqrt(v_scale * v) + self.epsilon)


@OPTIMIZERS.register
class Adam(MomentRule):
    """Momentum over the root of the squared gradients' average, both bias-corrected."""

    SOURCE = "Kingma & Ba 2015, algorithm 1"
    RULE = r"""
m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad \hat m = m\, /\, (1 - \beta_1^t)
v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad \hat v = v\, /\, (1 - \beta_2^t)
\theta \leftarrow \theta - \eta\, \hat m\, /\, (\sqrt{\hat v} + \varepsilon)
"""
    kind: Literal["adam"] = "adam"

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m, v = self.moments(gradient, state)
        return theta - self.step_along(m, v, now), {"first_moment": m, "second_moment": v}
