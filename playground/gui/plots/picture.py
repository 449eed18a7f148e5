"""What the pictures of a task have in common."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from playground.gui.plots.canvas import Canvas
from playground.gui.run import Run
from playground.gui.theme import Theme


class Picture:
    """Shows one kind of task view of one run on a canvas of its own.

    Parameters
    ----------
    canvas
        Where it lays itself out; it is empty.
    run
        Whose data it shows.
    """

    has_points = False
    """Whether the controls for points and regions act on it."""

    def __init__(self, canvas: Canvas, run: Run) -> None:
        self.canvas = canvas
        self.run = run

    def show(self, view: Any) -> None:
        """Draw what the model says at one moment."""
        raise NotImplementedError

    def restyle(self, theme: Theme) -> None:
        """Take on a theme's colours."""

    def resize(self) -> None:
        """Lay out anew after the canvas has changed its size."""


class SmoothImage(pg.ImageItem):
    """An image whose pixels run into each other when they are enlarged.

    Attributes
    ----------
    is_smooth
        Whether they do; interpolating costs some milliseconds a frame, for nothing where the
        image has as many pixels as its place.
    """

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major", autoDownsample=False)
        self.is_smooth = True

    def paint(self, painter: QPainter, *args: Any) -> None:
        """Paint with interpolation."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.is_smooth)
        super().paint(painter, *args)

    def set_extent(self, extent: tuple[float, float, float, float]) -> None:
        """Lay the image over a rectangle: x low, x high, y low, y high."""
        x0, x1, y0, y1 = extent
        self.setRect(QRectF(x0, y0, x1 - x0, y1 - y0))
