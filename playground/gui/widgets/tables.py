"""Tables to read: no grid, no selection, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from playground.gui.theme import scaled

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ReadingTable(QTableWidget):
    """A table with a column a header, empty at first."""

    def __init__(self, headers: Sequence[str], parent: QWidget) -> None:
        super().__init__(0, len(headers), parent)
        self.setHorizontalHeaderLabels(list(headers))
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.verticalHeader().setDefaultSectionSize(scaled(26))
        self.horizontalHeader().setDefaultAlignment(LEFT)
        self.horizontalHeader().setHighlightSections(False)


def cell(text: str, *, numeric: bool = False) -> QTableWidgetItem:
    """Return a cell that holds a text."""
    item = QTableWidgetItem(text)
    if numeric:
        item.setTextAlignment(RIGHT)
    return item
