"""The derivative computed in every way: a table of values, errors and costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHeaderView, QWidget

from playground.calculus.methods import Estimate, Ways
from playground.gui.plots.formats import number
from playground.gui.plots.view_dock import ViewDock
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.gui.widgets.labels import Caption, Line, column
from playground.gui.widgets.tables import ReadingTable, cell

HEADERS = ("Method", "f\u200a′(a)", "Error", "f\u200a″(a)", "Error", "Evaluates", "Time")
_NUMERIC = (1, 2, 3, 4, 6)

EXACT = 1e-50
"""The reference has fifty digits: an error below is none."""


class WaysDock(ViewDock):
    """One row a method, under what is true to fifty digits."""

    def __init__(self) -> None:
        body = QFrame()
        body.setObjectName("ways")
        super().__init__("derivative_ways", "Six ways to a derivative", body)
        self.body = body
        self.ways: Ways | None = None
        self.truth = Line(body)
        self.table = ReadingTable(HEADERS, body)
        self.table.setAccessibleName("Methods of differentiation")
        self.note = Caption(body)
        stack = column(body, 8)
        stack.addWidget(self.truth)
        stack.addWidget(self.table, 1)
        stack.addWidget(self.note)
        self._stack = stack
        theme_signals.changed.connect(self._restyle)
        self._restyle()

    def pictured(self) -> QWidget:
        return self.body

    @Slot()
    def refresh(self) -> None:
        """Show the estimates again."""
        if self.is_shown and self.ways is not None:
            self._show(self.ways)

    def show_ways(self, ways: Ways) -> None:
        """Show the estimates at a point."""
        self.ways = ways
        self.refresh()

    def _show(self, ways: Ways) -> None:
        first, _ = ways.references
        self.truth.setText(
            f"f\u200a′(a) = {first.replace('-', '−')}" if first else ways.facts.explanation
        )
        self.truth.setToolTip(self.truth.text())
        half = len(ways.estimates) // 2
        rows = list(zip(ways.estimates[:half], ways.estimates[half:], strict=True))
        self.table.setRowCount(len(rows))
        for row, (slope, curvature) in enumerate(rows):
            for index, text in enumerate(_texts(slope, curvature)):
                item = cell(text, numeric=index in _NUMERIC)
                item.setToolTip(slope.note or curvature.note)
                self.table.setItem(row, index, item)
        self.note.setText(_remark(ways.estimates))

    @Slot()
    def _restyle(self) -> None:
        theme = current_theme()
        self.body.setStyleSheet(
            f"#ways {{ background: {theme.plot_background}; }}"
            f"QTableView {{ border: none; background: {theme.plot_background}; }}"
        )
        self._stack.setContentsMargins(scaled(16), scaled(6), scaled(16), scaled(8))
        self.table.setFont(tabular_font(self.table))
        self.truth.setFont(tabular_font(self.truth, 1.1))
        self.table.verticalHeader().setDefaultSectionSize(scaled(25))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        for index, text in enumerate(HEADERS):
            self.table.setHorizontalHeaderItem(index, cell(text, numeric=index in _NUMERIC))


def _texts(slope: Estimate, curvature: Estimate) -> Sequence[str]:
    return (
        slope.method.capitalize(),
        _value(slope),
        error_text(slope.error),
        _value(curvature),
        error_text(curvature.error),
        slope.cost if math.isnan(slope.h) else f"{slope.cost}, h = {number(slope.h, 2)}",
        "–" if math.isnan(slope.time_s) else f"{1e6 * slope.time_s:.1f} µs",
    )


def _value(estimate: Estimate) -> str:
    return "–" if math.isnan(estimate.value) else number(estimate.value, 12)


def error_text(error: float) -> str:
    """Return an error to two digits; below what the reference knows it is 0."""
    if math.isnan(error):
        return "–"
    return "0" if error < EXACT else number(error, 2)


def _remark(estimates: Sequence[Estimate]) -> str:
    """Return the first reason why a method gives nothing."""
    return next((f"{e.method.capitalize()}: {e.note}." for e in estimates if e.note), "")
