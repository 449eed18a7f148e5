"""Help: shortcuts, and what this program is."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

import playground
from playground.gui import memory
from playground.gui.dialogs.buttons import Buttons
from playground.gui.icons import application_icon
from playground.gui.theme import scaled
from playground.storage.logs import log_file

_MOUSE = (
    ("Drag a plot", "Move what it shows"),
    ("Wheel over a plot", "Zoom"),
    ("Double click a plot, or A", "Show everything again"),
    ("Double click a setting's name", "Its default"),
)


class ShortcutsDialog(QDialog):
    """Every key and what it does."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        layout = _column(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(scaled(32))
        grid.setVerticalSpacing(scaled(8))
        for action in actions:
            if action.shortcuts():
                what = action.statusTip() or action.text().replace("&", "")
                _add_row(grid, _keys(action.shortcuts()), what)
        for gesture, what in _MOUSE:
            _add_row(grid, gesture, what)
        layout.addLayout(grid)
        layout.addWidget(Buttons(self))


class AboutDialog(QDialog):
    """Version, licence and folders."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("About")
        layout = _column(self)
        picture = QLabel(self)
        picture.setPixmap(application_icon().pixmap(scaled(72), scaled(72)))
        title = QLabel("Optimization playground", self)
        font = QFont(title.font())
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        layout.addWidget(picture)
        layout.addWidget(title)
        layout.addWidget(_selectable("Watch derivatives train models.", self))
        version = f"Version {playground.__version__} · Python {platform.python_version()}"
        layout.addWidget(_selectable(f"{version} · MIT licence", self))
        for text in (f"Settings: {memory.settings().fileName()}", f"Log: {log_file()}"):
            label = _selectable(text, self)
            label.setObjectName("muted")
            layout.addWidget(label)
        layout.addWidget(Buttons(self))


def _column(dialog: QDialog) -> QVBoxLayout:
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(scaled(24), scaled(24), scaled(24), scaled(16))
    layout.setSpacing(scaled(12))
    return layout


def _add_row(grid: QGridLayout, keys: str, what: str) -> None:
    row = grid.rowCount()
    label = QLabel(keys)
    label.setObjectName("heading")
    grid.addWidget(label, row, 0)
    grid.addWidget(QLabel(what), row, 1)


def _keys(shortcuts: list[QKeySequence]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return " or ".join(key.toString(native) for key in shortcuts)


def _selectable(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
