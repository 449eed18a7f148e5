"""The map of a surface: heights from above, sharp at any zoom, and a start that can be dragged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer, Signal, Slot

from playground.gui.labs.relief import HeightScale, scale_of, shaded
from playground.gui.plots.canvas import Plot
from playground.gui.plots.nudging import NudgedCanvas
from playground.gui.plots.picture import SmoothImage
from playground.gui.theme import Theme, current_theme, scaled
from playground.objectives.surface import Scale, Surface

MOST_PIXELS = 520
"""Samples along the longer side while the map is moved; twice as many once it rests."""

REST_MS = 120

NUDGE = 0.01
"""Share of the width in sight by which an arrow key moves the start."""


class MapPlot(Plot):
    """A plane on which a click moves the start.

    Attributes
    ----------
    heights
        The surface's heights at the picture's pixels, shape (height, width).
    scale
        What turns them into shades and isolines.
    """

    start_moved = Signal(float, float)
    """Somebody put the start there."""
    drawn = Signal()
    """The picture shows another part, or other heights."""

    def __init__(self) -> None:
        super().__init__("x", "y", has_grid=False)
        self.surface: Surface | None = None
        self.scale_kind: Scale = "linear"
        self.scale: HeightScale | None = None
        self.heights = np.zeros((1, 1))
        self.image = self.add(SmoothImage())
        self.image.setZValue(-100)
        self.start = pg.TargetItem(movable=True, symbol="o", size=scaled(14))
        self.start.setZValue(90)
        self.add(self.start)
        self.start.sigPositionChanged.connect(self._on_start_moved)
        self._redraw_soon = QTimer(self, singleShot=True, interval=0)
        self._redraw_soon.timeout.connect(self._redraw_moving)
        self._redraw_still = QTimer(self, singleShot=True, interval=REST_MS)
        self._redraw_still.timeout.connect(self._redraw_resting)
        self.view.sigRangeChanged.connect(self._on_range_changed)
        self.view.sigResized.connect(self._on_range_changed)
        self.following_changed.connect(self._on_following)

    # --- what is shown -------------------------------------------------------------------------

    def show_surface(self, surface: Surface, scale_kind: Scale, *, is_new: bool) -> None:
        """Show a surface; a new one from its whole domain."""
        self.surface, self.scale_kind = surface, scale_kind
        if is_new:
            self.set_following(True)
        self._fit()
        self._redraw(MOST_PIXELS)
        self._redraw_still.start()

    def show_start(self, x: float, y: float) -> None:
        """Put the start's handle somewhere, without telling."""
        if tuple(self.start.pos()) == (x, y):
            return
        self.start.blockSignals(True)
        self.start.setPos(x, y)
        self.start.blockSignals(False)

    def extent(self) -> tuple[float, float, float, float]:
        """Return what is in sight: x low, x high, y low, y high."""
        (x0, x1), (y0, y1) = self.view.state["viewRange"]
        return float(x0), float(x1), float(y0), float(y1)

    def restyle(self, theme: Theme, font: Any) -> None:
        super().restyle(theme, font)
        self.start.setPen(pg.mkPen(theme.text, width=2))
        self.start.setHoverPen(pg.mkPen(theme.accent, width=2))
        self.start.setBrush(pg.mkBrush(theme.surface))
        self.start.setHoverBrush(pg.mkBrush(theme.accent_soft))
        self._redraw_soon.start()

    # --- drawing -------------------------------------------------------------------------------

    def _fit(self) -> None:
        if self.surface is not None and self.following:
            x0, x1, y0, y1 = self.surface.domain
            self.show_range(x=(x0, x1), y=(y0, y1))

    @Slot(bool)
    def _on_following(self, following: bool) -> None:
        if following:
            self._fit()

    @Slot()
    def _on_range_changed(self) -> None:
        self._redraw_soon.start()
        self._redraw_still.start()

    @Slot()
    def _redraw_moving(self) -> None:
        self._redraw(MOST_PIXELS)

    @Slot()
    def _redraw_resting(self) -> None:
        self._redraw(2 * MOST_PIXELS)

    def _redraw(self, most: int) -> None:
        surface, width, height = self.surface, self.view.width(), self.view.height()
        if surface is None or width < 2 or height < 2:
            return
        x0, x1, y0, y1 = extent = self.extent()
        share = min(most / max(width, height), 1.0)
        n_x, n_y = max(int(width * share), 8), max(int(height * share), 8)
        x = x0 + (np.arange(n_x) + 0.5) * (x1 - x0) / n_x
        y = y0 + (np.arange(n_y) + 0.5) * (y1 - y0) / n_y
        self.heights = surface.grid(x[None, :], y[:, None])
        known = self.heights[np.isfinite(self.heights)]
        lowest = surface.floor(float(known.min())) if known.size else None
        self.scale = scale_of(self.heights, self.scale_kind, lowest)
        picture = shaded(self.heights, self.scale, current_theme())
        self.image.is_smooth = share < 1.0
        self.image.setImage(picture, levels=(0, 255), autoLevels=False)
        self.image.set_extent(extent)
        self.drawn.emit()

    # --- the start -----------------------------------------------------------------------------

    @Slot()
    def _on_start_moved(self) -> None:
        at = self.start.pos()
        self.start_moved.emit(float(at.x()), float(at.y()))

    def mouseClickEvent(self, event: Any) -> None:
        """Move the start to where the map is clicked."""
        if event.double() or event.button() != Qt.MouseButton.LeftButton:
            return
        if not self.view.sceneBoundingRect().contains(event.scenePos()):
            return
        event.accept()
        at: QPointF = self.view.mapSceneToView(event.scenePos())
        self.start.setPos(at.x(), at.y())

    def nudge(self, right: int, up: int, *, is_fine: bool) -> None:
        """Move the start by a hundredth of what is in sight, or a tenth of that."""
        x0, x1, y0, y1 = self.extent()
        share = NUDGE / 10 if is_fine else NUDGE
        at = self.start.pos()
        self.start.setPos(at.x() + right * share * (x1 - x0), at.y() + up * share * (y1 - y0))


class MapCanvas(NudgedCanvas):
    """A canvas on which Ctrl with an arrow key moves the start, finely with Shift as well."""

    MODIFIER = Qt.KeyboardModifier.ControlModifier
