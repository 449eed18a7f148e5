"""Rules that take from a gradient only its sign."""

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
class SignSGD(UpdateRule):
    """Every coordinate moves by η against the sign of its gradient, or of its momentum."""

    LABEL = "SignSGD"
    SOURCE = "Bernstein et al. 2018, algorithm 1; with momentum its Signum"
    RULE = r"""
m \leftarrow \beta m + (1 - \beta)\, g
\theta \leftarrow \theta - \eta\, \mathrm{sign}(m)
"""
    kind: Literal["signsgd"] = "signsgd"
    learning_rate: float = learning_rate(0.0001)
    momentum: float = beta_setting(0.0, "Momentum β", "gradients' average", zero_is_off=True)

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"first_moment": np.zeros_like(theta)} if is_on(self.momentum) else {}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        if not is_on(self.momentum):
            return theta - self.learning_rate * ad.sign(gradient), {}
        m = self.momentum * state["first_moment"] + (1.0 - self.momentum) * gradient
        return theta - self.learning_rate * ad.sign(m), {"first_moment": m}


@OPTIMIZERS.register
class Lion(UpdateRule):
    """The sign of a momentum that weighs the present gradient more than its memory does."""

    SOURCE = "Chen et al. 2023, algorithm 2"
    RULE = r"""
u = \mathrm{sign}(\beta_1 m + (1 - \beta_1)\, g)
m \leftarrow \beta_2 m + (1 - \beta_2)\, g
\theta \leftarrow \theta - \eta\, (u + \lambda \theta)
"""
    SLOTS = ("first_moment",)
    kind: Literal["lion"] = "lion"
    learning_rate: float = learning_rate(0.0001)
    beta1: float = beta_setting(0.9, "β₁", "momentum in the step's sign")
    beta2: float = beta_setting(0.99, "β₂", "gradients' average")
    weight_decay: float = decay_setting(0.0, "η λ θ is taken off θ at each step")

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        m = state["first_moment"]
        step = ad.sign(self.beta1 * m + (1.0 - self.beta1) * gradient)
        if is_on(self.weight_decay):
            step = step + self.weight_decay * theta
        m = self.beta2 * m + (1.0 - self.beta2) * gradient
        return theta - self.learning_rate * step, {"first_moment": m}


@OPTIMIZERS.register
class Rprop(UpdateRule):
    """Each coordinate's step grows while its gradient keeps its sign; for full batches."""

    SOURCE = "Riedmiller & Braun 1993; Igel & Hüsken 2003 (iRprop−), as in PyTorch"
    RULE = r"""
\Delta \leftarrow \min(\eta^+ \Delta,\, \Delta_{\max}) \;\; \text{if } g\, g_- > 0
\Delta \leftarrow \max(\eta^- \Delta,\, \Delta_{\min}),\; g \leftarrow 0 \;\; \text{if } g\, g_- < 0
\theta \leftarrow \theta - \Delta\, \mathrm{sign}(g)
"""
    kind: Literal["rprop"] = "rprop"
    first_step: float = declare(
        0.1,
        gt=0,
        slider=(1e-5, 1.0),
        scale="log",
        label="First step Δ₀",
        help="How far each coordinate moves in the first step.",
    )
    growth: float = declare(
        1.2,
        gt=1,
        slider=(1.01, 2.0),
        live=True,
        label="Growth η⁺",
        help="What a step is multiplied by where the gradient keeps its sign.",
    )
    shrink: float = declare(
        0.5,
        gt=0,
        lt=1,
        slider=(0.1, 0.99),
        live=True,
        label="Shrink factor η⁻",
        help="What a step is multiplied by where the gradient changes its sign.",
    )
    shortest: float = declare(
        1e-6,
        ge=0,
        slider=(1e-9, 1e-2),
        scale="log",
        live=True,
        advanced=True,
        label="Shortest step Δmin",
        help="No step becomes shorter.",
    )
    longest: float = declare(
        50.0,
        gt=0,
        slider=(1e-3, 100.0),
        scale="log",
        live=True,
        advanced=True,
        label="Longest step Δmax",
        help="No step becomes longer.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        lengths = np.full_like(theta, self.first_step)
        return {"last_gradient": np.zeros_like(theta), "step_length": lengths}

    def update(self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment) -> Step:
        # The product of two small gradients could underflow; that of their signs does not.
        agreement = ad.sign(gradient) * ad.sign(state["last_gradient"])
        has_turned = ad.less(agreement, 0.0)
        length = state["step_length"]
        longer = ad.where(ad.greater(agreement, 0.0), self.growth * length, length)
        length = ad.where(has_turned, self.shrink * length, longer)
        length = ad.clip(length, self.shortest, self.longest)
        gradient = ad.where(has_turned, 0.0, gradient)
        theta = theta - ad.sign(gradient) * length
        return theta, {"last_gradient": gradient, "step_length": length}
