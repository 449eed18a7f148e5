"""The error of difference quotients against the step: too large, too small, and best."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Slot

from playground.calculus.methods import ErrorCurve
from playground.gui.labs.derivative.drawing import Floats, Spot, Spots
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.canvas import Plot
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import number
from playground.gui.plots.nudging import NudgedCanvas
from playground.gui.plots.overlay import Row
from playground.gui.theme import Theme, current_theme, scaled

DECADES = (-16.2, 0.2)
LOWEST = -20.0
"""Errors below 10 to this, none among them, are drawn there."""


class ErrorDock(CanvasDock):
    """A curve a method, with what theory says of its two branches, and h as a line to drag."""

    def __init__(self, study: Study) -> None:
        self.nudged_canvas = NudgedCanvas()
        super().__init__("derivative_errors", "Error against h", self.nudged_canvas)
        self.study = study
        self.plot = self.canvas.add_plot(Plot("step h", "error of f\u200a′(a)"), 0)
        self.plot.set_log(x=True, y=True)
        self.plot.overlay.corner = "top right"
        self.curves: tuple[ErrorCurve, ...] = ()
        self.lines: list[pg.PlotCurveItem] = []
        self.theory: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem]] = []
        self.best = Spots(self.plot.view)
        self.h_line = self.plot.add(pg.InfiniteLine(angle=90, movable=True))
        self.h_line.setCursor(Qt.CursorShape.SizeHorCursor)
        self.h_line.sigPositionChanged.connect(self._on_dragged)
        self.shows_theory = self.header.add_toggle(
            "theory",
            "Truncation falls with h, rounding rises as h falls (dashed)",
            self._on_theory,
            on=True,
        )
        self.nudged_canvas.nudged.connect(self._on_nudged)
        study.changed.connect(self._on_changed)
        self.restyle(current_theme())

    def show_curves(self, curves: tuple[ErrorCurve, ...]) -> None:
        """Draw the errors at a point."""
        self.curves = curves
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draw everything again, if somebody can see it."""
        if not self.is_shown:
            return
        message = "" if self.curves else "There is no derivative at a to compare with."
        self.plot.show_message(message)
        self._fit()
        self._draw()
        self._show_h()

    def _fit(self) -> None:
        known = [_logged(curve.error) for curve in self.curves]
        highest = max((float(np.nanmax(y, initial=-16.0)) for y in known), default=0.0)
        lowest = min((float(np.nanmin(y, initial=0.0)) for y in known), default=-16.0)
        self.plot.show_range(x=DECADES, y=(max(lowest, LOWEST) - 0.7, min(highest, 12.0) + 1.0))

    def _draw(self) -> None:
        self._make_lines(len(self.curves))
        spots, rows = [], []
        is_on = self.shows_theory.isChecked()
        for curve, color, line, theory in zip(
            self.curves, self._colors(), self.lines, self.theory, strict=False
        ):
            x = np.log10(curve.h)
            line.setData(x, _logged(curve.error))
            style_curve(line, color, width=scaled(2))
            for item, branch in zip(theory, (curve.truncation, curve.rounding), strict=True):
                item.setVisible(is_on)
                item.setData(x, _branch(branch))
                item.setPen(pg.mkPen(color, width=1, style=Qt.PenStyle.DashLine))
            best = best_h(curve)
            rows.append(Row(color, curve.method, f"best h ≈ {number(best, 2)}"))
            height = float(np.interp(-math.log10(best), -x, _logged(curve.error)))
            spots.append(Spot(math.log10(best), height, "down", color, f"h ≈ {number(best, 1)}"))
        self.best.show_spots(spots)
        self.plot.overlay.rows = rows
        self.plot.overlay.update()

    def _make_lines(self, count: int) -> None:
        while len(self.lines) < count:
            self.theory.append((self.plot.add(curve_item(5)), self.plot.add(curve_item(5))))
            self.lines.append(self.plot.add(curve_item(10)))
        for line, theory in list(zip(self.lines, self.theory, strict=True))[count:]:
            for item in (line, *theory):
                item.setData([], [])

    def _show_h(self) -> None:
        with QSignalBlocker(self.h_line):
            self.h_line.setValue(math.log10(self.study.situation.step))

    @staticmethod
    def _colors() -> Sequence[str]:
        return current_theme().series

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""
        self.best.font = self.canvas.plot_font()
        self.h_line.setPen(pg.mkPen(theme.muted, width=2))
        self.h_line.setHoverPen(pg.mkPen(theme.accent, width=3))

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if self.is_shown and "step" in names:
            self._show_h()

    def _on_theory(self, on: bool) -> None:
        self.refresh()

    @Slot()
    def _on_dragged(self) -> None:
        self._set_exponent(float(self.h_line.value()))

    @Slot(int, int, bool)
    def _on_nudged(self, right: int, up: int, is_large: bool) -> None:
        share = 1.0 if is_large else 0.1
        self._set_exponent(math.log10(self.study.situation.step) + right * share)

    def _set_exponent(self, exponent: float) -> None:
        self.study.set(step=float(f"{10.0 ** min(max(exponent, -16.0), 0.0):.3g}"))
        self._show_h()


def best_h(curve: ErrorCurve) -> float:
    """Return where truncation and rounding balance; where theory is silent, the least error.

    The least error itself is often a lucky zero far from there.
    """
    known = curve.optimum_h
    return float(curve.best_h if math.isnan(known) else np.clip(known, 1e-16, 1.0))


def _logged(error: Floats) -> Floats:
    """Return decimal logarithms; what is less than the lowest is drawn there, NaN is a gap."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(np.log10(error), LOWEST)


def _branch(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(values)
    return np.where((logs > LOWEST - 5) & (logs < 20), logs, np.nan)
