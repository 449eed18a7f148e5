"""Normalisation: activations brought to zero mean and unit variance, then scaled and shifted."""

from __future__ import annotations

from typing import Any

from playground import autodiff as ad


def layer_norm(x: Any, scale: Any, shift: Any, epsilon: float = 1e-5) -> Any:
    """Return each sample's last axis at zero mean and unit variance, scaled and shifted.

    Parameters
    ----------
    x
        Shape (…, n_units).
    scale, shift
        Shape (n_units,).
    epsilon
        Added to the variance, which is the biased one (Ba et al. 2016).
    """
    centred = x - ad.mean(x, -1, keepdims=True)
    variance = ad.mean(ad.square(centred), -1, keepdims=True)
    return centred / ad.sqrt(variance + epsilon) * scale + shift
