"""Widgets of a task's picture that paint themselves: a heading, and below it the content."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from playground.gui.theme import current_theme

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class Painted(pg.GraphicsWidget):
    """A widget that paints a task's view in its own way."""

    def __init__(self) -> None:
        super().__init__()
        self.view: Any = None
        self._font = QFont()
        # Qt's SVG writer forgets to end the clipping of the item before.
        self.setFlag(self.GraphicsItemFlag.ItemClipsToShape)
        # Neighbours share the room by their stretch alone.
        self.setPreferredSize(100, 100)
        self.setMinimumSize(60, 60)

    def set_font(self, font: QFont) -> None:
        """Take on a font."""
        self._font = font
        self.update()

    def show_view(self, view: Any) -> None:
        """Show another moment."""
        self.view = view
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint heading and content."""
        if self.view is None:
            return
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        em = metrics.height()
        rect = self.rect().adjusted(0.9 * em, 0.6 * em, -0.9 * em, -0.6 * em)
        heading = QRectF(rect.left(), rect.top(), rect.width(), 1.3 * em)
        painter.setPen(QColor(current_theme().text))
        text = self.heading(self.view)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, heading.width())
        painter.drawText(heading, LEFT, shown)
        rect.setTop(heading.bottom() + 0.4 * em)
        self.paint_view(painter, rect, em, self.view)

    def heading(self, view: Any) -> str:
        """Return the line above."""
        raise NotImplementedError

    def paint_view(self, painter: QPainter, rect: QRectF, em: float, view: Any) -> None:
        """Paint into ``rect``; ``em`` is the font's height."""
        raise NotImplementedError
