"""Adam's relatives: other second moments, other corrections, weight decay of their own."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground import autodiff as ad
from playground.declarations import declare, is_on
from playground.models.layout import Layout
from playground.optimizers.adaptive import MomentRule
from playground.optimizers.optimizer import (
    OPTIMIZERS,
    Array,
    Moment,
    State,
    UpdateRule,
    learning_rate,
)
from playground.optimizers.settings import beta_setting, decay_setting, epsilon_setting

Step = tuple[Any, dict[str, Any]]

MOMENTS = r"""
m \leftarrow \beta_1 m + (1 - \beta_1)\, g
v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2
""".rstrip()


@OPTIMIZERS.register
class AdamW(MomentRule):
    """Adam with weight decay beside the gradient: not divided by the second moment."""

    LABEL = "AdamW"
    SOURCE = "Loshchilov & Hutter 2019, algorithm 2, with λ multiplied by η as in PyTorch"
    RULE = (
        MOMENTS
        + r"""
\hat m = m\, /\, (1 - \beta_1^t), \quad \hat v = v\, /\, (1 - \beta_2^t)
\theta \leftarrow \theta - \eta\, \hat m\, /\, (\sqrt{\hat v} + \varepsilon) - \eta \lambda \theta
"""
    )
    kind: Literal["adamw"] = "adamw"
    weight_decay: float = decay_setting(0.01, "η λ θ is taken off θ at each step")

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m, v = self.moments(gradient, state)
        if is_on(self.weight_decay):
            theta = (1.0 - self.learning_rate * self.weight_decay) * theta
        return theta - self.step_along(m, v, now), {"first_moment": m, "second_moment": v}


@OPTIMIZERS.register
class AMSGrad(MomentRule):
    """Adam whose second moment never falls: steps cannot grow again."""

    LABEL = "AMSGrad"
    SOURCE = "Reddi, Kale & Kumar 2018, algorithm 2, with Adam's bias corrections as in PyTorch"
    RULE = (
        MOMENTS
        + r"""
u \leftarrow \max(u, v)
\hat m = m\, /\, (1 - \beta_1^t), \quad \hat u = u\, /\, (1 - \beta_2^t)
\theta \leftarrow \theta - \eta\, \hat m\, /\, (\sqrt{\hat u} + \varepsilon)
"""
    )
    SLOTS = ("first_moment", "second_moment", "largest_second_moment")
    kind: Literal["amsgrad"] = "amsgrad"

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m, v = self.moments(gradient, state)
        u = ad.maximum(state["largest_second_moment"], v)
        after = {"first_moment": m, "second_moment": v, "largest_second_moment": u}
        return theta - self.step_along(m, u, now), after


@OPTIMIZERS.register
class Adamax(UpdateRule):
    """Momentum over the largest recent gradient: Adam with the infinity norm."""

    SOURCE = "Kingma & Ba 2015, algorithm 2; ε added to |g| as in PyTorch"
    RULE = r"""
