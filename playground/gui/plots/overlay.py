"""What lies over a plot in pixels: legend and readout, crosshair, marks, and what is missing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from playground.gui.plots.marks import (
    Corner,
    Mark,
    name_boxes,
    paint_mark_label,
    paint_marks,
    paint_names,
)
from playground.gui.theme import Theme

Swatch = Literal["line", "faint", "dashes", "dot", "ring", "none"]

CORNERS: tuple[Corner, ...] = ("bottom left", "top left", "top right", "bottom right")
SIDES: tuple[Corner, ...] = ("bottom right", "bottom left", "top left", "top right")
"""Of corners, or sides of a mark, that hide as little as each other the first is taken."""

Floats = NDArray[np.floating[Any]]

PADDING = 8.0

MOST_COVERED, SMALLER = 0.2, 0.8
"""Share of a plot from which on its legend is written smaller, and how much."""

CROWDED_OPACITY = 0.65

PIECES = 8
"""Places of a stroke between two points that are looked at."""


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
        self.name_side: Corner = "bottom right"
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
        paint_names(painter, self._names(self.name_side), QFontMetricsF(self._font), self._theme)
        cursor = None if self.cursor is None else self.pixel(self.cursor)
        if cursor is not None:
            painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(cursor, rect.top()), QPointF(cursor, rect.bottom()))
        self._paint_legend(painter)
        if cursor is not None:
            paint_mark_label(painter, rect, self.marks, places, cursor, self._theme)

    def name_boxes(self) -> list[QRectF]:
        """Return where names of marks stand, in pixels."""
        return [box for _, box in self._names(self.name_side)]

    def _names(self, side: Corner) -> list[tuple[str, QRectF]]:
        places = [self.pixel(mark.x) for mark in self.marks]
        metrics, rect = QFontMetricsF(self._font), self.boundingRect()
        return name_boxes(rect, self.marks, places, metrics, side)

    def take_corner(
        self, points: Floats, weights: Floats, name_weight: float = 0.0, patience: float = 1.0
    ) -> None:
        """Put the legend into a corner, and names of marks to a side, where they hide least.

        Parameters
        ----------
        points
            What is drawn, in the view's coordinates, shape (n, 2); curves are parted by NaN.
        weights
            How much each of them matters, shape (n,).
        name_weight
            How much it matters that the legend does not lie over the name of a mark.
        patience
            The legend stays where it is unless another corner hides less than this share of what
            it hides now.
        """
        across, down, weights = self._strokes(points, weights)

        def hidden_by(box: QRectF) -> float:
            is_inside = (box.left() <= across) & (across <= box.right())
            is_inside &= (box.top() <= down) & (down <= box.bottom())
            return float(weights[is_inside].sum())

        legends = {corner: self.legend_box(corner) for corner in CORNERS}
        names = {side: [box for _, box in self._names(side)] for side in SIDES}
        by_legend = {corner: hidden_by(box) for corner, box in legends.items()}
        by_names = {side: sum(map(hidden_by, boxes)) for side, boxes in names.items()}

        def hidden(choice: tuple[Corner, Corner]) -> float:
            corner, side = choice
            n_meeting = sum(box.intersects(legends[corner]) for box in names[side])
            return by_legend[corner] + by_names[side] + name_weight * n_meeting

        best = min(itertools.product(CORNERS, SIDES), key=hidden)
        if patience == 1.0 or hidden(best) < patience * hidden((self.corner, self.name_side)):
            self.corner, self.name_side = best

    def _strokes(self, points: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Return places on the lines between points, in pixels, and what each of them weighs."""
        (x0, x1), (y0, y1) = self._view.state["viewRange"]
        width, height = self._view.width(), self._view.height()
        pixels = (points - [x0, y1]) / [x1 - x0, y0 - y1] * [width, height]
        # A line to infinity leads nowhere in sight.
        pixels = np.where(np.isfinite(pixels), pixels, np.nan)
        way = np.nan_to_num(np.diff(pixels, axis=0, append=pixels[-1:]))
        shares = np.arange(PIECES)[:, None, None] / PIECES
        across, down = np.moveaxis(pixels + shares * way, -1, 0).reshape(2, -1)
        return across, down, np.tile(weights / PIECES, PIECES)

    def legend_box(self, corner: Corner) -> QRectF:
        """Return the legend's place in a corner, in pixels; empty where there is none."""
        rect = self.boundingRect()
        size = self._legend_size(QFontMetricsF(self._legend_font()))
        room = rect.size() - QSizeF(2 * PADDING, 2 * PADDING)
        box = QRectF(QPointF(), size.boundedTo(room))
        _place(box, rect, corner)
        return box

    def _legend_font(self) -> QFont:
        """Return the font of the legend: a smaller one where it would cover much of the plot."""
        size, rect = self._legend_size(QFontMetricsF(self._font)), self.boundingRect()
        if size.width() * size.height() <= MOST_COVERED * rect.width() * rect.height():
            return self._font
        font = QFont(self._font)
        font.setPointSizeF(SMALLER * font.pointSizeF())
        return font

    def _legend_size(self, metrics: QFontMetricsF) -> QSizeF:
        if not self.rows and not self.heading and not self.ramp:
            return QSizeF()
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
        return QSizeF(width + 1.2 * em, n_lines * line + 0.6 * em)

    def _paint_legend(self, painter: QPainter) -> None:
        assert self._theme is not None
        box = self.legend_box(self.corner)
        if box.isEmpty():
            return
        font = self._legend_font()
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        line, em = metrics.height() * 1.2, metrics.height()
        background = QColor(self._theme.plot_background)
        if font is not self._font:
            # In a small plot there may be no room beside the curves.
            background.setAlphaF(CROWDED_OPACITY)
        # Else opaque and square: anything else takes a millisecond more of every frame.
        painter.fillRect(box, background)
        inner = box.adjusted(0.6 * em, 0.3 * em, -0.6 * em, -0.3 * em)
        y = inner.top()
        if self.heading:
            painter.setPen(QColor(self._theme.muted))
            cell = QRectF(inner.left(), y, inner.width(), line)
            heading = _elided(metrics, self.heading, cell.width())
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, heading)
            y += line
        for row in self.rows:
            self._paint_row(painter, QRectF(inner.left(), y, inner.width(), line), metrics, row)
            y += line
        if self.ramp:
            self._paint_ramp(painter, QRectF(inner.left(), y, inner.width(), line), metrics)
        painter.setFont(self._font)

    def _paint_row(self, painter: QPainter, cell: QRectF, metrics: QFontMetricsF, row: Row) -> None:
        assert self._theme is not None
        em = metrics.height()
        paint_swatch(painter, cell.left(), cell.center().y(), em, row)
        painter.setPen(QColor(self._theme.text))
        text = cell.adjusted(1.7 * em if row.swatch != "none" else 0.0, 0, 0, 0)
        room = text.width() - (metrics.horizontalAdvance(row.value) + 0.4 * em if row.value else 0)
        name = _elided(metrics, row.name, room)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)
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


def _elided(metrics: QFontMetricsF, text: str, width: float) -> str:
    # A pixel more: widths that were added up may be a hair too small.
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(width, 0.0) + 1.0)


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
