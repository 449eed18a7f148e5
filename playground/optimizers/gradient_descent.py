"""Gradient descent and its momentum."""

from __future__ import annotations

from typing import Any, Literal

from playground.declarations import declare
from playground.optimizers.optimizer import OPTIMIZERS, Moment, UpdateRule, learning_rate


@OPTIMIZERS.register
class SGD(UpdateRule):
    """Stochastic gradient descent: θ ← θ - η g."""

    LABEL = "SGD"
    SOURCE = "Robbins & Monro 1951"
    kind: Literal["sgd"] = "sgd"
    learning_rate: float = learning_rate(0.03)

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[Any, dict[str, Any]]:
        return theta - self.learning_rate * gradient, {}


class _WithMomentum(UpdateRule):
    """Settings and state that momentum and its Nesterov form share."""

    SLOTS = ("velocity",)
    learning_rate: float = learning_rate(0.01)
    momentum: float = declare(
        0.9,
        ge=0,
        lt=1,
        slider=(0.0, 0.999),
        live=True,
        label="Momentum β",
        help="Share of the velocity that is kept from one step to the next.",
    )


@OPTIMIZERS.register
class Momentum(_WithMomentum):
    """Heavy ball: v ← β v + g, θ ← θ - η v."""

    SOURCE = "Polyak 1964; Sutskever et al. 2013, eq. 1-2, with η outside of v as in PyTorch"
    kind: Literal["momentum"] = "momentum"

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[Any, dict[str, Any]]:
        velocity = self.momentum * state["velocity"] + gradient
        return theta - self.learning_rate * velocity, {"velocity": velocity}


@OPTIMIZERS.register
class Nesterov(_WithMomentum):
    """Nesterov's momentum: v ← β v + g, θ ← θ - η (g + β v)."""

    SOURCE = "Nesterov 1983; Sutskever et al. 2013, eq. 3-4, in PyTorch's change of variables"
    kind: Literal["nesterov"] = "nesterov"

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], now: Moment
    ) -> tuple[Any, dict[str, Any]]:
        velocity = self.momentum * state["velocity"] + gradient
        ahead = gradient + self.momentum * velocity
        return theta - self.learning_rate * ahead, {"velocity": velocity}