m \leftarrow \beta_1 m + (1 - \beta_1)\, g
u \leftarrow \max(\beta_2 u,\, |g| + \varepsilon)
\theta \leftarrow \theta - \frac{\eta}{1 - \beta_1^t}\, \frac{m}{u}
"""
    SLOTS = ("first_moment", "largest_gradient")
    kind: Literal["adamax"] = "adamax"
    learning_rate: float = learning_rate(0.002)
    beta1: float = beta_setting(0.9, "β₁", "gradients' average")
    beta2: float = beta_setting(0.999, "β₂", "largest gradient")
    epsilon: float = declare(
        1e-8,
        gt=0,
        slider=(1e-12, 1e-1),
        scale="log",
        live=True,
        label="ε",
        help="Added to the size of each gradient; keeps a step finite.",
    )

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m = self.beta1 * state["first_moment"] + (1.0 - self.beta1) * gradient
        u = ad.maximum(self.beta2 * state["largest_gradient"], ad.abs(gradient) + self.epsilon)
        theta = theta - self.learning_rate / (1.0 - self.beta1**now.step) * m / u
        return theta, {"first_moment": m, "largest_gradient": u}


@OPTIMIZERS.register
class NAdam(MomentRule):
    """Adam with Nesterov's momentum, whose share grows towards β₁."""

    LABEL = "NAdam"
    SOURCE = "Dozat 2016, algorithm 2, with the schedule of μ of section 3.2 as in PyTorch"
    RULE = (
        MOMENTS
        + r"""
\mu_t = \beta_1 (1 - \frac{1}{2}\, 0.96^{t \psi}), \quad M_t = \mu_1 \cdots \mu_t
\hat m = \frac{\mu_{t+1}\, m}{1 - M_{t+1}} + \frac{(1 - \mu_t)\, g}{1 - M_t}
\hat v = v\, /\, (1 - \beta_2^t)
\theta \leftarrow \theta - \eta\, \hat m\, /\, (\sqrt{\hat v} + \varepsilon)
"""
    )
    kind: Literal["nadam"] = "nadam"
    learning_rate: float = learning_rate(0.002)
    momentum_decay: float = declare(
        0.004,
        ge=0,
        slider=(1e-4, 1.0),
        scale="log",
        live=True,
        label="Schedule ψ",
        help="How fast the momentum's share grows from β₁/2 to β₁.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        product = np.ones((*theta.shape[:-1], 1), theta.dtype)
        return super().initial(theta, layout) | {"momentum_product": product}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m, v = self.moments(gradient, state)
        share, following = self._share(now.step), self._share(now.step + 1.0)
        product = state["momentum_product"] * share
        fresh = self.learning_rate * (1.0 - share) / (1.0 - product)
        kept = self.learning_rate * following / (1.0 - product * following)
        root = ad.sqrt(v / (1.0 - self.beta2**now.step)) + self.epsilon
        theta = theta - (fresh * gradient + kept * m) / root
        return theta, {"first_moment": m, "second_moment": v, "momentum_product": product}

    def _share(self, step: Any) -> Any:
        return self.beta1 * (1.0 - 0.5 * 0.96 ** (step * self.momentum_decay))


@OPTIMIZERS.register
class RAdam(MomentRule):
    """Adam that waits with its second moment until that is known well enough."""

    LABEL = "RAdam"
    SOURCE = "Liu et al. 2020, algorithm 2, with ρ > 5 for ρ > 4 as in its code and in PyTorch"
    RULE = (
        MOMENTS
        + r"""
\hat m = m\, /\, (1 - \beta_1^t), \quad \rho_\infty = 2\, /\, (1 - \beta_2) - 1
\rho = \rho_\infty - 2 t \beta_2^t\, /\, (1 - \beta_2^t)
r = \sqrt{\frac{(\rho - 4)(\rho - 2)\, \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\, \rho}}
u = \frac{r \sqrt{1 - \beta_2^t}}{\sqrt{v} + \varepsilon} \text{ where } \rho > 5, \text{ else } 1
\theta \leftarrow \theta - \eta\, \hat m\, u
"""
    )
    kind: Literal["radam"] = "radam"

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m, v = self.moments(gradient, state)
        power = self.beta2**now.step
        longest = 2.0 / (1.0 - self.beta2) - 1.0
        length = longest - 2.0 * now.step * power / (1.0 - power)
        is_known = ad.greater(length, 5.0)
        ample = ad.maximum(length, 5.0)
        # Where even the longest average is short (β₂ ≤ 2/3) it is never known.
        widest = ad.maximum(longest, 5.0)
        rectified = (ample - 4.0) * (ample - 2.0) * widest
        r = ad.sqrt(rectified / ((widest - 4.0) * (widest - 2.0) * ample) * (1.0 - power))
        m_hat = self.learning_rate / (1.0 - self.beta1**now.step) * m
        step = ad.where(is_known, r * m_hat / (ad.sqrt(v) + self.epsilon), m_hat)
        return theta - step, {"first_moment": m, "second_moment": v}


@OPTIMIZERS.register
class AdaBelief(MomentRule):
    """Adam that divides by how far gradients are from what their average foretold."""

    LABEL = "AdaBelief"
    SOURCE = "Zhuang et al. 2020, algorithm 2"
    RULE = r"""
m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad \hat m = m\, /\, (1 - \beta_1^t)
s \leftarrow \beta_2 s + (1 - \beta_2)\, (g - m)^2 + \varepsilon
\hat s = s\, /\, (1 - \beta_2^t)
\theta \leftarrow \theta - \eta\, \hat m\, /\, (\sqrt{\hat s} + \varepsilon)
"""
    kind: Literal["adabelief"] = "adabelief"

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m = self.beta1 * state["first_moment"] + (1.0 - self.beta1) * gradient
        surprise = (1.0 - self.beta2) * ad.square(gradient - m)
        s = self.beta2 * state["second_moment"] + surprise + self.epsilon
        return theta - self.step_along(m, s, now), {"first_moment": m, "second_moment": s}


@OPTIMIZERS.register
class Adan(UpdateRule):
    """Nesterov's momentum from averages of gradients and of their differences."""

    SOURCE = "Xie et al. 2022, algorithm 1 without restarts; its β is 1 - β here, as in its code"
    RULE = r"""
m \leftarrow \beta_1 m + (1 - \beta_1)\, g
d \leftarrow \beta_2 d + (1 - \beta_2)\, (g - g_-)
n \leftarrow \beta_3 n + (1 - \beta_3)\, (g + \beta_2 (g - g_-))^2
\text{first } m = g,\; n = g^2,\; d = 0,\; g_- = g
u = (m + \beta_2 d)\, /\, (\sqrt{n} + \varepsilon)
\theta \leftarrow (\theta - \eta\, u)\, /\, (1 + \eta \lambda)
"""
    SLOTS = ("first_moment", "difference", "second_moment", "last_gradient")
    kind: Literal["adan"] = "adan"
    learning_rate: float = learning_rate(0.001)
    beta1: float = beta_setting(0.98, "β₁", "gradients' average")
    beta2: float = beta_setting(0.92, "β₂", "average of the gradients' differences")
    beta3: float = beta_setting(0.99, "β₃", "squared gradients' average")
    epsilon: float = epsilon_setting()
    weight_decay: float = decay_setting(0.0, "θ is divided by 1 + η λ at each step")

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        is_first = ad.equal(now.step, 1.0)
        m = ad.where(is_first, gradient, state["first_moment"])
        n = ad.where(is_first, ad.square(gradient), state["second_moment"])
        change = gradient - ad.where(is_first, gradient, state["last_gradient"])
        m = self.beta1 * m + (1.0 - self.beta1) * gradient
        d = self.beta2 * state["difference"] + (1.0 - self.beta2) * change
        n = self.beta3 * n + (1.0 - self.beta3) * ad.square(gradient + self.beta2 * change)
        theta = theta - self.learning_rate * (m + self.beta2 * d) / (ad.sqrt(n) + self.epsilon)
        if is_on(self.weight_decay):
            theta = theta * (1.0 / (1.0 + self.learning_rate * self.weight_decay))
        after = {"first_moment": m, "difference": d, "second_moment": n}
        return theta, after | {"last_gradient": gradient}
