"""The base of every control for one declared setting."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from playground.declarations import Setting


class Editor(QWidget):
    """Shows a setting's value and says when somebody changes it.

    ``edited`` carries the new value, ``refused`` why what was typed cannot be one; showing a value
    emits neither. A control that is being dragged or typed into keeps what it shows.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting

    def show_value(self, value: Any) -> None:
        """Show the present value."""
        raise NotImplementedError

    def reset(self) -> None:
        """Go back to the declared default, where there is one."""
        if self.setting.default is not None:
            self.show_value(self.setting.default)
            self.edited.emit(self.setting.default)


class TextBox(QLineEdit):
    """A line of text that leaves undoing to the window when it has nothing of its own to undo."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable()
            redo = event.matches(QKeySequence.StandardKey.Redo) and not self.isRedoAvailable()
            if undo or redo:
                event.ignore()
                return False
        return super().event(event)

    def show_text(self, text: str) -> None:
        """Replace the text, its undo history too, and show its beginning."""
        self.setText(text)
        self.setModified(False)
        self.setCursorPosition(0)
