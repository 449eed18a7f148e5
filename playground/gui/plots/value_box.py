"""A small editor that opens beside a number in a picture."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from playground.gui.theme import current_theme, scaled
from playground.gui.widgets.editor import TextBox

DRAG_SHARE = 0.01
"""What a pixel of a drag adds, as a share of the number's magnitude (of 1 for smaller ones)."""

DRAG_FROM = 4
"""Pixels that the mouse has to move before a press is a drag and no click."""

DIGITS = 4


def dragged(start: float, pixels_up: float) -> float:
    """Return the number that a drag from ``start`` leads to, to four digits."""
    value = start + pixels_up * DRAG_SHARE * max(abs(start), 1.0)
    return float(f"{value:.{DIGITS}g}")


def read(text: str) -> float | None:
    """Return the finite number that was typed; None where it is none."""
    try:
        value = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class ValueBox(QFrame):
    """Takes a typed number on Return; arrow keys and a drag up or down change it at once."""

    edited = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("valueBox")
        self._room = parent
        self._value = 0.0
        self.title = QLabel(self)
        self.title.setObjectName("muted")
        self.box = DraggedBox(self)
        self.box.returnPressed.connect(self._on_return)
        self.box.stepped.connect(self._on_stepped)
        self.box.left.connect(self.hide)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(scaled(8), scaled(6), scaled(8), scaled(8))
        layout.setSpacing(scaled(4))
        layout.addWidget(self.title)
        layout.addWidget(self.box)
        self.hide()

    def open_at(self, point: QPoint, title: str, value: float) -> None:
        """Open beside a point of the parent."""
        theme = current_theme()
        self.setStyleSheet(
            f"#valueBox {{ background: {theme.raised}; border: 1px solid {theme.border};"
            f" border-radius: {scaled(6)}px; }}"
        )
        self.title.setText(title)
        self.box.setFixedWidth(self.box.fontMetrics().horizontalAdvance("−0.000000000"))
        self._show_value(value)
        self.adjustSize()
        room = self._room.rect().adjusted(4, 4, -4, -4)
        gap = scaled(12)
        x = point.x() + gap
        if x + self.width() > room.right():
            x = point.x() - gap - self.width()
        y = min(max(point.y() - self.height() // 2, room.top()), room.bottom() - self.height())
        self.move(max(x, room.left()), y)
        self.show()
        self.raise_()
        self.box.setFocus(Qt.FocusReason.PopupFocusReason)

    def _show_value(self, value: float) -> None:
        self._value = value
        self._mark(is_wrong=False)
        self.box.show_text(f"{value:.6g}")
        self.box.selectAll()

    def _mark(self, *, is_wrong: bool) -> None:
        theme = current_theme()
        self.box.setStyleSheet(f"color: {theme.danger};" if is_wrong else "")

    @Slot()
    def _on_return(self) -> None:
        # The box shows six digits: leaving it untouched must not round the value.
        if not self.box.isModified():
            self.hide()
            return
        value = read(self.box.text())
        self._mark(is_wrong=value is None)
        if value is None:
            self.box.selectAll()
            return
        self.hide()
        self.edited.emit(value)

    @Slot(float)
    def _on_stepped(self, pixels_up: float) -> None:
        self._show_value(dragged(self._value, pixels_up))
        self.edited.emit(self._value)


class DraggedBox(TextBox):
    """A line of text that also tells of drags, arrow keys and being left."""

    stepped = Signal(float)
    """Pixels that the mouse was dragged up since the last time."""
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._y, self._is_drag = 0.0, False
        self.setToolTip("Type a number and press Return; or drag up and down")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag, which is one only once it has moved up or down."""
        self._y, self._is_drag = event.position().y(), False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of a drag; a move along the line selects text."""
        pixels_up = self._y - event.position().y()
        self._is_drag = self._is_drag or abs(pixels_up) >= DRAG_FROM
        if not self._is_drag or not event.buttons():
            super().mouseMoveEvent(event)
        elif pixels_up:
            self._y = event.position().y()
            self.stepped.emit(pixels_up)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step on the arrow keys, leave on Escape."""
        match event.key():
            case Qt.Key.Key_Up:
                self.stepped.emit(10.0)
            case Qt.Key.Key_Down:
                self.stepped.emit(-10.0)
            case Qt.Key.Key_Escape:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leave."""
        super().focusOutEvent(event)
        self.left.emit()
