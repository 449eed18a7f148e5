"""What is done to the weights after each update of a rule."""

from __future__ import annotations

from functools import partial
from typing import Any

from playground import autodiff as ad
from playground.declarations import Declared, declare, is_on
from playground.models.layout import Layout, Segment
from playground.optimizers.segments import as_matrix, by_segment, is_matrix


class Constraints(Declared):
    """Keep the weights small after each update, whatever the rule; biases are left alone."""

    decay: float = declare(
        0.0,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Decoupled decay λ",
        help="The learning rate times λ times the weights is taken off at each step, outside of "
        "the gradient; 0 is off (Loshchilov & Hutter 2019).",
    )
    soft_threshold: float = declare(
        0.0,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Proximal L1 λ₁",
        help="Weights come nearer to zero by the learning rate times λ₁ at each step and stay "
        "there: exact zeros; 0 is off (ISTA: Daubechies et al. 2004; Beck & Teboulle 2009).",
    )
    max_norm: float = declare(
        0.0,
        ge=0,
        slider=(0.1, 10.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Max-norm c",
        help="The weights into a neuron are scaled down to this Euclidean norm when they are "
        "longer; 0 is off (Srebro & Shraibman 2005; Hinton et al. 2012).",
    )

    @property
    def needs_rate(self) -> bool:
        """Whether something of what is on is scaled by the learning rate."""
        return is_on(self.decay) or is_on(self.soft_threshold)

    def apply(self, moved: Any, theta: Any, layout: Layout, rate: Any) -> Any:
        """Return θ after an update as it may be.

        Parameters
        ----------
        moved, theta
            Nodes of shape (…, n) after and before the update.
        layout
            Names of their segments.
        rate
            The learning rate; of no meaning unless :attr:`needs_rate`.
        """
        if not (self.needs_rate or is_on(self.max_norm)):
            return moved
        return by_segment(layout, partial(self._constrained, rate), moved, theta)

    def _constrained(self, rate: Any, segment: Segment, moved: Any, theta: Any) -> Any:
        if not segment.decayed:
            return moved
        if is_on(self.decay):
            moved = moved - rate * self.decay * theta
        if is_on(self.soft_threshold):
            moved = ad.sign(moved) * ad.maximum(ad.abs(moved) - rate * self.soft_threshold, 0.0)
        if is_on(self.max_norm) and is_matrix(segment):
            matrix = as_matrix(segment, moved)
            length = ad.sqrt(ad.sum(ad.square(matrix), axis=-2, keepdims=True))
            matrix = matrix * (self.max_norm / ad.maximum(length, self.max_norm))
            moved = ad.reshape(matrix, moved.shape)
        return moved
