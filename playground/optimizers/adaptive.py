"""Rules that scale each coordinate by the size of its own gradients."""

from __future__ import annotations

from typing import Any, Literal

from playground import autodiff as ad
from playground.declarations import declare
from playground.optimizers.optimizer import OPTIMIZERS, Moment, UpdateRule, learning_rate


def _epsilon() -> Any:
    return declare(
        1e-8,
        ge=0,
        slider=(1e-12, 1e-1),
        scale="log",
        live=True,
        label="ε",
        help="Added to the root of the second moment; keeps a step finite.",
    )


@OPTIMIZERS.register
class RMSProp(UpdateRule):
    """The gradient over the root of its squares' average: θ ← θ - η g / (√v + ε)."""

    LABEL = "RMSProp"
    SOURCE = "Tieleman & Hinton 2012, lecture 6.5; ε outside of the root as in PyTorch"
    SLOTS = ("square_average",)
    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = learning_rate(0.01)
    decay: float = declare(
        0.99,
        ge=0,
        lt=1,
        slider=(0.0, 0.9999),
        live=True,
        label="Decay α",
        help="Share of the squared gradients' average that is kept.",
    )
    epsilon: float = _epsilon()

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[Any, dict[str, Any]]:
        v = self.decay * state["square_average"] + (1.0 - self.decay) * ad.square(gradient)
        theta = theta - self.learning_rate * gradient / (ad.sqrt(v) + self.epsilon)
        return theta, {"square_average": v}


@OPTIMIZERS.register
class Adam(UpdateRule):
    """Momentum over the root of the squared gradients' average, both bias-corrected."""

    SOURCE = "Kingma & Ba 2015, algorithm 1"
    SLOTS = ("first_moment", "second_moment")
    kind: Literal["adam"] = "adam"
    learning_rate: float = learning_rate(0.001)
    beta1: float = declare(
        0.9,
        ge=0,
        lt=1,
        slider=(0.0, 0.999),
        live=True,
        label="β₁",
        help="Share of the gradients' average that is kept.",
    )
    beta2: float = declare(
        0.999,
        ge=0,
        lt=1,
        slider=(0.0, 0.9999),
        live=True,
        label="β₂",
        help="Share of the squared gradients' average that is kept.",
    )
    epsilon: float = _epsilon()

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[Any, dict[str, Any]]:
        m = self.beta1 * state["first_moment"] + (1.0 - self.beta1) * gradient
        v = self.beta2 * state["second_moment"] + (1.0 - self.beta2) * ad.square(gradient)
        m_scale = self.learning_rate / (1.0 - self.beta1**now.step)
        v_scale = 1.0 / (1.0 - self.beta2**now.step)
        theta = theta - m_scale * m / (ad.sqrt(v_scale * v) + self.epsilon)
        return theta, {"first_moment": m, "second_moment": v}
