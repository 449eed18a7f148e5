"""Histograms of weights, gradients or activations, a small plot for each layer."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QScrollArea

from playground.gui.plots.canvas import Plot
from playground.gui.plots.dock import PlotDock
from playground.gui.plots.layer_plots import BarsPlot, HeatPlot
from playground.gui.session import Run, Session
from playground.gui.theme import scaled
from playground.training.snapshots import Histograms, Quantity, Snapshot

LEAST_WIDTH, LEAST_HEIGHT = 130, 120
"""Pixels below which a small plot is not readable; where there is less room it scrolls."""


class HistogramsDock(PlotDock):
    """Small multiples from input to output, now as bars or over time as heat maps."""

    period_s = 1 / 11

    def __init__(self, session: Session) -> None:
        super().__init__(session, "histograms", "Histograms")
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.canvas)
        self._scroll.installEventFilter(self)
        self.setWidget(self._scroll)
        self._placeholder = self.canvas.add_plot(Plot(), 0)
        self._layers: list[BarsPlot] | list[HeatPlot] = []
        self._shown: tuple[object, ...] = ()
        self._grid = (0, 0)
        self.quantity = self.header.add_choice(
            "What is counted",
            {"weights": "Weights", "gradients": "Gradients", "activations": "Activations"},
            self._on_quantity_chosen,
        )
        self.mode = self.header.add_choice(
            "Bars of this moment, or a heat map of the whole run",
            {"now": "Now", "time": "Over time"},
            lambda _mode: self.refresh(),
        )
        self.subscribe(frozenset({"weights"}))
        self._placeholder.show_message("Histograms appear here once the data is loaded.")

    def layer_plots(self) -> list[BarsPlot] | list[HeatPlot]:
        """Return the plot of each layer."""
        return self._layers

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw the newest histograms, or all that were logged."""
        quantity: Quantity = self.quantity.value  # type: ignore[assignment]
        log = run.histogram_log.get(quantity, ())
        newest = snapshot.histograms.get(quantity) or (log[-1] if log else None)
        if newest is None:
            self._show_nothing(f"Histograms of {quantity} appear with the next step.")
            return
        self._lay_out(run, newest)
        if self.mode.value == "now":
            self._show_bars(newest)
        else:
            self._show_heat(log or (newest,), len(run.history) - 1)

    def _show_bars(self, newest: Histograms) -> None:
        for plot, layer in zip(self._layers, newest.layers, strict=True):
            assert isinstance(plot, BarsPlot)
            plot.show_layer(layer)

    def _show_heat(self, log: tuple[Histograms, ...], last_step: int) -> None:
        for index, plot in enumerate(self._layers):
            assert isinstance(plot, HeatPlot)
            plot.show_log(log, index, last_step)

    def _show_nothing(self, message: str) -> None:
        self._clear()
        self._placeholder.show()
        self._placeholder.show_message(message)

    def _lay_out(self, run: Run, newest: Histograms) -> None:
        """Make a plot for each layer, when they are others than before."""
        names = tuple(layer.layer for layer in newest.layers)
        state = (run.number, self.quantity.value, self.mode.value, names)
        if state == self._shown:
            return
        self._clear()
        self._placeholder.hide()
        kind = BarsPlot if self.mode.value == "now" else HeatPlot
        self._layers = [kind(newest.quantity) for _ in names]
        self._arrange()
        self._shown = state

    def _clear(self) -> None:
        for plot in self._layers:
            self.canvas.ci.removeItem(plot)
            plot.deleteLater()
        self._layers, self._shown, self._grid = [], (), (0, 0)

    def _arrange(self) -> None:
        """Put the plots into rows, as near to a readable shape as the room allows."""
        n_plots = len(self._layers)
        if not n_plots:
            return
        width, height = self._scroll.width(), self._scroll.height()
        n_columns = best_columns(n_plots, width / scaled(LEAST_WIDTH), width / max(height, 1))
        n_rows = math.ceil(n_plots / n_columns)
        self.canvas.setMinimumHeight(n_rows * scaled(LEAST_HEIGHT))
        if (n_rows, n_columns) == self._grid:
            return
        self._grid = (n_rows, n_columns)
        # All leave before any takes its new cell, which may have been another's.
        for plot in self._layers:
            if plot in self.canvas.ci.items:
                self.canvas.ci.removeItem(plot)
        for i, plot in enumerate(self._layers):
            self.canvas.add_plot(plot, 1 + i // n_columns, i % n_columns)

    def _on_quantity_chosen(self, quantity: Quantity) -> None:
        self.subscribe(frozenset({quantity}))
        self.refresh()

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
