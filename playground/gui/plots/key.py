"""The key beside a picture: what its colours and symbols stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter

from playground.gui.plots.overlay import Row, paint_swatch
from playground.gui.theme import current_theme


class Key(pg.GraphicsWidget):
    """A column of rows and, for a scale, a bar of colours with labels at its ends and middle."""

    def __init__(self) -> None:
        super().__init__()
        # Qt's SVG writer forgets to end the clipping of the item before.
        self.setFlag(self.GraphicsItemFlag.ItemClipsToShape)
        self._font = QFont()
        self.rows: Sequence[Row] = ()
        self._ramp: Sequence[str] = ()
        self._labels: Sequence[str] = ()

    def restyle(self, font: QFont) -> None:
        """Take on a font."""
        self._font = font
        self._resize()

    def show_key(
        self, rows: Sequence[Row], ramp: Sequence[str] = (), labels: Sequence[str] = ()
    ) -> None:
        """Show rows under a bar of colours, ``ramp`` and ``labels`` from the top down."""
        if (rows, ramp, labels) != (self.rows, self._ramp, self._labels):
            self.rows, self._ramp, self._labels = rows, ramp, labels
            self._resize()

    def _resize(self) -> None:
        metrics = QFontMetricsF(self._font)
        em = metrics.height()
        widths = [1.7 * em + metrics.horizontalAdvance(f"{r.name}  {r.value}") for r in self.rows]
        widths += [1.7 * em + metrics.horizontalAdvance(label) for label in self._labels]
        self.setFixedWidth(max(widths, default=0.0) + 0.8 * em)
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint bar and rows."""
        theme, metrics = current_theme(), QFontMetricsF(self._font)
        painter.setFont(self._font)
        em, line, y = metrics.height(), 1.3 * metrics.height(), 8.0
        if self._ramp:
            # The rows below have to fit too; three labels need room for two lines.
            left = self.height() - y - 2 * em - len(self.rows) * line
            height = max(min(8 * em, self.height() / 2, left), 2.2 * em)
            self._paint_ramp(painter, QRectF(0, y + em / 2, 0.8 * em, height), em)
            y += height + 2 * em
        for row in self.rows:
            cell = QRectF(0, y, self.width() - 0.8 * em, line)
            paint_swatch(painter, 0, cell.center().y(), em, row)
            text = cell.adjusted(1.7 * em if row.swatch != "none" else 0.0, 0, 0, 0)
            painter.setPen(QColor(theme.text))
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, row.name)
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.setPen(QColor(theme.muted))
            painter.drawText(text, right, row.value)
            y += line

    def _paint_ramp(self, painter: QPainter, bar: QRectF, em: float) -> None:
        gradient = QLinearGradient(bar.topLeft(), bar.bottomLeft())
        for i, color in enumerate(self._ramp):
            gradient.setColorAt(i / max(len(self._ramp) - 1, 1), QColor(color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(current_theme().text))
        for i, label in enumerate(self._labels):
            y = bar.top() + bar.height() * i / max(len(self._labels) - 1, 1)
            cell = QRectF(bar.right() + 0.6 * em, y - em, self.width(), 2 * em)
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, label)
