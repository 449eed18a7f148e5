"""Gradient norms of layers, as the history keeps them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def norm_column(layer: str) -> str:
    """Return the history's column for a layer's gradient norm."""
    return f"gradient_norm/{layer}"


def euclidean_norm(x: NDArray[Any]) -> float:
    """Return the Euclidean norm of a vector, also where its squares leave the number type."""
    square = float(x.dot(x))
    if 1e-30 < square < 1e30:
        return math.sqrt(square)
    return float(np.linalg.norm(x.astype(np.float64)))
