"""A fitted curve over one column, with the data, the truth and the exact least-squares solution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from playground.data.features import Features
from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import curve_item
from playground.gui.plots.formats import number
from playground.gui.plots.legend import parted
from playground.gui.plots.overlay import Row
from playground.gui.plots.picture import Picture
from playground.gui.plots.ranges import Span
from playground.gui.run import Run
from playground.gui.theme import Theme, current_theme, scaled
from playground.models.mlp import MultilayerPerceptron
from playground.tasks import Task
from playground.training.experiment import Experiment
from playground.training.views import CurveView

Floats = NDArray[np.float64]


class CurvePicture(Picture):
    """Points and curves; for a linear model the formulas of fit and exact solution."""

    def __init__(self, canvas: Canvas, run: Run) -> None:
        super().__init__(canvas, run)
        table = run.prepared.table
        self.plot = canvas.add_plot(Plot(table.feature_names[0], table.target_name), 0)
        self.plot.overlay.corner = "top left"
        self._is_linear = is_linear(run.experiment) and table.task is Task.REGRESSION
        self.truth = self.plot.add(curve_item())
        self.validation = self.plot.add(pg.ScatterPlotItem())
        self.train = self.plot.add(pg.ScatterPlotItem())
        self.fit = self.plot.add(curve_item())
        # Dashes on top: where both lines meet, both are seen.
        self.exact = self.plot.add(curve_item())
        self._coefficients = self._least_squares() if self._is_linear else None
        self._has_truth = False
        self._span = Span()
        self._view: CurveView | None = None
        self.plot.cursor_moved.connect(self._show_readout)
        self.restyle(current_theme())

    def _design(self, columns: Floats) -> Floats:
        """Return the model's features in their own units, and ones for the bias."""
        features: Features = self.run.experiment.features
        acts = features.act_on(self.run.prepared.table)
        terms = features.apply(columns) if acts else columns
        return np.column_stack([terms, np.ones(len(columns))])

    def _least_squares(self) -> Floats:
        table, rows = self.run.prepared.table, self.run.prepared.train.rows
        return solved(self._design(table.inputs[rows]), table.targets[rows])

    def show(self, view: CurveView) -> None:
        """Draw the fitted curve."""
        is_first, self._view = self._view is None, view
        if is_first:
            self._show_fixed(view.x)
        self.fit.setData(view.x, np.where(np.isfinite(view.y), view.y, np.nan))
        targets = self.run.prepared.table.targets
        self.plot.show_range(
            x=(float(view.x[0]), float(view.x[-1])),
            # The data decide, so that a fit that runs away does not shrink them.
            y=self._span.fit(*_widened(float(targets.min()), float(targets.max()))),
        )
        self._show_readout()
        if is_first:
            table = self.run.prepared.table
            points = np.column_stack([table.inputs[:, 0], targets])
            overlay = self.plot.overlay
            overlay.take_corner(parted(points[:, None]), np.ones(2 * len(points)))

    def _show_fixed(self, x: Floats) -> None:
        table = self.run.prepared.table
        if table.formula is not None:
            self.truth.setData(x, table.formula(x[:, None]))
            self._has_truth = True
        if self._coefficients is not None:
            self.exact.setData(x, self._design(x[:, None]) @ self._coefficients)

    def _show_readout(self) -> None:
        view, theme, overlay = self._view, current_theme(), self.plot.overlay
        if view is None:
            return
        cursor = self.plot.cursor
        x = None if cursor is None else cursor.x()
        overlay.heading = "" if x is None else f"{self.run.prepared.table.feature_names[0]} = "
        overlay.heading += "" if x is None else number(x, 3)
        rows = [Row(theme.text, f"model{self._formula(view)}", _at(self.fit, x))]
        if self._coefficients is not None:
            formula = "  " + written(self._coefficients, self._names(), self._target())
            rows.append(Row(theme.success, f"least squares{formula}", _at(self.exact, x), "dashes"))
        if self._has_truth:
            rows.append(Row(theme.muted, "true function", _at(self.truth, x), "dashes"))
        rows.append(Row(theme.train, "training", swatch="dot"))
        if len(self.run.prepared.validation):
            rows.append(Row(theme.validation, "validation", swatch="ring"))
        overlay.rows = rows
        overlay.update()

    def _formula(self, view: CurveView) -> str:
        """Return the linear model's own formula, recovered from its curve."""
        if self._coefficients is None or not np.isfinite(view.y).all():
            return ""
        coefficients = solved(self._design(view.x[:, None]), view.y)
        return "  " + written(coefficients, self._names(), self._target())

    def _names(self) -> Sequence[str]:
        return self.run.prepared.feature_names

    def _target(self) -> str:
        return self.run.prepared.table.target_name

    def restyle(self, theme: Theme) -> None:
        """Give points and curves a theme's colours."""
        prepared, size = self.run.prepared, scaled(8)
        self.truth.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DashLine))
        self.exact.setPen(pg.mkPen(theme.success, width=2, dash=[4, 3]))
        self.fit.setPen(pg.mkPen(theme.text, width=2))
        outline = pg.mkPen(theme.plot_background, width=1)
        for item, part, pen, brush in (
            (self.train, prepared.train, outline, pg.mkBrush(theme.train)),
            (
                self.validation,
                prepared.validation,
                pg.mkPen(theme.validation, width=2),
                pg.mkBrush(theme.plot_background),
            ),
        ):
            x, y = prepared.table.inputs[part.rows, 0], prepared.table.targets[part.rows]
            item.setData(x, y, size=size, pen=pen, brush=brush)


def is_linear(experiment: Experiment) -> bool:
    """Return whether the model is linear in its features."""
    model = experiment.model
    if not isinstance(model, MultilayerPerceptron):
        return False
    names = [layer.activation for layer in model.hidden]
    return all(name == "linear" for name in (*names, model.output_activation))


def solved(design: Floats, targets: NDArray[Any]) -> Floats:
    """Return the coefficients with the least sum of squared residuals."""
    return np.asarray(np.linalg.lstsq(design, targets, rcond=None)[0], np.float64)


def written(coefficients: Floats, names: Sequence[str], target: str) -> str:
    """Return ``y = 1.9 x₁ − 0.1`` for coefficients with the bias last."""
    text = ""
    for value, name in zip(coefficients, (*names, ""), strict=True):
        sign = "−" if value < 0 else "+"
        text += f" {sign} {number(abs(float(value)), 4)} {name}".rstrip()
    return f"{target} = {text.removeprefix(' + ').strip()}"


def _widened(low: float, high: float) -> tuple[float, float]:
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def _at(curve: pg.PlotCurveItem, x: float | None) -> str:
    if x is None:
        return ""
    return number(float(np.interp(x, curve.xData, curve.yData)), 4)
