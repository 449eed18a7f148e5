"""What the plots of the workspace are drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from playground.gui.plots.ranges import Range
from playground.gui.theme import current_theme, scaled

Floats = NDArray[np.float64]

FAR = 1e3
"""Heights of the view beyond which a curve is cut: Qt's painter overflows further out."""


def robust_range(*curves: Floats) -> Range:
    """Return the range in which curves are seen well, though a pole leads one of them far away."""
    values = np.concatenate([y[np.isfinite(y)] for y in curves])
    if not values.size:
        return -1.0, 1.0
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(v) for v in np.quantile(values, (0.05, 0.95)))
    reach = inner_high - inner_low
    if high - low > 6.0 * reach > 0.0:
        low, high = max(low, inner_low - reach), min(high, inner_high + reach)
    width = max(high - low, 1e-9 * max(abs(low), abs(high)), 1e-12)
    if high - low < width:
        width = max(abs(high), 1.0)
    return low - 0.12 * width, high + 0.12 * width


def drawable(y: Floats, shown: Range) -> Floats:
    """Return values that Qt can draw; NaN where there is none."""
    low, high = shown
    far = FAR * (high - low)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(y), np.clip(y, low - far, high + far), np.nan)


class PixelItem(pg.GraphicsObject):
    """Something over a view that is painted in the view's pixels."""

    def __init__(self, view: pg.ViewBox, z: float) -> None:
        super().__init__(view)
        self.view = view
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        view.sigResized.connect(self.prepareGeometryChange)
        view.sigRangeChanged.connect(self._on_moved)

    def _on_moved(self) -> None:
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self.view.rect())

    def pixel(self, x: float, y: float) -> QPointF:
        """Return where a point lies, in pixels from the view's upper left corner."""
        (x0, x1), (y0, y1) = self.view.state["viewRange"]
        size = self.view.rect()
        return QPointF((x - x0) / (x1 - x0) * size.width(), (y1 - y) / (y1 - y0) * size.height())


@dataclass(frozen=True)
class Band:
    """A stretch of the horizontal axis and the colour behind it."""

    low: float
    high: float
    color: str


class Bands(PixelItem):
    """Tints stretches of the horizontal axis over the view's whole height; draws dashed poles."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view, -50)
        self.bands: Sequence[Band] = ()
        self.poles: Sequence[float] = ()

    def show_bands(self, bands: Sequence[Band], poles: Sequence[float]) -> None:
        """Tint these, and draw lines there."""
        if (bands, poles) != (self.bands, self.poles):
            self.bands, self.poles = bands, poles
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint them."""
        rect = self.boundingRect()
        painter.setPen(Qt.PenStyle.NoPen)
        for band in self.bands:
            left = max(self.pixel(band.low, 0.0).x(), rect.left())
            right = min(self.pixel(band.high, 0.0).x(), rect.right())
            if right > left:
                color = QColor(band.color)
                color.setAlphaF(0.13)
                painter.setBrush(color)
                painter.drawRect(QRectF(left, rect.top(), right - left, rect.height()))
        painter.setPen(QPen(QColor(current_theme().danger), 1, Qt.PenStyle.DashLine))
        for pole in self.poles:
            x = self.pixel(pole, 0.0).x()
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))


@dataclass(frozen=True)
class Spot:
    """A marked point of a curve.

    ``shape`` is ``up`` or ``down`` (a triangle), ``diamond``, ``kink`` (a square), ``jump`` (a
    cross), ``ring`` or ``dot``.
    """

    x: float
    y: float
    shape: str
    color: str
    label: str = ""


class Spots(PixelItem):
    """Marked points, each with a short label that keeps away from the view's ends."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view, 60)
        self.spots: Sequence[Spot] = ()
        self.font = QFont()

    def show_spots(self, spots: Sequence[Spot]) -> None:
        """Mark these."""
        if spots != self.spots:
            self.spots = spots
            self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint them."""
        rect = self.boundingRect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font)
        metrics = QFontMetricsF(self.font)
        taken: list[QRectF] = []
        for spot in self.spots:
            if not np.isfinite(spot.y):
                continue
            at = self.pixel(spot.x, spot.y)
            if not rect.adjusted(-4, -4, 4, 4).contains(at):
                continue
            back, color = QColor(current_theme().plot_background), QColor(spot.color)
            is_open = spot.shape == "ring"
            painter.setPen(QPen(color if is_open else back, scaled(2) if is_open else 1.5))
            painter.setBrush(back if is_open else color)
            painter.drawPath(_outline(spot.shape).translated(at))
            self._paint_label(painter, metrics, rect, at, spot, taken)

    @staticmethod
    def _paint_label(
        painter: QPainter,
        metrics: QFontMetricsF,
        rect: QRectF,
        at: QPointF,
        spot: Spot,
        taken: list[QRectF],
    ) -> None:
        if not spot.label:
            return
        width, height = metrics.horizontalAdvance(spot.label), metrics.height()
        gap = scaled(9)
        is_below = spot.shape == "up"
        top = at.y() + gap if is_below else at.y() - gap - height
        box = QRectF(at.x() - width / 2, top, width, height)
        box.moveLeft(min(max(box.left(), rect.left() + 4), rect.right() - width - 4))
        box.moveTop(min(max(box.top(), rect.top() + 2), rect.bottom() - height - 2))
        if any(box.intersects(other) for other in taken):
            return
        taken.append(box)
        painter.setPen(QColor(current_theme().text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, spot.label)


def _outline(shape: str) -> QPainterPath:
    path, r = QPainterPath(), scaled(6.0)
    match shape:
        case "up" | "down":
            # The triangle points to the extremum's side: a minimum lies below.
            y = r if shape == "up" else -r
            path.moveTo(0, -y * 0.9)
            path.lineTo(r, y * 0.8)
            path.lineTo(-r, y * 0.8)
        case "diamond":
            path.moveTo(0, -r)
            path.lineTo(r, 0)
            path.lineTo(0, r)
            path.lineTo(-r, 0)
        case "kink":
            path.addRect(QRectF(-0.8 * r, -0.8 * r, 1.6 * r, 1.6 * r))
        case "jump":
            for angle in (1, -1):
                path.moveTo(-r, -r * angle)
                path.lineTo(r, r * angle)
            return path
        case _:
            path.addEllipse(QPointF(0, 0), 0.7 * r, 0.7 * r)
    path.closeSubpath()
    return path
