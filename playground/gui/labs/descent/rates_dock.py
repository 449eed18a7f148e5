"""Final loss against learning rate: whether a racer arrives is decided here."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Signal, Slot

from playground.descent.race import Race
from playground.descent.sweep import Sweep, rate_path, sweep
from playground.gui.labs.background import Improver, ShouldStop
from playground.gui.labs.descent.racer_card import series_color
from playground.gui.labs.descent.session import DescentSession
from playground.gui.plots.canvas import Plot
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import number
from playground.gui.plots.legend import parted
from playground.gui.plots.marks import Mark
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Span
from playground.gui.plots.sampling import bounds, masked_log10
from playground.gui.theme import Theme, current_theme, scaled

DELAY_MS = 60
"""A slider that is dragged restarts the sweep at most this often."""

LOWEST_DECADE = -16.0

PERIOD_S = 0.15
"""Least time between two pictures while methods try one rate after the other."""

HEADROOM = 0.16
"""Share of the curves' height above them, for what diverged."""

DECADES_UP = 3.0
"""How far above the loss at the start the axis reaches."""

N_BEST, BEST_WEIGHT = 6, 20.0
"""The lowest points of a curve, and how much more than others they matter to the legend."""


class RatesPlot(Plot):
    """A plot that says where it is clicked."""

    clicked = Signal(float, float)

    def __init__(self) -> None:
        super().__init__("learning rate", "final f above the minimum")

    def mouseClickEvent(self, event: Any) -> None:
        """Tell of a click within the axes."""
        is_inside = self.view.sceneBoundingRect().contains(event.scenePos())
        if event.double() or event.button() != Qt.MouseButton.LeftButton or not is_inside:
            return
        event.accept()
        at = self.view.mapSceneToView(event.scenePos())
        self.clicked.emit(float(at.x()), float(at.y()))


