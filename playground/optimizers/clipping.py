"""Gradient clipping, between the gradient and the rule."""

from __future__ import annotations

from functools import partial
from typing import Any

from playground import autodiff as ad
from playground.declarations import Declared, declare, is_on
from playground.models.layout import Layout, Segment
from playground.optimizers.segments import by_segment, fan_in, is_matrix, joined, norm

SMALLEST_WEIGHT = 1e-3
"""Norm that adaptive clipping takes weights to have at least, so that zeros can grow."""


class Clipping(Declared):
    """Bounds on the gradient: by value first, then by layer, by neuron, and as a whole."""

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

    layer_norm: float = declare(
        0.0,
        ge=0,
        slider=(1e-3, 100),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Clip by layer",
        help="The gradient of each layer is scaled down to this Euclidean norm when it is longer; "
        "0 is off.",
    )
    adaptive: float = declare(
        0.0,
        ge=0,
        slider=(1e-3, 1.0),
        scale="log",
        live=True,
        zero_is_off=True,
        label="Adaptive clip λ",
        help="The gradient of each neuron's weights is scaled down to λ times the weights' own "
        "norm, the last layer left alone; 0 is off (Brock et al. 2021, eq. 3).",
    )

    def apply(self, gradient: Any, theta: Any, layout: Layout) -> Any:
        """Return the clipped gradient, a node of shape (…, n).

        Parameters
        ----------
        gradient, theta
            Nodes of shape (…, n).
        layout
            Names of their segments.
        """
        if is_on(self.value):
            gradient = ad.clip(gradient, -self.value, self.value)
        if is_on(self.layer_norm):
            spans = [layout.span(layer) for layer in layout.layers]
            gradient = joined([_shortened(gradient[..., s], self.layer_norm) for s in spans])
        if is_on(self.adaptive):
            clip = partial(self._adapted, layout.layers[-1])
            gradient = by_segment(layout, clip, gradient, theta)
        if is_on(self.norm):
            gradient = _shortened(gradient, self.norm)
        return gradient

    def _adapted(self, last: str, segment: Segment, gradient: Any, theta: Any) -> Any:
        """Return a segment's gradient, of each neuron no longer than λ max(‖w‖, ε)."""
        if segment.layer == last:
            return gradient
        shape = (*gradient.shape[:-1], *fan_in(segment)) if is_matrix(segment) else gradient.shape
        axis = -2 if is_matrix(segment) else -1
        g, w = (ad.reshape(x, shape) for x in (gradient, theta))
        own = ad.sqrt(ad.sum(ad.square(w), axis=axis, keepdims=True))
        bound = self.adaptive * ad.maximum(own, SMALLEST_WEIGHT)
        length = ad.sqrt(ad.sum(ad.square(g), axis=axis, keepdims=True))
        return ad.reshape(g * (bound / ad.maximum(length, bound)), gradient.shape)


def _shortened(gradient: Any, bound: Any) -> Any:
    """Return a gradient no longer than a bound; zero stays zero."""
    return gradient * (bound / ad.maximum(norm(gradient), bound))
