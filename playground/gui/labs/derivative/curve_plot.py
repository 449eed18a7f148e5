"""A plot of a function over x, on which a click or a drag moves the point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF

from playground.gui.labs.derivative.drawing import (
    Band,
    Bands,
    Floats,
    Spot,
    Spots,
    drawable,
    robust_range,
)
from playground.gui.plots.canvas import Plot
from playground.gui.plots.curves import curve_item
from playground.gui.plots.legend import PATIENCE, parted
from playground.gui.theme import Theme, current_theme, scaled

AXIS_PX = 58
"""Width of the vertical axis: plots above each other begin at the same place."""

HANDLE_PX = 15

SKIPPED, MARK_WEIGHT = 8, 20.0
"""Samples for one point that the legend should not hide, and what a mark counts beside it."""


class CurvePlot(Plot):
    """One curve with its bands, marks and a handle.

    Attributes
    ----------
    x, y : ndarray
        The samples that are drawn.
    """

    point_moved = Signal(float)
    """Somebody put the point there, along the horizontal axis."""

    def __init__(self, caption: str, *, is_lowest: bool) -> None:
        super().__init__("x" if is_lowest else "", caption)
        self.x = self.y = np.zeros(0)
        self._point = 0.0, 0.0
        self.bands = Bands(self.view)
        self.zero = self.add(pg.InfiniteLine(angle=0, movable=False))
        self.curve = self.add(curve_item(10))
        self.spots = Spots(self.view)
        self.handle = self.add(pg.TargetItem(movable=True, symbol="o", size=scaled(HANDLE_PX)))
        self.handle.setZValue(90)
        self.handle.setCursor(Qt.CursorShape.SizeHorCursor)
        self.handle.sigPositionChanged.connect(self._on_dragged)
        if not is_lowest:
            self.x_axis.setStyle(showValues=False)
        self.is_lowest = is_lowest

    def show_curve(self, x: Floats, y: Floats, breaks: Sequence[float] = ()) -> None:
        """Draw samples, and move the vertical axis to them unless it was moved by hand.

        Parameters
        ----------
        x, y
            Of shape (n,), NaN where there is no value.
        breaks
            Where the curve is not connected.
        """
        self.x, self.y = x, y
        self.show_range(y=robust_range(y))
        low, high = self.view.state["viewRange"][1]
        places = np.searchsorted(x, breaks)
        self.curve.setData(
            np.insert(x, places, breaks), np.insert(drawable(y, (low, high)), places, np.nan)
        )

    def show_point(self, x: float, y: float) -> None:
        """Put the handle on the curve, without telling; it is hidden where there is no value."""
        self._point = x, y
        is_there = bool(np.isfinite(y))
        self.handle.setVisible(is_there)
        if is_there:
            with QSignalBlocker(self.handle):
                self.handle.setPos(x, y)

    def show_marks(self, bands: list[Band], poles: list[float], spots: list[Spot]) -> None:
        """Tint stretches, mark poles and points."""
        self.bands.show_bands(bands, poles)
        self.spots.show_spots(spots)
        self._place_legend(spots)

    def _place_legend(self, spots: Sequence[Spot]) -> None:
        """Put the legend where it hides least of curve and marks; these matter more."""
        (x0, x1), (y0, y1) = self.view.state["viewRange"]
        metrics = QFontMetricsF(self.spots.font)
        per_px = (x1 - x0) / max(self.view.width(), 1.0)
        line = metrics.height() * (y1 - y0) / max(self.view.height(), 1.0)
        lines = [np.column_stack([self.x, self.y])[::SKIPPED]]
        for spot in spots:
            half = 0.5 * metrics.horizontalAdvance(spot.label) * per_px
            # The label of a minimum stands below it.
            height = spot.y - 1.5 * line if spot.shape == "up" else spot.y + 1.5 * line
            ends = [[spot.x - half, height], [spot.x + half, height]]
            lines.append(np.array([[spot.x, spot.y], *ends]))
        points = parted(lines)
        weights = np.ones(len(points))
        weights[len(lines[0]) :] = MARK_WEIGHT
        self.overlay.take_corner(points, weights, patience=PATIENCE)

    def restyle(self, theme: Theme, font: Any) -> None:
        super().restyle(theme, font)
        self.spots.font = font
        self.zero.setPen(pg.mkPen(theme.border, width=1))
        self.y_axis.setWidth(scaled(AXIS_PX))
        if not self.is_lowest:
            self.x_axis.setHeight(scaled(4))

    def style(self, color: str) -> None:
        """Give curve and handle their colour."""
        theme = current_theme()
        self.curve.setPen(pg.mkPen(color, width=scaled(2)))
        self.handle.setPen(pg.mkPen(color, width=2))
        self.handle.setHoverPen(pg.mkPen(theme.accent, width=3))
        self.handle.setBrush(pg.mkBrush(theme.plot_background))
        self.handle.setHoverBrush(pg.mkBrush(theme.accent_soft))

    def mouseClickEvent(self, event: Any) -> None:
        """Move the point to where the plot is clicked."""
        if event.double() or event.button() != Qt.MouseButton.LeftButton:
            return
        if self.view.sceneBoundingRect().contains(event.scenePos()):
            event.accept()
            self.point_moved.emit(float(self.view.mapSceneToView(event.scenePos()).x()))

    @Slot()
    def _on_dragged(self) -> None:
        self.point_moved.emit(float(self.handle.pos().x()))
        # Also where x has not changed: the hand moved it up or down, off the curve.
        self.show_point(*self._point)
