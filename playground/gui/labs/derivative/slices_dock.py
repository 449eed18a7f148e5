"""The partial slices: the surface cut through the point along x and along y."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Slot

from playground.calculus.plane import Slice
from playground.gui.labs.derivative.curve_plot import CurvePlot
from playground.gui.labs.derivative.drawing import drawable
from playground.gui.labs.derivative.plane_dock import PlaneDock
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.curves import curve_item
from playground.gui.plots.formats import number
from playground.gui.plots.overlay import Row
from playground.gui.theme import Theme, current_theme, scaled

SAMPLES_PER_PIXEL = 1.5


class SlicesDock(CanvasDock):
    """f(x, y₀) above f(x₀, y), each with its tangent and the Taylor polynomial.

    Parameters
    ----------
    study
        The function and the point.
    plane
        The map whose part in sight is cut, and whose Taylor polynomial is drawn.
    """

    def __init__(self, study: Study, plane: PlaneDock) -> None:
        super().__init__("derivative_slices", "Partial slices")
        self.study, self.plane = study, plane
        self.slices: list[Slice] = []
        self.curve_plots = [CurvePlot(f"f along {name}", is_lowest=True) for name in "xy"]
        self.tangents, self.polynomials = [], []
        for axis, plot in enumerate(self.curve_plots):
            plot.x_axis.set_caption("xy"[axis])
            self.canvas.add_plot(plot, axis)
            self.tangents.append(plot.add(curve_item(20)))
            self.polynomials.append(plot.add(curve_item(15)))
            plot.point_moved.connect(self._mover("xy"[axis]))
            plot.view.setMouseEnabled(x=False)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        plane.plot.view.sigRangeChanged.connect(self._on_range_changed)
        plane.taylor_changed.connect(self.refresh)
        study.changed.connect(self._on_changed)
        self.restyle(current_theme())

    @Slot()
    def refresh(self) -> None:
        """Cut again, if somebody can see it."""
        if not self.is_shown:
            return
        extent = self.plane.extent()
        local = self.study.local
        self.slices = []
        for axis, plot in enumerate(self.curve_plots):
            low, high = extent[2 * axis : 2 * axis + 2]
            n = max(int(plot.view.width() * SAMPLES_PER_PIXEL), 150)
            cut = self.study.plane.slice(local.point, axis, np.linspace(low, high, n))
            self.slices.append(cut)
            plot.view.setXRange(low, high, padding=0)
            plot.show_curve(cut.positions, cut.values)
            plot.show_point(float(local.point[axis]), local.value)
            self._draw_lines(axis, cut)

    def _draw_lines(self, axis: int, cut: Slice) -> None:
        plot, local, order = self.curve_plots[axis], self.study.local, self.plane.order
        y_range = tuple(plot.view.state["viewRange"][1])
        self.tangents[axis].setData(cut.positions, drawable(cut.tangent, y_range))
        point = [np.full_like(cut.positions, c) for c in local.point]
        point[axis] = cut.positions
        x, y = point
        taylor = np.asarray(local.taylor(x, y, order), np.float64)
        polynomial = self.polynomials[axis]
        polynomial.setVisible(order == 2)
        polynomial.setData(cut.positions, drawable(taylor, y_range))
        theme, name = current_theme(), "xy"[axis]
        slope = number(float(local.gradient[axis]), 5)
        rows = [Row(theme.series[1], f"slope ∂f/∂{name}", slope, "dashes")]
        if order == 2:
            rows.append(Row(theme.series[3], "Taylor, order 2"))
        plot.overlay.rows = rows
        plot.overlay.update()

    def _mover(self, name: str) -> Callable[[float], None]:
        def move(value: float) -> None:
            self.study.set(**{name: value})

        return move

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""
        for plot, tangent, polynomial in zip(
            self.curve_plots, self.tangents, self.polynomials, strict=True
        ):
            plot.style(theme.text)
            width = scaled(2)
            tangent.setPen(pg.mkPen(theme.series[1], width=width, style=Qt.PenStyle.DashLine))
            polynomial.setPen(pg.mkPen(theme.series[3], width=width))

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"surface", "x", "y"}:
            self.refresh()

    @Slot()
    def _on_range_changed(self) -> None:
        self._soon.start()
