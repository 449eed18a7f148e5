"""The operations that graphs are made of, one family a file; each with all of its rules."""

from playground.autodiff.primitives import (
    convolution,
    elementwise,
    error_function,
    indexing,
    linalg,
    logistic,
    ordering,
    pooling,
    power,
    reductions,
    selection,
    shaping,
)

__all__ = [
    "convolution",
    "elementwise",
    "error_function",
    "indexing",
    "linalg",
    "logistic",
    "ordering",
    "pooling",
    "power",
    "reductions",
    "selection",
    "shaping",
]
