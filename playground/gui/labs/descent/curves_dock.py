"""How low, how steep and how far: a curve for each racer up to the step in sight."""

from __future__ import annotations

from time import perf_counter
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from playground.descent.race import Racer
from playground.descent.track import Track
from playground.gui.labs.descent.racer_card import series_color
from playground.gui.labs.descent.session import DescentSession
from playground.gui.plots.canvas import Plot
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import number
from playground.gui.plots.legend import parted
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Extent, Span
from playground.gui.plots.sampling import bounds, masked_log10
from playground.gui.theme import Theme

Floats = NDArray[np.float64]
Across = Literal["step", "evaluations", "elapsed_s"]
Measure = Literal["loss", "gradient_norm", "distance"]

X_LABELS = {"step": "step", "evaluations": "evaluations", "elapsed_s": "seconds"}
Y_LABELS = {
    "loss": "f",
    "gradient_norm": "gradient norm",
    "distance": "distance to the nearest minimum",
}
FAINT = 0.3
"""Strength of the part of a curve that lies ahead of the step in sight."""

PERIOD_S = 1 / 30
"""Least time between two pictures while the race plays."""

LOWEST_DECADE = -16.0
"""Floats end about here; what is lower is drawn as this."""


class CurvesDock(CanvasDock):
    """Loss, gradient norm or distance against steps, evaluations or seconds."""

    def __init__(self, session: DescentSession) -> None:
        super().__init__("descent_curves", "Curves")
        self.session = session
        self.plot = self.canvas.add_plot(Plot("step", "f"), 0)
        self.curves: list[tuple[pg.PlotCurveItem, pg.PlotCurveItem]] = []
        self._x: Across = "step"
        self._y: Measure = "loss"
        self._extent, self._span = Extent(), Span(is_log=True)
        self._steps = 0
        self._drawn: object = None
        self._lines: list[tuple[Track, Floats, Floats]] = []
        self._due_s = 0.0
        self._add_controls()
        self.plot.set_log(y=True)
        self._name_y()
        self.plot.overlay.corner = "top right"
        session.tracks_changed.connect(self._draw)
        session.visibility_changed.connect(self.refresh)
        session.player.moved.connect(self._draw)
        self.plot.cursor_moved.connect(self._show_readout)

    def _add_controls(self) -> None:
        add = self.header
        self.y_choice = add.add_choice(
            "What is measured",
            {"loss": "Loss", "gradient_norm": "Gradient norm", "distance": "Distance"},
            self._on_y,
        )
        self.x_choice = add.add_choice(
            "Horizontal axis",
            {"step": "Step", "evaluations": "Evaluations", "elapsed_s": "Seconds"},
            self._on_x,
        )
        self.log_x = add.add_toggle("log x", "Logarithmic horizontal axis", self._on_log_x)
        self.log_y = add.add_toggle(
            "log y",
            "Logarithmic vertical axis: the loss above its minimum",
            self._on_log_y,
            on=True,
        )

    # --- drawing -------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Draw everything anew, if somebody can see it."""
        self._drawn = None
        self._draw()

    @Slot()
    def _draw(self) -> None:
        session = self.session
        if not self.is_shown or not session.tracks or self._is_early():
            return
        lengths = tuple(track.length for track in session.tracks)
        if self._drawn is None or (session.tracks, lengths) != self._drawn:
            self._drawn = (session.tracks, lengths)
            self._draw_whole()
            self._show_readout()
            self._place_legend()
        self._draw_done()
        self._show_readout()

    def _is_early(self) -> bool:
        """Whether a race that plays has shown this plot a moment ago: the map is what moves."""
        player, now_s = self.session.player, perf_counter()
        is_early = player.is_playing and player.step < player.last and now_s < self._due_s
        if not is_early:
            self._due_s = now_s + PERIOD_S
        return is_early

    def _visible(self) -> list[tuple[Racer, Track]]:
        session = self.session
        return [
            (racer, track)
            for i, (racer, track) in enumerate(
                zip(session.shown.racers, session.tracks, strict=False)
            )
            if i not in session.hidden and track.length
        ]

    def _draw_whole(self) -> None:
        """Draw the curves to their ends, faintly, and fit the axes to them."""
        shown = self._visible()
        self._have_curves(len(shown))
        floor = self._floor()
        data = [self._data(track, floor) for _, track in shown]
        self._lines = [(track, x, y) for (_, track), (x, y) in zip(shown, data, strict=True)]
        for (faint, done), (racer, _), (x, y) in zip(self.curves, shown, data, strict=False):
            style_curve(faint, series_color(racer.color), FAINT)
            style_curve(done, series_color(racer.color), width=2)
            faint.setData(x, y)
        self._fit(data)
        is_known = any(np.isfinite(y).any() for _, y in data)
        self.plot.show_message("" if is_known else self._why_empty())

    def _place_legend(self) -> None:
        """Put the legend where it hides least of the curves."""
        drawn = parted(np.column_stack([x, y]) for _, x, y in self._lines)
        self.plot.overlay.take_corner(drawn, np.ones(len(drawn)))

    def _draw_done(self) -> None:
        step = self.session.player.step
        for (_, done), (track, x, y) in zip(self.curves, self._lines, strict=False):
            end = track.row(step) + 1
            done.setData(x[:end], y[:end])

    def _have_curves(self, n: int) -> None:
        while len(self.curves) < n:
            pair = self.plot.add(curve_item(0)), self.plot.add(curve_item(1))
            self.curves.append(pair)
        for faint, done in self.curves[n:]:
            faint.setData([], [])
            done.setData([], [])

    def _data(self, track: Track, floor: float) -> tuple[Floats, Floats]:
        """Return one curve as it is drawn."""
        rows = slice(0, track.length)
        x = np.arange(track.length, dtype=float) if self._x == "step" else getattr(track, self._x)
        x = np.asarray(x[rows], float)
        y = np.asarray(getattr(track, self._y)[rows], float)
        if self._span.is_log:
            y = np.maximum(masked_log10(y - floor), LOWEST_DECADE)
        return (masked_log10(x) if self._extent.is_log else x), y

    def _floor(self) -> float:
        """Return what a logarithmic loss is counted from: zero where all losses are above it."""
        if self._y != "loss":
            return 0.0
        losses = [t.loss[: t.length] for _, t in self._visible()]
        finite = [float(known.min()) for y in losses if (known := y[np.isfinite(y)]).size]
        return self.session.shown.surface.floor(min(finite, default=0.0))

    def _fit(self, data: list[tuple[Floats, Floats]]) -> None:
        if (steps := self.session.shown.steps) != self._steps:
            # A shorter race fills the width, too.
            self._steps, self._extent.end = steps, 0.0
        ends = [float(np.nanmax(x)) for x, _ in data if np.isfinite(x).any()]
        if ends:
            end = max(ends)
            self.plot.show_range(x=self._extent.fit(10.0**end if self._extent.is_log else end))
        low, high = bounds([y for _, y in data])
        if np.isfinite(low):
            if not self._span.is_log:
                starts = [y[0] for _, y in data if np.isfinite(y[0])]
                high = min(high, max(low, 2.0 * max(starts, default=high)))
            self.plot.show_range(y=self._span.fit(low, high))

    def _why_empty(self) -> str:
        if self._y == "distance" and not self.session.shown.surface.minima:
            return "No minimum of this surface is known."
        if self._x == "elapsed_s":
            return "The times of the steps are being measured."
        return "Nothing is drawn: no racer, or all of them hidden."

    @Slot()
    def _show_readout(self) -> None:
        overlay, cursor = self.plot.overlay, self.plot.cursor
        step = self.session.player.step
        if cursor is not None and self._x == "step" and not self._extent.is_log:
            step = max(round(cursor.x()), 0)
        overlay.cursor = None if cursor is None else cursor.x()
        overlay.heading = f"step {step}"
        overlay.rows = [
            Row(
                series_color(racer.color),
                racer.name,
                number(float(getattr(track, self._y)[track.row(step)])),
            )
            for racer, track in self._visible()
        ]
        overlay.update()

    # --- controls ------------------------------------------------------------------------------

    def _on_x(self, across: Across) -> None:
        self._x = across
        self.plot.x_axis.set_caption(X_LABELS[across])
        self._extent = Extent(self._extent.is_log)
        self.autoscale()

    def _on_y(self, measure: Measure) -> None:
        self._y = measure
        self._span = Span(self._span.is_log)
        self._name_y()
        self.autoscale()

    def _on_log_x(self, on: bool) -> None:
        self._extent = Extent(on)
        self.plot.set_log(x=on)
        self.autoscale()

    def _on_log_y(self, on: bool) -> None:
        self._span = Span(on)
        self.plot.set_log(y=on)
        self._name_y()
        self.autoscale()

    def _name_y(self) -> None:
        is_above = self._span.is_log and self._y == "loss"
        self.plot.y_axis.set_caption("f above the minimum" if is_above else Y_LABELS[self._y])

    def restyle(self, theme: Theme) -> None:
        """Give the curves a theme's colours."""
        self._drawn = None
