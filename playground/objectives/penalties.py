"""Penalties on the size of the weights."""

from __future__ import annotations

from typing import Any

from playground import autodiff as ad
from playground.declarations import Declared, declare, is_on
from playground.models.layout import Layout


class Penalties(Declared):
    """What is added to the loss for training; biases are left out."""

    l1: float = declare(
        0.0,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="L1",
        help="λ₁ in λ₁ Σ|w|: drives weights to zero; 0 is off.",
    )
    l2: float = declare(
        0.0,
        ge=0,
        slider=(1e-6, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="L2",
        help="λ₂ in ½ λ₂ Σw²: its gradient is λ₂ w; 0 is off.",
    )

    def apply(self, layout: Layout, parameters: dict[str, Any]) -> Any:
        """Return the penalty as a scalar node, or 0.0 when all are off."""
        weights = [parameters[s.name] for s in layout if s.decayed]
        penalty: Any = 0.0
        if is_on(self.l1):
            penalty = penalty + self.l1 * sum(ad.sum(ad.abs(w)) for w in weights)
        if is_on(self.l2):
            penalty = penalty + 0.5 * self.l2 * sum(ad.sum(ad.square(w)) for w in weights)
        return penalty

    @property
    def has_residuals(self) -> bool:
        """Whether the penalty is half a sum of squares."""
        return not is_on(self.l1)

    def residuals(self, layout: Layout, parameters: dict[str, Any]) -> list[Any]:
        """Return flat nodes r whose ½ Σ r² is the L2 penalty."""
        if not is_on(self.l2):
            return []
        return [ad.sqrt(self.l2) * parameters[s.name].reshape(-1) for s in layout if s.decayed]
