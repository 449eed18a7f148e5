"""Predicted against true targets of a tabular regression."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import curve_item
from playground.gui.plots.formats import count, number
from playground.gui.plots.overlay import Row
from playground.gui.plots.picture import Picture
from playground.gui.plots.ranges import Span
from playground.gui.run import Run
from playground.gui.theme import Theme, current_theme, scaled
from playground.training.views import ScatterView


class ScatterPicture(Picture):
    """A point for each row; on the diagonal the prediction is right."""

    def __init__(self, canvas: Canvas, run: Run) -> None:
        super().__init__(canvas, run)
        name = run.prepared.table.target_name
        self.plot = canvas.add_plot(Plot(f"true {name}", f"predicted {name}"), 0)
        self.plot.overlay.corner = "top left"
        self.diagonal = self.plot.add(curve_item())
        self.points = self.plot.add(pg.ScatterPlotItem())
        self._span = Span()
        self._view: ScatterView | None = None
        self.plot.cursor_moved.connect(self._show_readout)
        self.restyle(current_theme())

    def show(self, view: ScatterView) -> None:
        """Draw the predictions."""
        self._view = view
        self.points.setData(view.true, view.predicted)
        # The true values decide on the axes, so that wild predictions do not shrink the picture.
        shown = self._span.fit(float(view.true.min()), float(view.true.max()))
        self.diagonal.setData(np.array(shown), np.array(shown))
        self.plot.show_range(x=shown, y=shown)
        self._show_readout()

    def _show_readout(self) -> None:
        view = self._view
        if view is None:
            return
        residuals = view.predicted - view.true
        rmse = float(np.sqrt(np.mean(residuals**2)))
        spread = float(np.sum((view.true - view.true.mean()) ** 2))
        r2 = 1.0 - float(np.sum(residuals**2)) / spread if spread > 0 else float("nan")
        overlay = self.plot.overlay
        overlay.cursor = None
        overlay.heading = f"{view.part} · {count(len(view.true))} rows"
        overlay.rows = [
            Row("", "R²", f"{r2:.3f}".replace("-", "−"), "none"),
            Row("", "RMSE", number(rmse), "none"),
        ]
        if self.plot.cursor is not None and len(view.true):
            overlay.rows += [Row("", "nearest point", self._nearest(view), "none")]
        overlay.update()

    def _nearest(self, view: ScatterView) -> str:
        assert self.plot.cursor is not None
        x, y = self.plot.cursor.x(), self.plot.cursor.y()
        i = int(np.argmin((view.true - x) ** 2 + (view.predicted - y) ** 2))
        return f"{number(view.true[i], 3)} → {number(view.predicted[i], 3)}"

    def restyle(self, theme: Theme) -> None:
        """Give the points a theme's colours."""
        self.diagonal.setPen(pg.mkPen(theme.muted, width=1))
        self.points.setSize(scaled(7))
        self.points.setBrush(pg.mkBrush(theme.validation if self._is_validation else theme.train))
        self.points.setPen(pg.mkPen(theme.plot_background, width=1))

    @property
    def _is_validation(self) -> bool:
        return len(self.run.prepared.validation) > 0
