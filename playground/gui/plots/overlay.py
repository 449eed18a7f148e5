"""What lies over a plot in pixels: legend and readout, crosshair, marks, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from playground.gui.plots.marks import Mark, name_boxes, paint_mark_label, paint_marks
from playground.gui.theme import Theme

Swatch = Literal["line", "faint", "dashes", "dot", "ring", "none"]
Corner = Literal["top right", "bottom right", "top left", "bottom left"]

CORNERS: tuple[Corner, ...] = ("bottom left", "top left", "top right", "bottom right")
"""Of corners that hide as little as each other, the first is taken."""

Floats = NDArray[np.floating[Any]]

PADDING = 8.0


@dataclass(frozen=True)
class Row:
    """One line of a legend: a swatch, a name and, under the cursor, a value."""

    color: str
    name: str
    value: str = ""
    swatch: Swatch = "line"


class Overlay(pg.GraphicsObject):
    """Painted over a view in its pixels; holds state only, `Plot` decides when to paint.

    Attributes
    ----------
    heading, rows, corner
        The legend.
    ramp
        Colours from the first to the last of ``ramp_ends``, for more series than rows can name.
    cursor
        Where the crosshair stands on the horizontal axis, or None.
    marks
        Vertical marks, such as edits.
    message
        What to say while there is nothing to draw.
    """

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self._theme: Theme | None = None
        self._font = QFont()
        self.heading = ""
        self.rows: Sequence[Row] = ()
        self.corner: Corner = "top right"
        self.ramp: Sequence[str] = ()
        self.ramp_ends = ("", "")
        self.cursor: float | None = None
        self.marks: Sequence[Mark] = ()
        self.message = ""
        self.setZValue(1000)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        view.sigResized.connect(self._on_resized)

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        self._theme, self._font = theme, font
        self.update()

    def pixel(self, x: float) -> float:
        """Return where a value of the horizontal axis lies, in pixels from the left."""
        low, high = self._view.state["viewRange"][0]
        return float((x - low) / (high - low) * self._view.width())

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def _on_resized(self) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint everything that there is."""
        if self._theme is None:
            return
        painter.setFont(self._font)
        rect = self.boundingRect()
        if self.message:
            painter.setPen(QColor(self._theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(rect.adjusted(16, 8, -16, -8), flags, self.message)
            return
        places = [self.pixel(mark.x) for mark in self.marks]
        paint_marks(painter, rect, self.marks, places, self._theme)
        cursor = None if self.cursor is None else self.pixel(self.cursor)
        if cursor is not None:
            painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(cursor, rect.top()), QPointF(cursor, rect.bottom()))
        self._paint_legend(painter)
        if cursor is not None:
            paint_mark_label(painter, rect, self.marks, places, cursor, self._theme)

    def name_boxes(self) -> list[QRectF]:
        """Return where names of marks stand, in pixels."""
        places = [self.pixel(mark.x) for mark in self.marks]
        metrics = QFontMetricsF(self._font)
        return [box for _, box in name_boxes(self.boundingRect(), self.marks, places, metrics)]

    def take_corner(self, points: Floats, weights: Floats, name_weight: float = 0.0) -> None:
        """Put the legend into the corner where it hides least.

        Parameters
        ----------
        points
            What is drawn, in the view's coordinates, shape (n, 2).
        weights
            How much each of them matters, shape (n,).
        name_weight
            How much the name of a mark does.
        """
        (x0, x1), (y0, y1) = self._view.state["viewRange"]
        across = (points[:, 0] - x0) / (x1 - x0) * self._view.width()
        down = (y1 - points[:, 1]) / (y1 - y0) * self._view.height()

        def hidden(corner: Corner) -> float:
            box = self.legend_box(corner)
            is_inside = (box.left() <= across) & (across <= box.right())
            is_inside &= (box.top() <= down) & (down <= box.bottom())
            n_names = sum(name.intersects(box) for name in self.name_boxes())
            return float(weights[is_inside].sum()) + name_weight * n_names

        self.corner = min(CORNERS, key=hidden)

    def legend_box(self, corner: Corner) -> QRectF:
        """Return the legend's place in a corner, in pixels; empty where there is none."""
        if not self.rows and not self.heading and not self.ramp:
            return QRectF()
        metrics = QFontMetricsF(self._font)
        line, em = metrics.height() * 1.2, metrics.height()
        name_width = max((metrics.horizontalAdvance(r.name) for r in self.rows), default=0.0)
        value_width = max((metrics.horizontalAdvance(r.value) for r in self.rows), default=0.0)
        gap = em * 0.8 if value_width else 0.0
        width = max(
            1.7 * em + name_width + gap + value_width if self.rows else 0.0,
            metrics.horizontalAdvance(self.heading),
            self._ramp_width(metrics),
        )
        n_lines = len(self.rows) + bool(self.heading) + bool(self.ramp)
        box = QRectF(0, 0, width + 1.2 * em, n_lines * line + 0.6 * em)
        _place(box, self.boundingRect(), corner)
        return box

    def _paint_legend(self, painter: QPainter) -> None:
        assert self._theme is not None
        box = self.legend_box(self.corner)
        if box.isEmpty():
            return
        metrics = QFontMetricsF(self._font)
        line, em = metrics.height() * 1.2, metrics.height()
        # Opaque and square: anything else takes a millisecond more of every frame.
        painter.fillRect(box, QColor(self._theme.plot_background))
        inner = box.adjusted(0.6 * em, 0.3 * em, -0.6 * em, -0.3 * em)
        y = inner.top()
        if self.heading:
            painter.setPen(QColor(self._theme.muted))
            cell = QRectF(inner.left(), y, inner.width(), line)
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, self.heading)
            y += line
        for row in self.rows:
            self._paint_row(painter, QRectF(inner.left(), y, inner.width(), line), em, row)
            y += line
        if self.ramp:
            self._paint_ramp(painter, QRectF(inner.left(), y, inner.width(), line), metrics)

    def _paint_row(self, painter: QPainter, cell: QRectF, em: float, row: Row) -> None:
        assert self._theme is not None
        paint_swatch(painter, cell.left(), cell.center().y(), em, row)
        painter.setPen(QColor(self._theme.text))
        text = cell.adjusted(1.7 * em if row.swatch != "none" else 0.0, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, row.name)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(text, right, row.value)

    def _ramp_width(self, metrics: QFontMetricsF) -> float:
        if not self.ramp:
            return 0.0
        return metrics.horizontalAdvance("  ".join(self.ramp_ends)) + 5 * metrics.height()

    def _paint_ramp(self, painter: QPainter, cell: QRectF, metrics: QFontMetricsF) -> None:
        assert self._theme is not None
        first, last = (metrics.horizontalAdvance(end) for end in self.ramp_ends)
        half = metrics.height() * 0.22
        bar = QRectF(cell.left() + first + 8, cell.center().y() - half, 0, 2 * half)
        bar.setRight(cell.right() - last - 8)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for i, color in enumerate(self.ramp):
            gradient.setColorAt(i / max(len(self.ramp) - 1, 1), QColor(color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(gradient))
        painter.drawRoundedRect(bar, half, half)
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, self.ramp_ends[0])
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(cell, right, self.ramp_ends[1])


def _place(box: QRectF, rect: QRectF, corner: Corner) -> None:
    if corner.endswith("right"):
        box.moveRight(rect.right() - PADDING)
    else:
        box.moveLeft(rect.left() + PADDING)
    if corner.startswith("top"):
        box.moveTop(rect.top() + PADDING)
    else:
        box.moveBottom(rect.bottom() - PADDING)


def paint_swatch(painter: QPainter, x: float, y: float, em: float, row: Row) -> None:
    """Paint the sample of a legend row's line or symbol."""
    color = QColor(row.color)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if row.swatch == "faint":
        color.setAlphaF(0.35)
    pen = QPen(color, 2, Qt.PenStyle.DashLine if row.swatch == "dashes" else Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    middle = QPointF(x + 0.6 * em, y)
    if row.swatch == "dot":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(middle, 0.3 * em, 0.3 * em)
    elif row.swatch == "ring":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, 0.28 * em, 0.28 * em)
    elif row.swatch != "none":
        painter.drawLine(QPointF(x, y), QPointF(x + 1.2 * em, y))
    painter.restore()
