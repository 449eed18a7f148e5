"""A canvas with something on it that arrow keys move."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent

from playground.gui.plots.canvas import Canvas

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class NudgedCanvas(Canvas):
    """Takes the arrow keys while it has the keyboard, before the window's shortcuts do.

    Attributes
    ----------
    MODIFIER
        What is held with them.
    """

    MODIFIER: ClassVar = Qt.KeyboardModifier.NoModifier

    nudged = Signal(int, int, bool)
    """Steps to the right and up, and whether Shift is held, for steps of another size."""

    _WAYS: ClassVar = {
        Qt.Key.Key_Left: (-1, 0),
        Qt.Key.Key_Right: (1, 0),
        Qt.Key.Key_Up: (0, 1),
        Qt.Key.Key_Down: (0, -1),
    }

    def event(self, event: QEvent) -> bool:
        """Claim the arrow keys."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._way(event) is not None
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move."""
        way = self._way(event)
        if way is None:
            super().keyPressEvent(event)
        else:
            self.nudged.emit(*way, bool(event.modifiers() & _SHIFT))
            event.accept()

    def _way(self, event: QKeyEvent) -> tuple[int, int] | None:
        if event.modifiers() & ~(_KEYPAD | _SHIFT) != self.MODIFIER:
            return None
        return self._WAYS.get(Qt.Key(event.key()))
