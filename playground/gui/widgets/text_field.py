"""Boxes for texts, lists of texts and paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from playground.declarations import Setting
from playground.gui.icons import set_icon
from playground.gui.theme import scaled
from playground.gui.widgets.editor import Editor, TextBox


class TextField(Editor):
    """One line of text; Return or leaving the box makes it the value."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._value: Any = None
        self.box = TextBox(self)
        self.box.editingFinished.connect(self._on_finished)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(scaled(4))
        self._row.addWidget(self.box, 1)

    def show_value(self, value: Any) -> None:
        self._value = value
        if not self.box.isModified():
            self.box.show_text(self._text(value))

    @Slot()
    def _on_finished(self) -> None:
        if self.box.text() != self._text(self._value):
            self._value = self._read(self.box.text())
            self.box.show_text(self._text(self._value))
            self.edited.emit(self._value)

    def _text(self, value: Any) -> str:
        return "" if value is None else str(value)

    def _read(self, text: str) -> Any:
        return text


class TextsField(TextField):
    """Several texts with commas between them."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.box.setPlaceholderText("one, another, …")

    def _text(self, value: Any) -> str:
        return ", ".join(value or ())

    def _read(self, text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())


class PathField(TextField):
    """A file's path, typed or chosen."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.button = QToolButton(self)
        self.button.setToolTip("Choose a file")
        self.button.setIconSize(QSize(scaled(14), scaled(14)))
        set_icon(self.button, "folder-open")
        self.button.clicked.connect(self._choose)
        self._row.addWidget(self.button)

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        if not self.box.isModified():
            self.box.end(False)  # the file's name matters more than its root
        self.box.setToolTip(self._text(value))

    def _read(self, text: str) -> Path:
        return Path(text.strip())

    @Slot()
    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a file", self.box.text())
        if path:
            self.show_value(Path(path))
            self.edited.emit(Path(path))
