"""The tables of a comparison: what its optimizers come to, and how far its runs are."""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from playground.comparison import Comparison, Results, Row
from playground.gui.comparison.plots import series_color
from playground.gui.comparison.thread import News
from playground.gui.icons import swatch
from playground.gui.plots.formats import number, percent
from playground.gui.theme import Theme, current_theme
from playground.gui.widgets.tables import RIGHT, ReadingTable, cell

SUMMARY = ("Optimizer", "Value", "Final loss", "Best loss", "Score", "Seconds", "")
VALUE, SCORE = SUMMARY.index("Value"), SUMMARY.index("Score")
NUMBERS = range(1, 6)
"""Columns that hold numbers."""

RUNS = ("Run", "Progress", "Outcome")


class SummaryTable(ReadingTable):
    """A row for each optimizer and swept value with runs that have ended.

    Attributes
    ----------
    results
        What is shown; None before any run has ended.
    rows
        What stands in the table.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(SUMMARY, parent)
        self.results: Results | None = None
        self.rows: list[Row] = []
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        _stretch_first(self)

    def show_results(self, results: Results) -> None:
        """Show what is known."""
        self.results = results
        self.rows = [row for row in results.rows() if row.n_runs]
        sweep = results.comparison.sweep
        self.setColumnHidden(VALUE, sweep is None)
        titles = {VALUE: sweep.setting.replace("_", " ").capitalize() if sweep else "Value"}
        titles[SCORE] = results.score_name.capitalize() or "Score"
        for column in NUMBERS:
            item = self.horizontalHeaderItem(column)
            if item is not None:
                item.setText(titles.get(column, SUMMARY[column]))
                item.setTextAlignment(RIGHT)
        self.setRowCount(len(self.rows))
        for index, row in enumerate(self.rows):
            for column, text in enumerate(_texts(row)):
                item = cell(text, numeric=column in NUMBERS)
                item.setToolTip(row.optimizer)
                self.setItem(index, column, item)
        self.restyle(current_theme())

    @Slot(object)
    def restyle(self, theme: Theme) -> None:
        """Give each optimizer the colour that it has in the plots."""
        if self.results is None:
            return
        labels = self.results.comparison.labels
        for index, row in enumerate(self.rows):
            item = self.item(index, 0)
            if item is not None:
                item.setIcon(swatch(series_color(theme, labels.index(row.optimizer))))

    def chosen(self) -> Row | None:
        """Return the selected row, else the best of all; None without any."""
        selected = self.selectionModel().selectedRows()
        if selected and selected[0].row() < len(self.rows):
            return self.rows[selected[0].row()]
        best = [row for row in self.rows if row.is_best]
        return min(best, key=lambda row: row.final_mean) if best else None


class RunsTable(ReadingTable):
    """A row for each run, with its progress and its outcome."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(RUNS, parent)
        _stretch_first(self)

    def begin(self, comparison: Comparison) -> None:
        """Show the runs that are about to begin."""
        self.setRowCount(len(comparison.jobs))
        for row, job in enumerate(comparison.jobs):
            for column, text in enumerate((str(job), "waiting", "")):
                self.setItem(row, column, cell(text, numeric=column == 1))

    def follow(self, news: News, total: int) -> None:
        """Show how far the runs are, each of ``total`` steps."""
        for row, curves in news.curves.items():
            self._put(row, "100 %" if curves.outcome == "finished" else "–", curves.outcome)
            item = self.item(row, 2)
            if item is not None:
                item.setToolTip(curves.reason)
        for row, steps in news.steps.items():
            if row not in news.curves:
                self._put(row, percent(steps / total), "running")

    def _put(self, row: int, share: str, outcome: str) -> None:
        for column, text in ((1, share), (2, outcome)):
            item = self.item(row, column)
            if item is not None and item.text() != text:
                item.setText(text)


def _stretch_first(table: ReadingTable) -> None:
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def _texts(row: Row) -> tuple[str, ...]:
    return (
        row.optimizer,
        "" if row.value is None else number(row.value),
        _spread(row.final_mean, row.final_std),
        _spread(row.best_mean, row.best_std),
        _spread(row.score_mean, row.score_std),
        "–" if math.isnan(row.elapsed_s) else f"{row.elapsed_s:.2f}",
        ", ".join(row.notes),
    )


def _spread(mean: float, std: float) -> str:
    if math.isnan(mean):
        return "–"
    return number(mean) if math.isnan(std) else f"{number(mean)} ± {number(std, 2)}"
