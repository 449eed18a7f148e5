"""Curves of the compared optimizers, and their final losses against the swept setting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QColor, QPainter

from playground.comparison.bands import AXES, band
from playground.comparison.results import Floats, Results
from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import number
from playground.gui.plots.overlay import Row
from playground.gui.plots.sampling import masked_log10
from playground.gui.theme import Theme, current_theme, scaled

BAND_OPACITY = 46
MARGIN = 0.05


@dataclass
class _Shown:
    """One optimizer's items in a plot, and what they draw, as on a linear scale."""

    label: str
    color: int
    curve: pg.PlotCurveItem
    x: Floats
    mean: Floats
    edges: tuple[pg.PlotCurveItem, pg.PlotCurveItem]
    fill: pg.FillBetweenItem
    dots: pg.ScatterPlotItem


class _Chart:
    """A canvas with one plot: a line, a band and dots for each optimizer."""

    def __init__(self, x_label: str, y_label: str) -> None:
        self.canvas = Canvas()
        self.plot = self.canvas.add_plot(Plot(x_label, y_label), 0)
        self.shown: list[_Shown] = []
        self.is_log = {"x": False, "y": True}
        self.canvas.restyled.connect(self.restyle)
        self.canvas.autoscale_asked.connect(self.plot.follow)
        self.plot.cursor_moved.connect(self.show_legend)
        self.plot.following_changed.connect(self._on_following)
        self.plot.set_log(y=True)

    def set_log(self, axis: str, is_log: bool) -> None:
        """Let an axis count decimal logarithms; whoever calls draws again."""
        self.is_log[axis] = is_log
        self.plot.set_log(**{axis: is_log})
        self.plot.follow()

    def scale(self, axis: str, values: Floats) -> Floats:
        """Return values as the axis counts them."""
        return masked_log10(values) if self.is_log[axis] else values

    def clear(self) -> None:
        """Take everything out of the plot."""
        for s in self.shown:
            for item in (s.curve, s.fill, *s.edges, s.dots):
                self.plot.view.removeItem(item)
        self.shown = []

    def add(
        self, label: str, color: int, x: Floats, mean: Floats, low: Floats, high: Floats
    ) -> None:
        """Draw one optimizer."""
        edges = curve_item(0), curve_item(0)
        fill = pg.FillBetweenItem(*edges)
        s = _Shown(label, color, curve_item(2), x, mean, edges, fill, pg.ScatterPlotItem())
        for item in (*edges, fill, s.curve, s.dots):
            self.plot.add(item)
        x_shown = self.scale("x", x)
        s.curve.setData(x_shown, self.scale("y", mean))
        bottom, top = self.scale("y", low), self.scale("y", high)
        known = np.isfinite(x_shown) & np.isfinite(bottom) & np.isfinite(top)
        for edge, values in zip(edges, (bottom, top), strict=True):
            edge.setData(x_shown[known], values[known])
            edge.setPen(None)
        self.shown.append(s)

    def fit(self) -> None:
        """Move the axes to what is drawn."""
        ranges = {}
        for name in ("x", "y"):
            parts = [
                item.xData if name == "x" else item.yData
                for s in self.shown
                for item in (s.curve, *s.edges)
                if item.xData is not None
            ]
            values = np.concatenate(parts) if parts else np.empty(0)
            values = values[np.isfinite(values)]
            if len(values):
                low, high = float(values.min()), float(values.max())
                gap = MARGIN * (high - low or 1.0)
                ranges[name] = (low - gap, high + gap)
        self.plot.show_range(**ranges)

    @Slot(object)
    def restyle(self, theme: Theme) -> None:
        """Take on a theme's colours."""
        for s in self.shown:
            color = series_color(theme, s.color)
            style_curve(s.curve, color, 1.0, 2)
            soft = QColor(color)
            soft.setAlpha(BAND_OPACITY)
            s.fill.setBrush(pg.mkBrush(soft))
            s.dots.setBrush(pg.mkBrush(color))
            s.dots.setPen(pg.mkPen(theme.plot_background, width=1))
            s.dots.setZValue(3)
        self.show_legend()

    @Slot()
    def show_legend(self) -> None:
        """Name the optimizers, under the cursor with their values."""
        theme, cursor, overlay = current_theme(), self.plot.cursor, self.plot.overlay
        overlay.heading = "" if cursor is None else self._heading(cursor.x())
        overlay.rows = [
            Row(
                series_color(theme, s.color),
                s.label,
                "" if cursor is None else self._value(s, cursor.x()),
            )
            for s in self.shown
        ]
        overlay.update()

    def _heading(self, x: float) -> str:
        return f"{self.plot.x_axis.labelText} {number(10.0**x if self.is_log['x'] else x, 4)}"

    def _value(self, s: _Shown, x: float) -> str:
        place = 10.0**x if self.is_log["x"] else x
        known = np.isfinite(s.mean)
        if not known.any() or not s.x[known][0] <= place <= s.x[known][-1]:
            return "–"
        return number(float(np.interp(place, s.x[known], s.mean[known])), 4)

    def paint(self, painter: QPainter) -> None:
        """Paint what is seen into a picture."""
        everything = QRectF(self.canvas.rect())
        self.canvas.render(painter, everything, self.canvas.viewport().rect())

    @Slot(bool)
    def _on_following(self, following: bool) -> None:
        if following:
            self.fit()