class RatesDock(CanvasDock):
    """A curve for each racer, its own rate as a dot, and where gradient descent cannot settle."""

    crashed = Signal(object)

    def __init__(self, session: DescentSession) -> None:
        super().__init__("descent_rates", "Learning rates")
        self.session = session
        self.plot = RatesPlot()
        self.canvas.add_plot(self.plot, 0)
        self.plot.set_log(x=True, y=True)
        self.plot.overlay.corner = "bottom left"
        self.curves: list[pg.PlotCurveItem] = []
        self.dots = self.plot.add(pg.ScatterPlotItem(pxMode=True))
        self.dots.setZValue(10)
        self.lost = self.plot.add(pg.ScatterPlotItem(pxMode=True, symbol="t"))
        self.lost.setZValue(9)
        self.sweep: Sweep | None = None
        self._of: Race | None = None
        self._asked: Race | None = None
        self._span = Span(is_log=True)
        self._ticket = -1
        self._due_s = 0.0
        self._worker = Improver("rates")
        self._worker.improved.connect(self._on_improved)
        self._worker.crashed.connect(self.crashed)
        self._soon = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._soon.timeout.connect(self._ask)
        session.race_changed.connect(self._on_race)
        session.visibility_changed.connect(self.refresh)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.cursor_moved.connect(self._show_readout)

    @Slot()
    def refresh(self) -> None:
        """Draw what is known, and find out what is not."""
        if self.is_shown:
            self._on_race()
            self._draw()

    @Slot()
    def _on_race(self) -> None:
        if self.is_shown and self.session.race != self._asked and not self._soon.isActive():
            self._worker.cancel()
            self._asked = None
            self._soon.start()

    @Slot()
    def _ask(self) -> None:
        if not self.session.is_whole:
            # The paths come first: while the start is dragged they need the processor.
            self._soon.start()
            return
        race = self._asked = self.session.race

        def job(should_stop: ShouldStop) -> Iterator[Sweep]:
            return sweep(race, None, should_stop)

        self._ticket = self._worker.ask(job)

    @Slot(int, object)
    def _on_improved(self, ticket: int, result: Sweep) -> None:
        if ticket == self._ticket and self._asked is not None:
            self.sweep, self._of = result, self._asked
            now_s = perf_counter()
            if result.progress == 1 or now_s >= self._due_s:
                self._due_s = now_s + PERIOD_S
                self._draw()

    # --- drawing -------------------------------------------------------------------------------

    def _draw(self) -> None:
        result, race = self.sweep, self._of
        if result is None or race is None or not self.is_shown:
            self.plot.show_message("" if result else "The rates are being tried.")
            return
        self.plot.show_message("")
        self._draw_curves(result, race)
        self.plot.overlay.marks = _marks(result)
        self._fit(result, race)
        self._show_lost(result, race)
        self._show_readout()
        self._place_legend()

    def _draw_curves(self, result: Sweep, race: Race) -> None:
        """Draw a curve for each racer, and a dot on it at the rate that the racer has."""
        floor = race.surface.floor(_lowest(result))
        x = np.log10(result.rates)
        while len(self.curves) < len(result.curves):
            self.curves.append(self.plot.add(curve_item(1)))
        spots = []
        for i, (item, curve) in enumerate(zip(self.curves, result.curves, strict=False)):
            color = series_color(race.racers[i].color)
            y = np.maximum(masked_log10(curve.losses - floor), LOWEST_DECADE)
            if i in self.session.hidden:
                y = np.full_like(y, np.nan)
            style_curve(item, color, width=2)
            item.setData(x, y)
            if np.isfinite(curve.rate) and np.isfinite(y).any():
                at = np.log10(curve.rate)
                height = float(np.interp(at, x, y))
                if np.isfinite(height):
                    edge = pg.mkPen(current_theme().plot_background, width=1.5)
                    brush = pg.mkBrush(color)
                    spots.append({"pos": (at, height), "brush": brush, "pen": edge})
        for item in self.curves[len(result.curves) :]:
            item.setData([], [])
        self.dots.setData(spots)

    def _fit(self, result: Sweep, race: Race) -> None:
        """Move the axes to the rates and to what is drawn."""
        x = np.log10(result.rates)
        self.plot.show_range(x=(float(x[0]), float(x[-1])))
        low, high = bounds([item.getData()[1] for item in self.curves[: len(result.curves)]])
        if np.isfinite(low):
            # Rates that lead up by hundreds of decades must not press all others flat.
            start = race.surface.grid(*race.start) - race.surface.floor(_lowest(result))
            begin = masked_log10(np.array([start]))[0]
            if np.isfinite(begin):
                high = min(high, max(float(begin), low) + DECADES_UP)
            low, high = self._span.fit(low, high)
            # Room above the curves for what diverged.
            high += HEADROOM * (high - low)
            self.plot.show_range(y=(low, high))

    def _place_legend(self) -> None:
        """Put the legend where it hides least; the lowest part of a curve counts most."""
        overlay = self.plot.overlay
        places = parted([np.column_stack(self.lost.getData())])
        weights = np.ones(len(places))
        for item in self.curves:
            # NaN, which is where a racer diverged, ranks last.
            points = parted([np.column_stack(item.getData())])
            rank = np.argsort(np.argsort(points[:, 1]))
            places = np.concatenate([places, points])
            weights = np.concatenate([weights, np.where(rank < N_BEST, BEST_WEIGHT, 1.0)])
        overlay.take_corner(places, weights, BEST_WEIGHT * N_BEST)

    def _show_lost(self, result: Sweep, race: Race) -> None:
        """Mark rates at which racers diverged at the top, a row for each racer."""
        _, (y0, y1) = self.plot.view.state["viewRange"]
        gap = HEADROOM * (y1 - y0) / (1 + HEADROOM) / (len(result.curves) + 1)
        spots = []
        for i, curve in enumerate(result.curves):
            if i not in self.session.hidden:
                brush = pg.mkBrush(series_color(race.racers[i].color))
                spots += [
                    {"pos": (x, y1 - (i + 1) * gap), "brush": brush}
                    for x in np.log10(result.rates[curve.diverged])
                ]
        self.lost.setData(spots)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        """Give the racer whose curve is nearest the rate that was clicked."""
        result, race = self.sweep, self._of
        if result is None or race is None or race.racers != self.session.race.racers:
            return
        (x0, x1), (y0, y1) = self.plot.view.state["viewRange"]
        size = np.array([(x1 - x0) / self.plot.view.width(), (y1 - y0) / self.plot.view.height()])
        nearest, racer = np.inf, -1
        for i, item in enumerate(self.curves[: len(result.curves)]):
            points = np.stack(item.getData(), axis=1)
            away = np.hypot(*((points - [x, y]) / size).T)
            if np.isfinite(away).any() and np.nanmin(away) < nearest:
                nearest, racer = float(np.nanmin(away)), i
        if racer >= 0:
            rate = float(f"{10**x:.3g}")
            path = f"racers.{racer}.{rate_path(race.racers[racer])}"
            self.session.set(path, rate)

    @Slot()
    def _show_readout(self) -> None:
        result, race, overlay = self.sweep, self._of, self.plot.overlay
        if result is None or race is None:
            return
        cursor = self.plot.cursor
        overlay.cursor = None if cursor is None else cursor.x()
        overlay.heading = "best rate" if cursor is None else f"rate {number(10 ** cursor.x(), 3)}"
        rows = []
        for i, (racer, curve) in enumerate(zip(race.racers, result.curves, strict=False)):
            if i in self.session.hidden:
                continue
            if curve.reason:
                text = "–"
            elif cursor is None:
                text = "–" if curve.best is None else number(float(result.rates[curve.best]), 3)
            else:
                nearest = int(np.argmin(np.abs(np.log10(result.rates) - cursor.x())))
                text = "diverges" if curve.diverged[nearest] else number(curve.losses[nearest])
            # The panel names the colours: what is narrow hides little of the curves.
            rows.append(Row(series_color(racer.color), text))
        overlay.rows = rows
        overlay.update()

    def restyle(self, theme: Theme) -> None:
        """Give the dots a theme's colours."""
        self.dots.setSize(scaled(9))
        self.lost.setSize(scaled(6))
        self.lost.setPen(pg.mkPen(None))

    def rest(self) -> None:
        """Stop computing while nobody looks."""
        self._soon.stop()
        if self._asked != self._of:
            self._asked = None
            self._worker.cancel()

    def shut_down(self) -> None:
        """End the thread."""
        self._soon.stop()
        self._worker.close()


def _lowest(result: Sweep) -> float:
    losses = np.concatenate([curve.losses for curve in result.curves] or [np.zeros(1)])
    known = losses[np.isfinite(losses)]
    return float(known.min()) if known.size else 0.0


def _marks(result: Sweep) -> list[Mark]:
    """Return the bounds of gradient descent as marks."""
    places = {
        "2/λ at the start": result.bound_at_start,
        "2/λ at the minimum": result.bound_at_minimum,
    }
    meaning = "gradient descent with a larger rate does not settle"
    marks = []
    for label, rate in places.items():
        if np.isfinite(rate) and rate > 0:
            text = f"{label} ({number(rate, 3)}): {meaning}"
            marks.append(Mark(float(np.log10(rate)), text, name=label))
    return marks
