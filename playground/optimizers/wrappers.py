"""What surrounds any update rule: other gradients before it, other weights after it."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground import autodiff as ad
from playground.declarations import Declared, declare, is_on
from playground.models.layout import Layout, Segment
from playground.optimizers.optimizer import Array, State
from playground.optimizers.segments import as_matrix, by_segment, is_matrix, norm
from playground.optimizers.settings import beta_setting

GRADIENT_NOISE = "gradient"
"""The purpose of the noise on gradients."""

SLOW, COUNT, AVERAGE = "lookahead_theta", "lookahead_count", "average_theta"
STATES = frozenset({SLOW, COUNT, AVERAGE})
"""Names of the wrappers' own state arrays, which no rule may take for its own."""


class Wrappers(Declared):
    """Mechanisms that combine with any first-order rule; those that are off cost nothing."""

    sharpness: float = declare(
        0.0,
        ge=0,
        slider=(1e-3, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="SAM ρ",
        help="Sharpness-aware minimisation: the gradient is taken at the worst point within this "
        "distance, which costs a second one; 0 is off (Foret et al. 2021, eq. 2-3).",
    )
    lookahead_steps: int = declare(
        0,
        ge=0,
        slider=(0, 20),
        live=True,
        zero_is_off=True,
        label="Lookahead k",
        help="After every k steps the weights return part of the way to where they set out; "
        "0 is off (Zhang et al. 2019, algorithm 1).",
    )
    lookahead_share: float = declare(
        0.5,
        gt=0,
        le=1,
        slider=(0.0, 1.0),
        live=True,
        advanced=True,
        label="Lookahead α",
        help="Share of the way of k steps that is kept.",
    )
    average_decay: float = beta_setting(
        0.0,
        "Averaged weights",
        "moving average of θ, with which the model is evaluated,",
        zero_is_off=True,
    )
    noise_variance: float = declare(
        0.0,
        ge=0,
        slider=(1e-4, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Gradient noise",
        help="Variance of normal noise on every entry of the gradient at the first step; 0 is off "
        "(Neelakantan et al. 2015, eq. 1, after clipping).",
    )
    noise_decay: float = declare(
        0.55,
        ge=0,
        slider=(0.0, 2.0),
        live=True,
        advanced=True,
        label="Noise decay γ",
        help="The variance at step t is divided by t to the power of γ.",
    )
    centralize: bool = declare(
        False,
        live=True,
        label="Centralise",
        help="Take from the gradient of each neuron's incoming weights their mean "
        "(Yong et al. 2020, eq. 1).",
    )

    @property
    def gradients_per_step(self) -> int:
        """How often a step asks for a gradient."""
        return 2 if is_on(self.sharpness) else 1

    @property
    def is_noisy(self) -> bool:
        """Whether the programs take normal noise of θ's shape."""
        return is_on(self.noise_variance)

    def initial(self, theta: Array) -> State:
        """Return the state arrays of what is on."""
        state: State = {}
        if is_on(self.lookahead_steps):
            state |= {SLOW: theta.copy(), COUNT: np.zeros((*theta.shape[:-1], 1), theta.dtype)}
        if is_on(self.average_decay):
            state |= {AVERAGE: theta.copy()}
        return state

    def worst_point(self, theta: Any, gradient: Any) -> Any:
        """Return θ + ρ g / ‖g‖, or θ where the gradient is zero."""
        length = norm(gradient)
        return theta + self.sharpness * gradient / ad.where(ad.greater(length, 0.0), length, 1.0)

    def centralized(self, gradient: Any, layout: Layout) -> Any:
        """Return the gradient, in which the weights into each neuron have a mean of zero."""
        return by_segment(layout, _centralized, gradient) if self.centralize else gradient

    def noised(self, gradient: Any, noise: Any, step: Any) -> Any:
        """Return the gradient with normal numbers of shape (…, n) on it, fewer as steps go by."""
        return gradient + ad.sqrt(self.noise_variance / step**self.noise_decay) * noise

    def settle(self, theta: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return where θ is in the end, and the wrappers' state after that."""
        after: dict[str, Any] = {}
        if is_on(self.lookahead_steps):
            count = state[COUNT] + 1.0
            is_due = ad.greater_equal(count, float(self.lookahead_steps))
            slow = state[SLOW] + self.lookahead_share * (theta - state[SLOW])
            theta = ad.where(is_due, slow, theta)
            after[SLOW] = ad.where(is_due, slow, state[SLOW])
            after[COUNT] = ad.where(is_due, 0.0, count)
        if is_on(self.average_decay):
            kept = self.average_decay
            after[AVERAGE] = kept * state[AVERAGE] + (1.0 - kept) * theta
        return theta, after


def _centralized(segment: Segment, gradient: Any) -> Any:
    if not is_matrix(segment):
        return gradient
    matrix = as_matrix(segment, gradient)
    centred = matrix - ad.mean(matrix, axis=-2, keepdims=True)
    return ad.reshape(centred, gradient.shape)
