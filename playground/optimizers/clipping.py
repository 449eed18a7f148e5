"""Gradient clipping, between the gradient and the rule."""

from __future__ import annotations

from typing import Any

from playground import autodiff as ad
from playground.declarations import Declared, declare, is_on


class Clipping(Declared):
    """Bounds on the gradient; by value first, then by norm."""

    value: float = declare(
        0.0,
        ge=0,
        slider=(1e-3, 100),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Clip by value",
        help="Every entry of the gradient is kept within plus and minus this; 0 is off.",
    )
    norm: float = declare(
        0.0,
        ge=0,
        slider=(1e-3, 100),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Clip by norm",
        help="The whole gradient is scaled down to this Euclidean norm when it is longer; 0 is off "
        "(Pascanu et al. 2013, algorithm 1).",
    )

    def apply(self, gradient: Any) -> Any:
        """Return the clipped gradient, a node of shape (…, n)."""
        if is_on(self.value):
            gradient = ad.clip(gradient, -self.value, self.value)
        if is_on(self.norm):
            norm = ad.sqrt(ad.sum(ad.square(gradient), axis=-1, keepdims=True))
            # A zero gradient stays zero: the divisor is never below the bound.
            gradient = gradient * (self.norm / ad.maximum(norm, self.norm))
        return gradient
