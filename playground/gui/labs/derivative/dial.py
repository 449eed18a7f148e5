"""The dial of directions: a needle to turn, over the slope in every direction."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.calculus.plane import LocalQuadratic
from playground.gui.theme import current_theme, scaled, theme_signals

STEP_DEG = 1.0
LARGE_STEP_DEG = 15.0


class Dial(QWidget):
    """Draws the directional derivative as a distance from the middle: blue uphill, orange down.

    Attributes
    ----------
    angle_deg
        Where the needle points, from 0 to 360.
    """

    turned = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.angle_deg = 0.0
        self._local: LocalQuadratic | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Direction")
        self.setToolTip("Drag the needle; arrow keys turn it by 1°, with Shift by 15°")
        theme_signals.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(scaled(150), scaled(150))

    def show_local(self, local: LocalQuadratic, angle_deg: float) -> None:
        """Show the slopes at a point, and a direction."""
        self._local, self.angle_deg = local, angle_deg
        self.setAccessibleDescription(f"{angle_deg:.0f} degrees from the x axis")
        self.update()

    def slope(self, angle_deg: float) -> float:
        """Return the directional derivative."""
        return 0.0 if self._local is None else self._local.along(math.radians(angle_deg))[0]

    # --- painting ------------------------------------------------------------------------------

    @property
    def _radius(self) -> float:
        return min(self.width(), self.height()) / 2 - scaled(10)

    def _at(self, angle_deg: float, share: float) -> QPointF:
        angle = math.radians(angle_deg)
        middle = QPointF(self.width() / 2, self.height() / 2)
        return middle + QPointF(math.cos(angle), -math.sin(angle)) * (share * self._radius)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring, the slopes and the needle."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(theme.accent if focused else theme.border), scaled(2)))
        painter.setBrush(QColor(theme.field))
        middle = QPointF(self.width() / 2, self.height() / 2)
        painter.drawEllipse(middle, self._radius, self._radius)
        painter.setPen(QPen(QColor(theme.grid), 1))
        for angle in (0, 90):
            painter.drawLine(self._at(angle, 1.0), self._at(angle + 180, 1.0))
        self._paint_slopes(painter)
        painter.setPen(QPen(QColor(theme.series[2]), scaled(3)))
        end = self._at(self.angle_deg, 1.0)
        painter.drawLine(middle, end)
        painter.setBrush(QColor(theme.series[2]))
        painter.drawEllipse(end, scaled(5), scaled(5))

    def _paint_slopes(self, painter: QPainter) -> None:
        local, theme = self._local, current_theme()
        if local is None or not 0.0 < local.steepness < math.inf:
            return
        angles = np.arange(0.0, 360.0, 3.0)
        slopes = np.array([self.slope(a) for a in angles]) / local.steepness
        for sign, color in ((1.0, theme.diverging[0]), (-1.0, theme.diverging[2])):
            shares = np.maximum(sign * slopes, 0.0)
            outline = [self._at(a, s) for a, s in zip(angles, shares, strict=True)]
            shade = QColor(color)
            painter.setPen(QPen(shade, scaled(1.5)))
            shade.setAlphaF(0.25)
            painter.setBrush(shade)
            painter.drawPolygon(QPolygonF(outline))

    # --- turning -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Turn the needle to the pointer."""
        self._turn_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn it along."""
        self._turn_to(event.position())

    def _turn_to(self, at: QPointF) -> None:
        away = at - QPointF(self.width() / 2, self.height() / 2)
        if away.manhattanLength() > 1:
            self.turned.emit(round(math.degrees(math.atan2(-away.y(), away.x())) % 360.0, 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn by the arrow keys."""
        ways = {
            Qt.Key.Key_Left: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Right: -1,
            Qt.Key.Key_Down: -1,
        }
        way = ways.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
            return
        is_large = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = LARGE_STEP_DEG if is_large else STEP_DEG
        self.turned.emit((self.angle_deg + way * step) % 360.0)
