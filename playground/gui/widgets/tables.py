"""Tables to read: no grid, no selection, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from playground.gui.theme import scaled

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def reading_table(headers: Sequence[str], parent: QWidget) -> QTableWidget:
    """Return an empty table with a column a header."""
    table = QTableWidget(0, len(headers), parent)
    table.setHorizontalHeaderLabels(list(headers))
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setShowGrid(False)
    table.verticalHeader().setDefaultSectionSize(scaled(26))
    table.horizontalHeader().setDefaultAlignment(LEFT)
    table.horizontalHeader().setHighlightSections(False)
    return table


def cell(text: str, *, numeric: bool = False) -> QTableWidgetItem:
    """Return a cell that holds a text."""
    item = QTableWidgetItem(text)
    if numeric:
        item.setTextAlignment(RIGHT)
    return item
