"""The learning rate over the run: what it was, what it will be, and points to drag."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import count, number
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Extent, next_nice
from playground.gui.theme import Theme, current_theme, scaled
from playground.optimizers.schedule import Rates
from playground.optimizers.schedules.drawn import Drawn, Point

N_SAMPLES = 600
MOST_PAST = 400
LEAST_END = 100
NEAR_PX = 9


class SchedulePlot(Canvas):
    """A small plot of a schedule.

    ``drawn`` carries the points of a schedule drawn by hand once a point was moved, added or
    taken away.

    Attributes
    ----------
    points
        Those points while they are edited, else the schedule's own, by their place.
    """

    drawn = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.plot = self.add_plot(Plot("step", "learning rate"), 0)
        self.plot.view.setMouseEnabled(x=False, y=False)
        self.ahead = self.plot.add(curve_item(1))
        self.past = self.plot.add(curve_item(2))
        self.present = self.plot.add(pg.ScatterPlotItem())
        self.handles = self.plot.add(pg.ScatterPlotItem())
        self.present.setZValue(4)
        self.handles.setZValue(3)
        self.points: list[Point] = []
        self._rates: Rates | None = None
        self._schedule: Any = None
        self._rate = 1.0
        self._step = 0
        self._held: int | None = None
        self._drawn_end = 0
        self._x, self._top = Extent(), 0.0
        self._tells_momentum = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.plot.cursor_moved.connect(self._show_readout)
        self.restyled.connect(self._style)
        self._style(current_theme())

    def sizeHint(self) -> QSize:
        return QSize(scaled(280), scaled(150))

    # --- what is shown --------------------------------------------------------------------------

    def show_schedule(
        self, rates: Rates, schedule: Any, rate: float, *, has_momentum: bool = False
    ) -> None:
        """Show a schedule of a learning rate; ``rates`` knows what evaluations have decided.

        The readout tells the momentum as well, where the optimizer has one and it is cycled.
        """
        self._rates, self._schedule, self._rate = rates, schedule, rate
        self._tells_momentum = has_momentum and schedule.cycles_momentum
        if self._held is None:
            given = schedule.points if isinstance(schedule, Drawn) else ()
            self.points = sorted(given, key=lambda point: point.at)
        self._draw()

    def show_present(
        self, step: int, rate: float | None, past: tuple[NDArray[Any], NDArray[Any]]
    ) -> None:
        """Show where the run stands and the rates that it has had, by step."""
        self._step = step
        steps, values = past
        every = -(-len(steps) // MOST_PAST) or 1
        self.past.setData(steps[::every].astype(np.float64), values[::every])
        self.present.setData([] if rate is None else [step], [] if rate is None else [rate])
        if self._schedule is not None and self._end() != self._drawn_end:
            self._draw()

    def _end(self) -> int:
        horizon = max(self._schedule.horizon(), LEAST_END)
        return max(horizon, round(1.1 * self._step))

    def _draw(self) -> None:
        if self._rates is None or self._schedule is None:
            return
        end = self._drawn_end = self._end()
        steps = np.unique(np.linspace(0, end, N_SAMPLES).astype(np.int64))
        schedule = self._schedule
        if isinstance(schedule, Drawn):
            schedule = schedule.model_copy(update={"points": tuple(self.points)})
            factors = schedule.factors(steps)
        else:
            factors = self._rates.factors(steps)
        if schedule.follows_evaluations:
            # Of the past, what evaluations have decided since then says nothing.
            factors[steps < self._step] = np.nan
        self.ahead.setData(steps.astype(np.float64), self._rate * factors)
        self._place_handles()
        self._fit(end, self._rate * float(np.nanmax(factors, initial=0.0)))
        self._show_readout()

    def _fit(self, end: int, highest: float) -> None:
        if self._held is not None:
            return  # the axes stand still under the hand
        past = self.past.yData
        if past is not None and len(past):
            highest = max(highest, float(past.max()))
        if highest > 0 and not 0.5 * self._top < 1.08 * highest <= self._top:
            self._top = next_nice(1.12 * highest)
        self.plot.show_range(x=self._x.fit(end), y=(0.0, self._top or 1.0))

    def _place_handles(self) -> None:
        x, y = (
            zip(*(self._place(point) for point in self.points), strict=True)
            if (self.points)
            else ((), ())
        )
        self.handles.setData(list(x), list(y))

    def _place(self, point: Point) -> tuple[float, float]:
        schedule = self._schedule
        return schedule.warmup_steps + point.at * schedule.steps, self._rate * point.factor

    def _point(self, x: float, y: float) -> Point:
        schedule = self._schedule
        at = (x - schedule.warmup_steps) / schedule.steps
        factor = max(y, 0.0) / self._rate
        # Three digits are what a hand can set.
        return Point(at=round(min(max(at, 0.0), 1.0), 3), factor=float(f"{factor:.3g}"))

    @Slot()
    def _show_readout(self) -> None:
        overlay, cursor = self.plot.overlay, self.plot.cursor
        overlay.heading, overlay.rows = "", ()
        if cursor is not None and self._rates is not None:
            step = max(round(cursor.x()), 0)
            known = self.ahead.xData
            rate = float(np.interp(step, known, self.ahead.yData)) if known is not None else 0.0
            overlay.heading = f"step {count(step)}"
            overlay.rows = [Row(current_theme().accent, "rate", number(rate, 3))]
            if self._tells_momentum:
                momentum = float(self._schedule.momentum(step))
                overlay.rows.append(Row(current_theme().accent, "momentum", number(momentum, 3)))
        overlay.update()

    @Slot(object)
    def _style(self, theme: Theme) -> None:
        style_curve(self.ahead, theme.accent, 0.55, 2)
        style_curve(self.past, theme.accent, 1.0, 2)
        self.present.setSize(scaled(8))
        self.present.setBrush(pg.mkBrush(theme.accent))
        self.present.setPen(pg.mkPen(theme.plot_background, width=1))
        self.handles.setSize(scaled(9))
        self.handles.setBrush(pg.mkBrush(theme.plot_background))
        self.handles.setPen(pg.mkPen(theme.accent, width=2))

    # --- drawing by hand ------------------------------------------------------------------------

    def _value(self, position: QPointF) -> tuple[float, float]:
        point = self.plot.view.mapSceneToView(self.mapToScene(position.toPoint()))
        return point.x(), point.y()

    def pixel(self, point: Point) -> QPointF:
        """Return where a point lies on this widget."""
        scene = self.plot.view.mapViewToScene(QPointF(*self._place(point)))
        return QPointF(self.mapFromScene(scene))

    def _under(self, position: QPointF) -> int | None:
        best, near = None, float(scaled(NEAR_PX))
        for index, point in enumerate(self.points):
            away = (self.pixel(point) - position).manhattanLength()
            if away <= near:
                best, near = index, away
        return best

    def mousePressEvent(self, event: Any) -> None:
        """Take hold of a point; the other button takes one away."""
        index = self._under(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = index
        elif index is not None and event.button() == Qt.MouseButton.RightButton:
            self._remove(index)
        event.accept()

    def mouseMoveEvent(self, event: Any) -> None:
        """Move the point that is held, between its neighbours."""
        if self._held is None:
            super().mouseMoveEvent(event)
            self._show_hand(event.position())
            return
        x, y = self._value(event.position())
        low, high = self.plot.view.state["viewRange"][1]
        moved = self._point(x, min(max(y, low), high))
        before = self.points[self._held - 1].at if self._held else 0.0
        after = self.points[self._held + 1].at if self._held + 1 < len(self.points) else 1.0
        at = min(max(moved.at, before), after)
        self.points[self._held] = moved.model_copy(update={"at": at})
        self._draw()

    def mouseReleaseEvent(self, event: Any) -> None:
        """Let go, and say what was drawn: one drag is one change."""
        if self._held is not None:
            self._held = None
            self._tell()
        event.accept()

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Add a point, or take the one below away."""
        if not isinstance(self._schedule, Drawn):
            return
        index = self._under(event.position())
        if index is not None:
            self._remove(index)
            return
        new = self._point(*self._value(event.position()))
        self.points = sorted([*self.points, new], key=lambda point: point.at)
        self._tell()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        event.ignore()

    def _remove(self, index: int) -> None:
        self._held = None
        if len(self.points) > 1:
            del self.points[index]
            self._tell()

    def _tell(self) -> None:
        if tuple(self.points) != self._schedule.points:
            self._draw()
            self.drawn.emit([point.model_dump() for point in self.points])

    def _show_hand(self, position: QPointF) -> None:
        is_over = self._under(position) is not None
        shape = Qt.CursorShape.SizeAllCursor if is_over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
