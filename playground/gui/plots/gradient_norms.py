"""Norm of each layer's gradient over the run: vanishing and exploding gradients at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot

from playground.gui.plots.canvas import Plot
from playground.gui.plots.curves import RunCurves
from playground.gui.plots.dock import PlotDock
from playground.gui.plots.formats import count, number
from playground.gui.plots.legend import LegendPlace
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Extent, Span
from playground.gui.plots.sampling import Window, bounds
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme
from playground.training.norms import norm_column
from playground.training.snapshots import Snapshot

MOST_ROWS = 7
"""More layers than these are told apart by a ramp of colours alone, until the cursor asks."""

_WAITING = "The norm of each layer's gradient appears here once training starts."


class GradientNorms(PlotDock):
    """One curve a layer, coloured from input (dark) to output (light)."""

    period_s = 1 / 20

    def __init__(self, session: Session) -> None:
        super().__init__(session, "gradient_norms", "Gradient norms")
        self.plot = self.canvas.add_plot(Plot("step", "‖gradient‖ of a layer"), 0)
        self.plot.set_log(y=True)
        self.curves: RunCurves | None = None
        self._layers: tuple[str, ...] = ()
        self._colors: Sequence[str] = ()
        self._window = Window()
        self._extent, self._span = Extent(), Span(is_log=True)
        self._legend = LegendPlace(self.plot.overlay)
        self.smoothing = self.header.add_slider(
            "Smooth",
            "Exponential moving average; the raw curves stay faint",
            self._on_smoothed,
            0.9,
        )
        self.log_x = self.header.add_toggle("log x", "Logarithmic steps", self._on_log_x)
        self.freeze = self.header.add_toggle(
            "Freeze axes", "Freeze the axes (A or double click: fit)", self._on_freeze, icon="lock"
        )
        self.plot.following_changed.connect(self._on_following_changed)
        self.plot.cursor_moved.connect(self._show_readout)
        self.plot.show_message(_WAITING)

    def start_run(self, run: Run) -> None:
        """Take up a new run."""
        if self.curves is not None:
            self.curves.remove()
        self._layers = run.layout.layers
        columns = [norm_column(layer) for layer in self._layers]
        self.curves = RunCurves(self.plot, run, columns, self.smoothing.value)
        self._extent, self._span = Extent(self._extent.is_log), Span(is_log=True)
        self._style()

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw the norms up to now."""
        if self.curves is None or self.curves.run is not run:
            self.start_run(run)
        assert self.curves is not None
        has_data = any(run.history.last(name) is not None for name in self.curves.series)
        self.plot.show_message("" if has_data else _WAITING)
        if not has_data:
            return
        self.plot.show_range(x=self._extent.fit(len(run.history) - 1))
        low, high = self.plot.view.state["viewRange"][0]
        width = max(int(self.plot.view.width()), 50)
        self._window = replace(self._window, low=low, high=high, n_bins=width)
        is_still = not self.is_running
        low, high = bounds(self.curves.draw(self._window, is_log=True, is_still=is_still))
        if np.isfinite(low):
            self.plot.show_range(y=self._span.fit(low, high))
        self._show_readout()
        self._legend.look(self.curves.items.values(), is_still=is_still)

    @Slot()
    def _show_readout(self) -> None:
        run, overlay = self.session.run, self.plot.overlay
        if run is None or self.curves is None:
            return
        step = None
        if self.plot.cursor is not None:
            step = self._window.row_at(run.history, self.plot.cursor.x())
        few = len(self._layers) <= MOST_ROWS
        overlay.heading = "" if step is None else f"step {count(step)}"
        overlay.ramp = () if few or step is not None else self._colors
        overlay.ramp_ends = (self._layers[0], self._layers[-1])
        overlay.rows = [
            Row(color, layer, self._value(layer, step))
            for layer, color in zip(self._layers, self._colors, strict=True)
            if few or step is not None
        ]
        overlay.update()

    def _value(self, layer: str, step: int | None) -> str:
        assert self.curves is not None
        entry = None
        if step is not None:
            entry = self.curves.series[norm_column(layer)].nearest(step)
        return "" if entry is None else number(entry[1], 3)

    def _on_smoothed(self, position: float) -> None:
        if self.curves is not None:
            self.curves.smooth(position)
        self.refresh()

    def _on_log_x(self, on: bool) -> None:
        self._window = replace(self._window, is_log=on)
        self._extent = Extent(on)
        self.plot.set_log(x=on)
        self.autoscale()

    def _on_freeze(self, on: bool) -> None:
        self.plot.set_following(not on)
        self.refresh()

    @Slot(bool)
    def _on_following_changed(self, following: bool) -> None:
        self.freeze.setChecked(not following)

    def restyle(self, theme: Theme) -> None:
        """Give the curves a theme's colours."""
        self._style()

    def _style(self) -> None:
        if self.curves is None:
            return
        self._colors = layer_colors(len(self._layers), current_theme())
        for layer, color in zip(self._layers, self._colors, strict=True):
            self.curves.style(norm_column(layer), color)


def layer_colors(n_layers: int, theme: Theme) -> Sequence[str]:
    """Return one colour a layer from input (dark) to output (light), readable on the theme."""
    colormap = pg.colormap.get("viridis")
    # The ends of the map are lost on a background as dark or as light as they are.
    first, last = (0.0, 0.82) if theme.name == "light" else (0.38, 1.0)
    positions = np.linspace(first, last, max(n_layers, 2))[:n_layers]
    return [str(colormap.mapToQColor(p).name()) for p in positions]
