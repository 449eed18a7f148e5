"""The gallery as a table: functions with their derivatives, typeset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from playground.calculus.gallery import Example
from playground.gui.theme import scaled
from playground.gui.widgets.mathematics import Mathematics
from playground.gui.widgets.tables import ReadingTable, cell


class GalleryDialog(QDialog):
    """A tab a group; a double click or Return takes a function over."""

    chosen = Signal(object)

    def __init__(
        self, groups: Mapping[str, Sequence[Example]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Functions and their derivatives")
        self.resize(scaled(900), scaled(560))
        self._groups = list(groups.values())
        self.tabs = QTabWidget(self)
        self.tables = [self._add_table(name) for name in groups]
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        take = buttons.addButton("Take over", QDialogButtonBox.ButtonRole.ActionRole)
        take.clicked.connect(self._take)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addWidget(buttons)
        self.tabs.currentChanged.connect(self._fill)
        self._fill(0)

    def _add_table(self, name: str) -> QTableWidget:
        table = ReadingTable(("Function", "f", "f\u200a′", "What to see"), self)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setAccessibleName(name)
        table.activated.connect(self._take)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        table.setWordWrap(True)
        self.tabs.addTab(table, name)
        return table

    @Slot(int)
    def _fill(self, index: int) -> None:
        """Typeset a group when it is shown for the first time."""
        table, examples = self.tables[index], self._groups[index]
        if table.rowCount():
            return
        table.setRowCount(len(examples))
        for row, example in enumerate(examples):
            table.setItem(row, 0, cell(example.title))
            table.setItem(row, 3, cell(example.remark))
            for column, formula in ((1, example.formula), (2, example.derivative)):
                shown = Mathematics(factor=1.15, alignment=Qt.AlignmentFlag.AlignLeft)
                shown.set_latex(formula.to_latex(), str(formula))
                shown.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                shown.setContentsMargins(scaled(8), 0, scaled(8), 0)
                table.setCellWidget(row, column, shown)
        for row in range(len(examples)):
            heights = [table.cellWidget(row, c).sizeHint().height() for c in (1, 2)]
            table.setRowHeight(row, max(*heights, scaled(28)) + scaled(10))
        for column in (1, 2):
            widths = [table.cellWidget(r, column).sizeHint().width() for r in range(len(examples))]
            table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            table.setColumnWidth(column, min(max(widths), scaled(280)) + scaled(16))
        table.selectRow(0)

    @Slot()
    def _take(self) -> None:
        index = self.tabs.currentIndex()
        row = self.tables[index].currentRow()
        if row >= 0:
            self.chosen.emit(self._groups[index][row])
            self.accept()