class CurvesChart(_Chart):
    """Mean losses over the seeds, each optimizer with its best value of the swept setting."""

    def __init__(self) -> None:
        super().__init__("step", "loss")
        self.axis = "step"

    def show_axis(self, axis: str) -> None:
        """Draw against steps, evaluations or seconds from the next drawing on."""
        self.axis = axis
        self.plot.x_axis.set_caption(AXES[axis])
        self.plot.follow()

    def draw(self, results: Results) -> None:
        """Draw what is known."""
        self.clear()
        best = results.best()
        for color, label in enumerate(results.comparison.labels):
            value = best[label].value if label in best else None
            made = band([c for _, c in results.runs(label, value)], self.axis)
            if made is not None:
                name = label if value is None else f"{label} · {number(value)}"
                self.add(name, color, made.x, made.mean, made.low, made.high)
        _caption(self.plot, results)
        self.plot.show_message("" if self.shown else "Curves appear when runs have ended.")
        self.restyle(current_theme())
        self.fit()


class SweepChart(_Chart):
    """Final losses against the swept setting, with the lowest one of each optimizer marked."""

    def __init__(self) -> None:
        super().__init__("learning rate", "final loss")

    def draw(self, results: Results) -> None:
        """Draw what is known."""
        self.clear()
        sweep = results.comparison.sweep
        rows = results.rows() if sweep else []
        for color, label in enumerate(results.comparison.labels):
            own = [r for r in rows if r.optimizer == label and r.value is not None and r.n_runs]
            if not own:
                continue
            x = np.array([float(r.value or 0.0) for r in own])
            mean, std = (np.array([getattr(r, f"final_{n}") for r in own]) for n in ("mean", "std"))
            # Below a mean that is no larger than its deviation a log axis has nothing.
            low = np.where(mean > std, mean - std, mean)
            self.add(label, color, x, mean, low, mean + std)
            best = np.array([r.is_best for r in own])
            self.shown[-1].dots.setData(self.scale("x", x[best]), self.scale("y", mean[best]))
            self.shown[-1].dots.setSize(scaled(9))
        if sweep:
            self.plot.x_axis.set_caption(sweep.setting.replace("_", " "))
        message = "Final losses appear when runs have ended." if sweep else "No setting is swept."
        self.plot.show_message("" if self.shown else message)
        self.restyle(current_theme())
        self.fit()


def series_color(theme: Theme, index: int) -> str:
    """Return the colour of the optimizer with this place in the comparison."""
    return theme.series[index % len(theme.series)]


def _caption(plot: Plot, results: Results) -> None:
    names = {c.loss_name for c in results.curves.values() if c.columns}
    if len(names) == 1:
        plot.y_axis.set_caption(names.pop().replace("_", " "))
