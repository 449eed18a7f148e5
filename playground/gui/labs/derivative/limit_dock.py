"""The limit: f with a secant that turns into the tangent, f′ and f″ below on the same axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot

from playground.gui.labs.derivative.curve_plot import CurvePlot
from playground.gui.labs.derivative.drawing import Spot, drawable
from playground.gui.labs.derivative.features import (
    bands_of,
    direction_color,
    poles_of,
    spots_of,
)
from playground.gui.labs.derivative.study import ROUGH, Study
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.curves import curve_item
from playground.gui.plots.formats import number
from playground.gui.plots.nudging import NudgedCanvas
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Range
from playground.gui.theme import Theme, current_theme, scaled

SAMPLES_PER_PIXEL = 1.5
NUDGE, LARGE_NUDGE = 0.0025, 0.025
"""Share of the width in sight by which an arrow key moves the point."""

_HEIGHTS = (52, 24, 24)
"""Of the three plots, in percent."""


class LimitDock(CanvasDock):
    """f, f′ and f″ above each other; point, secant and tangent on f."""

    def __init__(self, study: Study) -> None:
        self.nudged_canvas = NudgedCanvas()
        super().__init__("derivative_limit", "Function and slope", self.nudged_canvas)
        self.study = study
        captions = ("f(x)", "f\u200a′(x)", "f\u200a″(x)")
        self.f, self.first, self.second = self.curve_plots = tuple(
            CurvePlot(caption, is_lowest=row == 2) for row, caption in enumerate(captions)
        )
        for row, plot in enumerate(self.curve_plots):
            self.canvas.add_plot(plot, row)
            self.canvas.ci.layout.setRowStretchFactor(row, _HEIGHTS[row])
            plot.point_moved.connect(self._on_point_moved)
            plot.following_changed.connect(self._on_following)
        self._add_items()
        self._add_controls()
        self.first.view.setXLink(self.f.view)
        self.second.view.setXLink(self.f.view)
        self._go_home()
        self._redraw_soon = QTimer(self, singleShot=True, interval=0)
        self._redraw_soon.timeout.connect(self.refresh)
        self.f.view.sigXRangeChanged.connect(self._on_range_changed)
        self.f.view.sigResized.connect(self._on_range_changed)
        self.nudged_canvas.nudged.connect(self._on_nudged)
        study.changed.connect(self._on_changed)
        self.restyle(current_theme())

    def _add_items(self) -> None:
        self.tangent = self.f.add(curve_item(20))
        self.secant = self.f.add(curve_item(21))
        self.rise = self.f.add(curve_item(19))
        self.far_end = self.f.add(
            pg.TargetItem(movable=True, symbol="o", size=scaled(11), label=None)
        )
        self.far_end.setZValue(80)
        self.far_end.setCursor(Qt.CursorShape.SizeHorCursor)
        self.far_end.sigPositionChanged.connect(self._on_far_end_dragged)
        self.quotient = self.first.add(pg.ScatterPlotItem(pxMode=True, symbol="d"))
        self.quotient.setZValue(80)

    def _add_controls(self) -> None:
        add = self.header.add_toggle
        self.shows: Mapping[str, Any] = {
            "secant": add("secant", "Through (a, f(a)) and (a+h, f(a+h))", self._on_shows, on=True),
            "tangent": add("tangent", "With the slope f′(a)", self._on_shows, on=True),
            "signs": add("signs", "Tint where f rises and falls", self._on_shows, on=True),
            "marks": add(
                "marks", "Mark extrema, inflections, kinks and jumps", self._on_shows, on=True
            ),
        }

    # --- what is drawn -------------------------------------------------------------------------

    @property
    def x_range(self) -> Range:
        """What is in sight of the horizontal axis."""
        low, high = self.f.view.state["viewRange"][0]
        return float(low), float(high)

    @Slot()
    def refresh(self) -> None:
        """Draw everything again, if somebody can see it."""
        if self.is_shown:
            self._draw_curves()
            self._draw_point()
            self.study.look_at(*self.x_range)

    def _draw_curves(self) -> None:
        low, high = self.x_range
        n = max(int(self.f.view.width() * SAMPLES_PER_PIXEL), 200)
        x = np.linspace(low, high, n)
        samples = [np.broadcast_to(np.asarray(y, float), x.shape) for y in self.study.slopes(x)]
        for plot, y, breaks in zip(self.curve_plots, samples, self._breaks(), strict=True):
            plot.show_curve(x, y, breaks)
        self._draw_marks()

    def _breaks(self) -> tuple[list[float], ...]:
        """Return where f, f′ and f″ are not connected."""
        analysis = self.study.analysis
        if analysis is None:
            return [], [], []
        rough = [f.at for f in analysis.of_kind(*ROUGH)]
        return [f.at for f in analysis.of_kind("jump", "pole")], rough, rough

    def _draw_marks(self) -> None:
        analysis = self.study.analysis
        bands = bands_of(analysis) if analysis and self.shows["signs"].isChecked() else []
        marks: tuple[list[Spot], ...] = ([], [], [])
        poles: list[float] = []
        if analysis and self.shows["marks"].isChecked():
            marks, poles = spots_of(analysis), poles_of(analysis)
        for plot, spots in zip(self.curve_plots, marks, strict=True):
            plot.show_marks(bands, poles, spots)

    def _draw_point(self) -> None:
        secant = self.study.secant
        f, *slopes = secant.at_point
        if self.study.corner is not None:
            slopes = [math.nan, math.nan]
        for plot, y in zip(self.curve_plots, (f, *slopes), strict=True):
            plot.show_point(secant.a, y)
        self._draw_lines()
        self._draw_legend()

    def _draw_lines(self) -> None:
        secant = self.study.secant
        fa, slope, _ = secant.at_point
        ends = np.array(self.x_range)
        y_range = tuple(self.f.view.state["viewRange"][1])
        shows = {name: action.isChecked() for name, action in self.shows.items()}
        left, right = self._tangents(slope)
        for item, is_on, slopes in (
            (self.tangent, shows["tangent"], (left, right)),
            (self.secant, shows["secant"], (secant.slope, secant.slope)),
        ):
            item.setVisible(bool(is_on and np.isfinite(sum(slopes) + fa)))
            if item.isVisible():
                x = np.array([ends[0], secant.a, ends[1]])
                rises = np.array([slopes[0], 0.0, slopes[1]]) * (x - secant.a)
                item.setData(x, drawable(fa + rises, y_range))
        is_on = bool(shows["secant"] and np.isfinite(secant.fb + fa))
        for item in (self.rise, self.far_end):
            item.setVisible(is_on)
        self.quotient.setVisible(is_on and bool(np.isfinite(secant.slope)))
        if is_on:
            corner = drawable(np.array([fa, fa, secant.fb]), y_range)
            self.rise.setData(np.array([secant.a, secant.b, secant.b]), corner)
            with QSignalBlocker(self.far_end):
                self.far_end.setPos(secant.b, secant.fb)
            self.quotient.setData([secant.a], [secant.slope])

    def _tangents(self, slope: float) -> tuple[float, float]:
        """Return the slopes of the tangent on both sides of the point; NaN where there is none."""
        corner = self.study.corner
        if corner is None:
            return slope, slope
        return (corner.left, corner.right) if corner.kind == "kink" else (math.nan, math.nan)

    def _draw_legend(self) -> None:
        secant, colors = self.study.secant, self._colors()
        _, slope, second = secant.at_point
        if self.study.corner is not None:
            slope = second = np.nan
        rows = [Row(colors["f"], "f")]
        if self.shows["secant"].isChecked():
            rows.append(Row(colors["secant"], "secant", shown(secant.slope)))
        if self.shows["tangent"].isChecked():
            rows.append(Row(colors["tangent"], "tangent", shown(slope), "dashes"))
        if self.shows["signs"].isChecked():
            rows.append(Row(direction_color("rising"), "rising", swatch="dot"))
            rows.append(Row(direction_color("falling"), "falling", swatch="dot"))
        self.f.overlay.rows = rows
        self.first.overlay.rows = [Row(colors["first"], "f\u200a′(a)", shown(slope))]
        self.second.overlay.rows = [Row(colors["second"], "f\u200a″(a)", shown(second))]
        for plot in self.curve_plots:
            plot.overlay.update()

    @staticmethod
    def _colors() -> dict[str, str]:
        theme = current_theme()
        blue, orange, green, pink = theme.series[:4]
        return {
            "f": theme.text,
            "secant": orange,
            "tangent": blue,
            "first": blue,
            "second": green,
            "mark": pink,
        }

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""
        colors = self._colors()
        for plot, name in zip(self.curve_plots, ("f", "first", "second"), strict=True):
            plot.style(colors[name])
        width = scaled(2)
        self.tangent.setPen(pg.mkPen(colors["tangent"], width=width, style=Qt.PenStyle.DashLine))
        self.secant.setPen(pg.mkPen(colors["secant"], width=width))
        self.rise.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DotLine))
        self.far_end.setPen(pg.mkPen(colors["secant"], width=2))
        self.far_end.setHoverPen(pg.mkPen(theme.accent, width=3))
        self.far_end.setBrush(pg.mkBrush(theme.plot_background))
        self.far_end.setHoverBrush(pg.mkBrush(theme.accent_soft))
        self.quotient.setPen(pg.mkPen(theme.plot_background, width=1))
        self.quotient.setBrush(pg.mkBrush(colors["secant"]))
        self.quotient.setSize(scaled(11))

    # --- what happens --------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"low", "high"}:
            self.autoscale()
        if not self.is_shown:
            return
        if "formula" in names:
            self.refresh()
        elif "analysis" in names:
            self._draw_curves()
            self._draw_point()
        elif names & {"point", "step", "from_left"}:
            self._draw_point()

    @Slot()
    def _on_range_changed(self) -> None:
        self._redraw_soon.start()

    @Slot(bool)
    def _on_following(self, following: bool) -> None:
        """Draw again on axes that follow."""
        if following:
            self._redraw_soon.start()

    def _go_home(self) -> None:
        situation = self.study.situation
        self.f.view.setXRange(situation.low, situation.high, padding=0)

    @Slot()
    def autoscale(self) -> None:
        """Show the usual part of the axis."""
        self._go_home()
        super().autoscale()

    def _on_shows(self, on: bool) -> None:
        self.refresh()

    @Slot(float)
    def _on_point_moved(self, x: float) -> None:
        self.study.set(point=x)

    @Slot()
    def _on_far_end_dragged(self) -> None:
        self.study.set_far_end(float(self.far_end.pos().x()))
        self._draw_lines()

    @Slot(int, int, bool)
    def _on_nudged(self, right: int, up: int, is_large: bool) -> None:
        low, high = self.x_range
        share = LARGE_NUDGE if is_large else NUDGE
        self.study.set(point=self.study.situation.point + right * share * (high - low))


def shown(value: float) -> str:
    """Return a number for a legend, a dash where there is none."""
    return "–" if np.isnan(value) else number(value, 6)
