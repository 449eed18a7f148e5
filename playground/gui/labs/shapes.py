"""Shapes over a map, in its coordinates but with lines and arrow heads as wide as pixels say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from playground.gui.theme import scaled

Floats = NDArray[np.float64]

FAR_PX = 1e5
"""Pixels from the view beyond which nothing is drawn; Qt's painter overflows further out."""

HEAD_PX = 7.0
DOT_PX = 2.5
DISC_PX = 5.5


@dataclass(frozen=True)
class Line:
    """A line through points of shape (n, 2), or the outline of a polygon."""

    points: Floats
    color: str
    is_closed: bool = False
    is_dashed: bool = False
    opacity: float = 1.0
    width: float = 1.5


@dataclass(frozen=True)
class Arrows:
    """Arrows from ``tails`` to ``heads``, both of shape (n, 2)."""

    tails: Floats
    heads: Floats
    color: str
    opacity: float = 1.0
    width: float = 1.5


@dataclass(frozen=True)
class Dots:
    """Small dots at points of shape (n, 2), those too near to the one before left out."""

    points: Floats
    color: str
    opacity: float = 0.8
    least_gap_px: float = 0.0


@dataclass(frozen=True)
class Disc:
    """A disc with a rim where a racer stands, a cross where it was lost."""

    point: Floats
    color: str
    rim: str
    is_lost: bool = False


Shape = Line | Arrows | Dots | Disc


def ellipse(center: Floats, covariance: Floats, n_points: int = 64) -> Floats:
    """Return points of {m + A u : |u| = 1} where A Aᵀ is a covariance, shape (n_points, 2)."""
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0.0, 2.0 * np.pi, n_points, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return np.asarray(center + (vectors * np.sqrt(np.maximum(values, 0.0)) @ circle).T)


@dataclass
class _Frame:
    """From the view's coordinates to its pixels."""

    rect: QRectF
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)

    def pixels(self, points: Floats) -> Floats:
        """Return pixels of points (n, 2), kept within what Qt can draw; NaN stays."""
        low, high = np.array([self.x[0], self.y[1]]), np.array([self.x[1], self.y[0]])
        size = np.array([self.rect.width(), self.rect.height()])
        with np.errstate(all="ignore"):
            return np.clip((points - low) / (high - low) * size, -FAR_PX, FAR_PX)


class ShapesItem(pg.GraphicsObject):
    """Paints shapes over a view."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self.shapes: Sequence[Shape] = ()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        view.sigResized.connect(self.prepareGeometryChange)
        view.sigRangeChanged.connect(self._on_moved)

    def show_shapes(self, shapes: Sequence[Shape]) -> None:
        """Draw these instead of the former ones."""
        if shapes or self.shapes:
            self.shapes = shapes
            self.update()

    def _on_moved(self) -> None:
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._view.rect())

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint all shapes."""
        if not self.shapes:
            return
        rect = self.boundingRect()
        x, y = self._view.state["viewRange"]
        frame = _Frame(rect, tuple(x), tuple(y))
        painter.setClipRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for shape in self.shapes:
            color = QColor(shape.color)
            color.setAlphaF(getattr(shape, "opacity", 1.0))
            if isinstance(shape, Line):
                _paint_line(painter, frame, shape, color)
            elif isinstance(shape, Arrows):
                _paint_arrows(painter, frame, shape, color)
            elif isinstance(shape, Disc):
                _paint_disc(painter, frame, shape, color)
            else:
                _paint_dots(painter, frame, shape, color)


def _paint_line(painter: QPainter, frame: _Frame, line: Line, color: QColor) -> None:
    style = Qt.PenStyle.DashLine if line.is_dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(color, scaled(10 * line.width) / 10, style))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pixels = frame.pixels(line.points)
    for part in _finite_runs(pixels):
        polygon = QPolygonF([QPointF(x, y) for x, y in part.tolist()])
        if line.is_closed:
            painter.drawPolygon(polygon)
        else:
            painter.drawPolyline(polygon)


def _paint_arrows(painter: QPainter, frame: _Frame, arrows: Arrows, color: QColor) -> None:
    tails, heads = frame.pixels(arrows.tails), frame.pixels(arrows.heads)
    way = heads - tails
    length = np.hypot(way[:, 0], way[:, 1])
    known = np.isfinite(length) & (length > 1.0)
    size = np.minimum(scaled(HEAD_PX), 0.5 * length[known])[:, None]
    unit = way[known] / length[known][:, None]
    across = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    ends, neck = heads[known], heads[known] - size * unit
    left, right = neck + 0.45 * size * across, neck - 0.45 * size * across
    painter.setPen(QPen(color, scaled(10 * arrows.width) / 10))
    for (x0, y0), (x1, y1) in zip(tails[known].tolist(), neck.tolist(), strict=True):
        painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for corners in zip(ends.tolist(), left.tolist(), right.tolist(), strict=True):
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))


def _paint_dots(painter: QPainter, frame: _Frame, dots: Dots, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    radius = scaled(10 * DOT_PX) / 10
    gap, pixels = scaled(dots.least_gap_px), frame.pixels(dots.points)
    last_x = last_y = np.inf
    # Twelve paths of hundreds of dots a frame: nothing but arithmetic in this loop.
    for x, y in pixels[np.isfinite(pixels).all(axis=1)].tolist():
        if abs(x - last_x) + abs(y - last_y) >= gap:
            painter.drawEllipse(QPointF(x, y), radius, radius)
            last_x, last_y = x, y


def _paint_disc(painter: QPainter, frame: _Frame, disc: Disc, color: QColor) -> None:
    (x, y), radius = frame.pixels(disc.point[None])[0].tolist(), scaled(10 * DISC_PX) / 10
    if not np.isfinite(x + y):
        return
    painter.setBrush(color)
    painter.setPen(QPen(QColor(disc.rim), 1.5))
    painter.drawEllipse(QPointF(x, y), radius, radius)
    if disc.is_lost:
        arm = 1.5 * radius
        painter.setPen(QPen(color, scaled(2)))
        painter.drawLine(QPointF(x - arm, y - arm), QPointF(x + arm, y + arm))
        painter.drawLine(QPointF(x - arm, y + arm), QPointF(x + arm, y - arm))


def _finite_runs(pixels: Floats) -> list[Floats]:
    """Return the stretches of points that are all finite, at least two points each."""
    is_finite = np.isfinite(pixels).all(axis=1)
    if is_finite.all():
        return [pixels] if len(pixels) > 1 else []
    breaks = np.flatnonzero(~is_finite)
    parts = np.split(pixels, breaks)
    runs = [part[np.isfinite(part).all(axis=1)] for part in parts]
    return [run for run in runs if len(run) > 1]
