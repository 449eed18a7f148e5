"""From what a model says over a plane to colours and to predictions at points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from playground.gui.theme import Theme

Extent = tuple[float, float, float, float]
Image = NDArray[np.uint8]

STRENGTH = 0.72
"""Share of a colour in the picture; the rest is background, so that points stand out."""


def rgb(color: str) -> NDArray[np.float64]:
    """Return red, green and blue from 0 to 255, shape (3,)."""
    shade = QColor(color)
    return np.array([shade.red(), shade.green(), shade.blue()], np.float64)


def diverging_table(theme: Theme, strength: float = STRENGTH) -> Image:
    """Return 256 colours from orange over neutral to blue, shape (256, 3)."""
    blue, neutral, orange = (rgb(c) for c in theme.diverging)
    back = rgb(theme.plot_background)
    middle = 0.5 * neutral + 0.5 * back
    ends = [strength * c + (1 - strength) * back for c in (orange, blue)]
    stops = np.array([ends[0], middle, ends[1]])
    x = np.linspace(0.0, 1.0, 256)
    channels = [np.interp(x, [0.0, 0.5, 1.0], stops[:, i]) for i in range(3)]
    return np.column_stack(channels).astype(np.uint8)


def value_colors(values: NDArray[np.floating[Any]], low: float, high: float, table: Image) -> Image:
    """Return a colour for each value between ``low`` and ``high``, shape (…, 3); NaN is neutral."""
    known = np.clip(np.nan_to_num(values, nan=(low + high) / 2), low, high)
    return table[(255 * (known - low) / (high - low)).astype(np.uint8)]


def share_colors(
    shares: NDArray[np.floating[Any]], colors: Sequence[str], background: str
) -> Image:
    """Return the mixture of class colours by share, shape (height, width, 3)."""
    palette = np.array([rgb(c) for c in colors])
    palette = STRENGTH * palette + (1 - STRENGTH) * rgb(background)
    return (np.nan_to_num(shares) @ palette[: shares.shape[-1]]).astype(np.uint8)


def decided(shares: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return shares of 0 and 1 only: all to the likeliest class."""
    return np.eye(shares.shape[-1], dtype=np.float32)[np.argmax(shares, axis=-1)]


def sampled(
    values: NDArray[np.floating[Any]], extent: Extent, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return values (height, width, …) at points (n, 2), interpolated between cell centres."""
    height, width = values.shape[:2]
    x0, x1, y0, y1 = extent
    column = np.clip((points[:, 0] - x0) / (x1 - x0) * width - 0.5, 0, width - 1)
    row = np.clip((points[:, 1] - y0) / (y1 - y0) * height - 0.5, 0, height - 1)
    left = np.minimum(column.astype(int), width - 2)
    low = np.minimum(row.astype(int), height - 2)
    tail = (1,) * (values.ndim - 2)
    u, v = (column - left).reshape(-1, *tail), (row - low).reshape(-1, *tail)
    lower = (1 - u) * values[low, left] + u * values[low, left + 1]
    upper = (1 - u) * values[low + 1, left] + u * values[low + 1, left + 1]
    return np.asarray((1 - v) * lower + v * upper, np.float64)
