"""The layers of a model as boxes with the shapes of their arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from playground.gui.plots.formats import count
from playground.gui.theme import Theme, current_theme, scaled
from playground.training.views import LayerBox, LayersView

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
GAP, PAD = 12, 8
"""Pixels between two boxes, and between a box and its text."""

LINE = 1.3
"""Height of a line of text, in heights of the font."""


class LayerBoxes(pg.GraphicsWidget):
    """Boxes in reading order, joined by lines, as many in a row as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.view: LayersView | None = None
        self._font = QFont()
        # Qt's SVG writer forgets to end the clipping of the item before.
        self.setFlag(self.GraphicsItemFlag.ItemClipsToShape)
        self.setMinimumSize(60, 60)

    def restyle(self, font: QFont) -> None:
        """Take on a font; colours are asked for when painting."""
        self._font = font
        self.update()

    def show_view(self, view: LayersView) -> None:
        """Show another moment; the layers of a run stay the same."""
        if self.view is None or view.layers != self.view.layers:
            self.view = view
            self.update()

    def boxes(self, width: float) -> list[QRectF]:
        """Return where each layer's box lies in a picture of some width."""
        if self.view is None:
            return []
        em, gap = QFontMetricsF(self._font).height(), scaled(GAP)
        own = max(self._width(layer) for layer in self.view.layers)
        n_columns = max(1, int((width - gap) / (own + gap)))
        made: list[QRectF] = []
        y = 2.6 * em
        for first in range(0, len(self.view.layers), n_columns):
            row = self.view.layers[first : first + n_columns]
            heights = [self._height(layer) for layer in row]
            made += [QRectF(gap + i * (own + gap), y, own, h) for i, h in enumerate(heights)]
            y += max(heights) + gap
        return made

    def least_width(self) -> float:
        """Return the width of a single box with its margins."""
        layers = self.view.layers if self.view is not None else ()
        return max((self._width(layer) for layer in layers), default=0.0) + 2 * scaled(GAP)

    def least_height(self, width: float) -> float:
        """Return the height that a picture of some width needs."""
        return max((box.bottom() for box in self.boxes(width)), default=0.0) + scaled(GAP)

    def _width(self, layer: LayerBox) -> float:
        metrics = QFontMetricsF(self._font)
        rows = [f"{role}  {shape_text(shape)}" for role, shape in layer.arrays]
        rows += [layer.name, parameters_text(layer.n_parameters)]
        return max(metrics.horizontalAdvance(row) for row in rows) + 2 * scaled(PAD)

    def _height(self, layer: LayerBox) -> float:
        em = QFontMetricsF(self._font).height()
        return (len(layer.arrays) + 2) * LINE * em + 2 * scaled(PAD)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint the sum of all parameters, and the boxes."""
        if self.view is None:
            return
        theme, em = current_theme(), QFontMetricsF(self._font).height()
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layers, boxes = self.view.layers, self.boxes(self.rect().width())
        total = parameters_text(sum(layer.n_parameters for layer in layers))
        painter.setPen(QColor(theme.text))
        heading = QRectF(scaled(GAP), 0.6 * em, self.rect().width(), LINE * em)
        painter.drawText(heading, LEFT, f"{count(len(layers))} layers · {total}")
        painter.setPen(QPen(QColor(theme.muted), 1))
        for before, after in pairwise(boxes):
            if after.left() > before.left():
                y = before.top() + scaled(PAD) + LINE * em / 2
                painter.drawLine(QPointF(before.right(), y), QPointF(after.left(), y))
        for layer, box in zip(layers, boxes, strict=True):
            self._paint_box(painter, layer, box, theme)

    def _paint_box(self, painter: QPainter, layer: LayerBox, box: QRectF, theme: Theme) -> None:
        em = QFontMetricsF(self._font).height()
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.background))
        painter.drawRoundedRect(box, scaled(6), scaled(6))
        row = QRectF(box.left() + scaled(PAD), box.top() + scaled(PAD), 0, LINE * em)
        row.setRight(box.right() - scaled(PAD))
        bold = QFont(self._font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        painter.drawText(row, LEFT, layer.name)
        painter.setFont(self._font)
        for role, shape in layer.arrays:
            row.translate(0, LINE * em)
            painter.setPen(QColor(theme.muted))
            painter.drawText(row, LEFT, role.replace("_", " "))
            painter.setPen(QColor(theme.text))
            painter.drawText(row, RIGHT, shape_text(shape))
        row.translate(0, LINE * em)
        painter.setPen(QColor(theme.muted))
        painter.drawText(row, LEFT, parameters_text(layer.n_parameters))


def shape_text(shape: tuple[int, ...]) -> str:
    """Return ``3 × 3 × 16``."""
    return " × ".join(count(n) for n in shape) or "1"


def parameters_text(n: int) -> str:
    """Return ``1 280 parameters``."""
    return f"{count(n)} parameter{'s' if n != 1 else ''}"
