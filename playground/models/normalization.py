"""Normalisation: activations brought to zero mean and unit variance, then scaled and shifted."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.models.layout import Part
from playground.models.model import Batch

Normalization: TypeAlias = Literal["none", "batch", "layer"]

EPSILON = 1e-5
"""Added to variances; PyTorch's default."""

MOMENTUM = 0.1
"""Share of the batch's statistics in the running ones; PyTorch's default."""


def layer_norm(x: Any, scale: Any, shift: Any, n_axes: int = 1) -> Any:
    """Return each sample's last axes at zero mean and unit variance, scaled and shifted.

    The variance is the biased one (Ba et al. 2016, eq. 3).

    Parameters
    ----------
    x
        Shape (…, n_units).
    scale, shift
        Shape (n_units,).
    n_axes
        1 for each row by itself; 3 for a picture (height, width, channels) as a whole.
    """
    axes = tuple(range(-n_axes, 0))
    centred = x - ad.mean(x, axes, keepdims=True)
    variance = ad.mean(ad.square(centred), axes, keepdims=True)
    return centred / ad.sqrt(variance + EPSILON) * scale + shift


def batch_norm(
    x: Any, scale: Any, shift: Any, running: tuple[Any, Any], *, is_training: bool
) -> tuple[Any, tuple[Any, Any]]:
    """Normalise each unit over the batch, and over the places of a picture (Ioffe & Szegedy 2015).

    As in PyTorch the batch's own variance divides by n and the running one by n - 1.

    Parameters
    ----------
    x
        Shape (n_samples, …, n_units).
    scale, shift
        Shape (n_units,).
    running
        Running mean and variance of shape (n_units,); evaluation normalises by them.
    is_training
        Whether to normalise by the batch's own statistics.

    Returns
    -------
    normalized
        x's shape.
    running
        Running mean and variance after the batch; unchanged in evaluation.
    """
    mean, variance = running
    if not is_training:
        factor = scale / ad.sqrt(variance + EPSILON)
        return x * factor + (shift - mean * factor), running
    axes = tuple(range(len(x.shape) - 1))
    own_mean = ad.mean(x, axes)
    centred = x - own_mean
    own_variance = ad.mean(ad.square(centred), axes)
    n = x.size // x.shape[-1]
    # One number has no spread; PyTorch refuses it, a last batch of one sample must go on.
    unbiased = own_variance * (n / max(n - 1, 1))
    after = (mean + MOMENTUM * (own_mean - mean), variance + MOMENTUM * (unbiased - variance))
    return centred * (scale / ad.sqrt(own_variance + EPSILON)) + shift, after


def normalization_parts(kind: Normalization, layer: str, n_units: int) -> list[Part]:
    """Return what a layer's normalisation and shift add to the layout."""
    bias: Part = (layer, "bias", (n_units,), False)
    return [bias] if kind == "none" else [(layer, "scale", (n_units,), False), bias]


def first_running(kind: Normalization, layer: str, n_units: int) -> dict[str, NDArray[np.float64]]:
    """Return the running statistics that a layer's normalisation starts with, by name."""
    if kind != "batch":
        return {}
    return {f"{layer}.mean": np.zeros(n_units), f"{layer}.variance": np.ones(n_units)}


def normalized(
    kind: Normalization, layer: str, x: Any, parameters: dict[str, Any], batch: Batch
) -> tuple[Any, dict[str, Any]]:
    """Normalise a layer's numbers and add its bias.

    The bias comes after: a mean over the batch would take away one that came before.

    Returns
    -------
    normalized
        x's shape.
    running
        The layer's running statistics after the pass, by name.
    """
    bias = parameters[f"{layer}.bias"]
    if kind == "none":
        return x + bias, {}
    scale = parameters[f"{layer}.scale"]
    if kind == "layer":
        return layer_norm(x, scale, bias, len(x.shape) - 1), {}
    names = f"{layer}.mean", f"{layer}.variance"
    running = batch.running[names[0]], batch.running[names[1]]
    x, after = batch_norm(x, scale, bias, running, is_training=batch.is_training)
    return x, dict(zip(names, after, strict=True))
