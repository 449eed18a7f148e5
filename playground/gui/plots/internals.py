"""The optimizer's insides: what it remembers, and how far each layer moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont

from playground.gui.plots.canvas import Plot
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import count, number
from playground.gui.plots.gradient_norms import MOST_ROWS, layer_colors
from playground.gui.plots.grid_dock import GridDock
from playground.gui.plots.internal_figures import PAGES, Figure, figures
from playground.gui.plots.layer_plots import BarsPlot
from playground.gui.plots.legend import LegendPlace
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Extent, Span
from playground.gui.plots.sampling import masked_log10
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme
from playground.training.snapshots import Snapshot
from playground.training.views import LayerHistogram, OptimizerView

_WAITING = "What the optimizer does appears here once training starts."
_UNSEEN = "What the optimizer does is noted while this is open; it appears as training goes on."


class InternalsDock(GridDock):
    """Pages of curves over the run, and the state's histograms of this moment."""

    period_s = 1 / 8

    def __init__(self, session: Session) -> None:
        super().__init__(session, "optimizer_view", "Optimizer")
        self._shown: tuple[object, ...] = ()
        self.page = self.header.add_choice(
            "What is shown of the optimizer", PAGES, lambda _page: self.refresh()
        )
        self.subscribe(frozenset({"optimizer"}))
        self.show_nothing(_WAITING)

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw the chosen page."""
        log = run.optimizer_log
        newest = snapshot.optimizer or (log[-1] if log else None)
        if newest is None:
            self._say(_WAITING)
        elif self.page.value == "histograms":
            self._show_histograms(run, newest)
        elif len(log) < 2:
            self._say(_UNSEEN if len(run.history) > 1 else _WAITING)
        else:
            self._show_figures(run, figures(self.page.value, log))

    def _say(self, message: str) -> None:
        if self._shown != (message,):
            self._shown = (message,)
            self.show_nothing(message)

    def _show_figures(self, run: Run, made: list[Figure]) -> None:
        if not made:
            what = "remembers nothing" if self.page.value == "norms" else "corrects no bias"
            self._say(f"This optimizer {what}.")
            return
        state = (run.number, self.page.value, *((f.label, f.names) for f in made))
        if state != self._shown:
            # One legend is enough for plots of the same curves.
            self.show_plots([MomentPlot(f, has_legend=f is made[0]) for f in made])
            self._shown = state
        last_step = len(run.history) - 1
        for plot, figure in zip(self.small_plots, made, strict=True):
            assert isinstance(plot, MomentPlot)
            plot.show_figure(figure, last_step)

    def _show_histograms(self, run: Run, newest: OptimizerView) -> None:
        parts = _parts(newest)
        if not parts:
            self._say("This optimizer remembers nothing.")
            return
        state = (run.number, "histograms", *(part.layer for part in parts))
        if state != self._shown:
            self.show_plots([BarsPlot("numbers") for _ in parts])
            self._shown = state
        for plot, part in zip(self.small_plots, parts, strict=True):
            assert isinstance(plot, BarsPlot)
            plot.show_layer(part)


def _parts(view: OptimizerView) -> list[LayerHistogram]:
    """Return the histograms of all slots, each named after its slot and layer."""
    return [
        replace(part, layer=f"{slot.label} · {part.layer}" if part.layer else slot.label)
        for slot in view.slots
        for part in slot.histograms
    ]


class MomentPlot(Plot):
    """Curves over the steps on a logarithmic axis, with a line to compare with.

    Attributes
    ----------
    curves
        One for each of the figure's names.
    reference
        The line.
    """

    def __init__(self, figure: Figure, *, has_legend: bool = True) -> None:
        super().__init__("step", figure.label)
        self._has_legend = has_legend
        self.overlay.corner = figure.corner
        self.set_log(y=True)
        self.figure = figure
        self.reference = self.add(curve_item(0))
        self.curves: list[pg.PlotCurveItem] = [self.add(curve_item(1)) for _ in figure.names]
        self._colors: Sequence[str] = ()
        self._legend = LegendPlace(self.overlay)
        self._extent, self._span = Extent(), Span(is_log=True)
        self.cursor_moved.connect(self.show_readout)

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        super().restyle(theme, font)
        self._colors = layer_colors(len(self.curves), theme)
        for curve, color in zip(self.curves, self._colors, strict=True):
            style_curve(curve, color)
        self.reference.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DashLine))

    def show_figure(self, figure: Figure, last_step: int) -> None:
        """Draw a figure with the same curves."""
        self.figure = figure
        logarithms = masked_log10(figure.values)
        for curve, y in zip(self.curves, logarithms.T, strict=True):
            curve.setData(figure.steps, y)
        known = logarithms[np.isfinite(logarithms)]
        if figure.reference_values is not None:
            line = masked_log10(figure.reference_values)
            self.reference.setData(figure.steps, line)
            known = np.concatenate([known, line[np.isfinite(line)]])
        y_range = self._span.fit(float(known.min()), float(known.max())) if len(known) else None
        self.show_range(x=self._extent.fit(max(last_step, 1)), y=y_range)
        self.show_readout()
        self._legend.look((*self.curves, self.reference), is_still=False)

    @Slot()
    def show_readout(self) -> None:
        """Name the curves, and their values under the cursor."""
        overlay, figure, row = self.overlay, self.figure, None
        if self.cursor is not None and len(figure.steps):
            row = int(np.abs(figure.steps - self.cursor.x()).argmin())
        if row is None and not self._has_legend:
            overlay.heading, overlay.rows, overlay.ramp = "", (), ()
            overlay.update()
            return
        few = len(figure.names) <= MOST_ROWS
        overlay.heading = "" if row is None else f"step {count(figure.steps[row])}"
        overlay.ramp = () if few or row is not None else self._colors
        overlay.ramp_ends = (figure.names[0], figure.names[-1])
        rows = [
            Row(color, name, "" if row is None else number(float(figure.values[row, index]), 3))
            for index, (name, color) in enumerate(zip(figure.names, self._colors, strict=True))
            if few or row is not None
        ]
        if figure.reference:
            rows.append(Row(current_theme().muted, figure.reference, "", "dashes"))
        overlay.rows = rows
        overlay.update()
