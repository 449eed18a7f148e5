"""Histograms of weights, gradients or activations, a small plot for each layer."""

from __future__ import annotations

from playground.gui.plots.grid_dock import GridDock
from playground.gui.plots.layer_plots import BarsPlot, HeatPlot
from playground.gui.run import Run
from playground.gui.session import Session
from playground.training.snapshots import Snapshot
from playground.training.views import Histograms, Quantity


class HistogramsDock(GridDock):
    """Small multiples from input to output, now as bars or over time as heat maps."""

    period_s = 1 / 11

    def __init__(self, session: Session) -> None:
        super().__init__(session, "histograms", "Histograms")
        self._layers: list[BarsPlot] | list[HeatPlot] = []
        self._shown: tuple[object, ...] = ()
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
        self.show_nothing("Histograms appear here once the data is loaded.")

    def layer_plots(self) -> list[BarsPlot] | list[HeatPlot]:
        """Return the plot of each layer."""
        return self._layers

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw the newest histograms, or all that were logged."""
        quantity: Quantity = self.quantity.value  # type: ignore[assignment]
        log = run.histogram_log.get(quantity, ())
        newest = snapshot.histograms.get(quantity) or (log[-1] if log else None)
        if newest is None:
            self._layers, self._shown = [], ()
            self.show_nothing(f"Histograms of {quantity} appear with the next step.")
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

    def _lay_out(self, run: Run, newest: Histograms) -> None:
        """Make a plot for each layer, when they are others than before."""
        names = tuple(layer.layer for layer in newest.layers)
        state = (run.number, self.quantity.value, self.mode.value, names)
        if state == self._shown:
            return
        kind = BarsPlot if self.mode.value == "now" else HeatPlot
        self._layers = [kind(newest.quantity) for _ in names]
        self.show_plots(self._layers)
        self._shown = state

    def _on_quantity_chosen(self, quantity: Quantity) -> None:
        self.subscribe(frozenset({quantity}))
        self.refresh()
