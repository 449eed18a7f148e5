"""Arrays as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from playground.gui.plots.regions import rgb
from playground.gui.theme import current_theme


def ink_image(values: NDArray[Any], most: float | None = None) -> QImage:
    """Return an array (height, width) as a picture, ink where its values are large.

    Without ``most`` its own least and greatest value are the ends of the scale.
    """
    theme = current_theme()
    low = 0.0 if most is not None else float(values.min())
    width = most if most is not None else max(float(np.ptp(values)), 1e-12)
    ink = ((values - low) / width)[..., None]
    return image_of((1.0 - ink) * rgb(theme.background) + ink * rgb(theme.text))


def image_of(colors: NDArray[Any]) -> QImage:
    """Return colours from 0 to 255 of shape (height, width, 3) as a picture of its own."""
    pixels = np.ascontiguousarray(colors, np.uint8)
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
