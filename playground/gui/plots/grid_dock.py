"""Docks of small plots side by side; where there is too little room they scroll."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QScrollArea

from playground.gui.plots.canvas import Plot
from playground.gui.plots.dock import PlotDock
from playground.gui.session import Session
from playground.gui.theme import scaled


class GridDock(PlotDock):
    """Any number of plots in rows, as near to a readable shape as the room allows.

    Attributes
    ----------
    least_size
        Width and height below which a plot is not readable, at scale 1.
    small_plots
        What is shown now.
    """

    least_size: ClassVar[tuple[int, int]] = (130, 120)

    def __init__(self, session: Session, name: str, title: str) -> None:
        super().__init__(session, name, title)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.canvas)
        self._scroll.installEventFilter(self)
        self.setWidget(self._scroll)
        self._placeholder = self.canvas.add_plot(Plot(), 0)
        self.small_plots: list[Plot] = []
        self._grid = (0, 0)

    def show_plots(self, plots: Sequence[Plot]) -> None:
        """Show other plots from now on."""
        self._clear()
        self._placeholder.hide()
        self.small_plots = list(plots)
        self._arrange()

    def show_nothing(self, message: str) -> None:
        """Say why there is nothing to see."""
        self._clear()
        self._placeholder.show()
        self._placeholder.show_message(message)

    def _clear(self) -> None:
        for plot in self.small_plots:
            self.canvas.ci.removeItem(plot)
            plot.deleteLater()
        self.small_plots, self._grid = [], (0, 0)

    def _arrange(self) -> None:
        n_plots = len(self.small_plots)
        if not n_plots:
            return
        width, height = self._scroll.width(), self._scroll.height()
        least_width, least_height = map(scaled, self.least_size)
        n_columns = best_columns(n_plots, width / least_width, width / max(height, 1))
        n_rows = math.ceil(n_plots / n_columns)
        self.canvas.setMinimumHeight(n_rows * least_height)
        if (n_rows, n_columns) == self._grid:
            return
        self._grid = (n_rows, n_columns)
        # All leave before any takes its new cell, which may have been another's.
        for plot in self.small_plots:
            if plot in self.canvas.ci.items:
                self.canvas.ci.removeItem(plot)
        for i, plot in enumerate(self.small_plots):
            self.canvas.add_plot(plot, 1 + i // n_columns, i % n_columns)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrange the plots anew when there is more or less room."""
        if watched is self._scroll and event.type() == QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)


def best_columns(n_plots: int, most: float, aspect: float) -> int:
    """Return how many columns bring plots in a room of some aspect nearest to 3:2 each."""

    def distance(columns: int) -> float:
        rows = math.ceil(n_plots / columns)
        return abs(math.log(aspect * rows / columns / 1.5)) + 0.1 * (rows * columns - n_plots)

    return min(range(1, max(1, min(n_plots, int(most))) + 1), key=distance)
