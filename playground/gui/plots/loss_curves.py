"""Training and validation loss over the run, with the task's score below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Slot

from playground.gui.plots.canvas import Plot
from playground.gui.plots.curves import RunCurves, curve_item, style_curve
from playground.gui.plots.dock import PlotDock
from playground.gui.plots.formats import count, number
from playground.gui.plots.legend import LegendPlace
from playground.gui.plots.marks import Mark, edit_marks, ending_mark
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Extent, Span
from playground.gui.plots.sampling import (
    Column,
    Floats,
    Window,
    batch_loss_band,
    bounds,
    masked_log10,
)
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme
from playground.training.scores import score_of
from playground.training.snapshots import Snapshot

X_LABELS: dict[str, str] = {
    "step": "step",
    "epoch": "epoch",
    "evaluations": "evaluations",
    "elapsed_s": "seconds",
}
PARTS = ("train", "validation")
PART_NAMES = {"train": "training", "validation": "validation"}
MOST_LISTED_RUNS = 4


class LossCurves(PlotDock):
    """Losses of the present run over those of earlier ones; scores in a plot below."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, "loss_curves", "Loss")
        self.loss_plot = self.canvas.add_plot(Plot("step", "loss"), 0)
        self.score_plot = self.canvas.add_plot(Plot("step", "accuracy"), 1)
        self.score_plot.overlay.corner = "bottom right"
        self.score_plot.view.setXLink(self.loss_plot.view)
        self.score_plot.hide()
        self.band = self.loss_plot.add(curve_item(-1, antialias=False))
        self.curves: RunCurves | None = None
        self.score_curves: RunCurves | None = None
        self.earlier: dict[int, RunCurves] = {}
        self._window = Window()
        self._extent, self._loss_span, self._score_span = Extent(), Span(), Span()
        self._legend = LegendPlace(self.loss_plot.overlay)
        self._add_controls()
        for plot in (self.loss_plot, self.score_plot):
            plot.following_changed.connect(self._on_following_changed)
            plot.cursor_moved.connect(self._show_readout)
        self.loss_plot.show_message("The curves appear here once training starts.")
        self.restyle(current_theme())

    def _add_controls(self) -> None:
        add = self.header
        self.smoothing = add.add_slider(
            "Smooth", "Exponential moving average; the raw curve stays faint", self._on_smoothed
        )
        self.x_choice = add.add_choice(
            "Horizontal axis",
            {column: label.capitalize() for column, label in X_LABELS.items()},
            self._on_x_chosen,
        )
        self.log_x = add.add_toggle("log x", "Logarithmic horizontal axis", self._on_log_x)
        self.log_y = add.add_toggle("log y", "Logarithmic loss axis", self._on_log_y)
        self.scores = add.add_toggle(
            "Accuracy",
            "Accuracy, R² or perplexity below the loss",
            self._on_scores,
            icon="chart-line-up",
        )
        self.freeze = add.add_toggle(
            "Freeze axes", "Freeze the axes (A or double click: fit)", self._on_freeze, icon="lock"
        )
        self.clear = add.add_button(
            "Clear earlier runs",
            "Remove the curves of earlier runs",
            self.session.clear_runs,
            icon="eraser",
        )

    # --- drawing --------------------------------------------------------------------------------

    def start_run(self, run: Run) -> None:
        """Take up a new run; the one before goes on as a faint curve."""
        for curves in (self.curves, self.score_curves):
            if curves is not None:
                curves.remove()
        score = score_of(run.prepared.table.task)
        self.curves = RunCurves(self.loss_plot, run, _present(run, "loss"), self.smoothing.value)
        self.score_curves = RunCurves(
            self.score_plot, run, _present(run, score.name), self.smoothing.value
        )
        self.scores.setText(score.label)
        self.score_plot.y_axis.set_caption(score.label_within)
        self._extent = Extent(self._extent.is_log)
        self._loss_span, self._score_span = Span(self._loss_span.is_log), Span()
        self._style()

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw all curves up to now."""
        if self.curves is None or self.curves.run is not run:
            self.start_run(run)
        self._update_earlier(run)
        has_data = len(run.history) > 1 or bool(self.earlier)
        self.loss_plot.show_message(
            "" if has_data else "The curves appear here once training starts."
        )
        self.score_plot.show_message("" if has_data else " ")
        if not has_data:
            return
        self._fit_x(run)
        self._draw_loss(run)
        if self.score_plot.isVisible():
            self._draw_scores()
        x_of = self._x_of(run)
        marks = edit_marks(run.edits, x_of) + ending_mark(run.ending or snapshot.ending, x_of)
        self._set_marks(marks)
        self._show_readout()
        drawn = (self.curves, *self.earlier.values())
        items = [item for curves in drawn if curves for item in curves.items.values()]
        self._legend.look(items, is_still=not self.is_running)

    def _fit_x(self, run: Run) -> None:
        ends = [_end(r, self._window.column) for r in (run, *self._comparable(run))]
        self.loss_plot.show_range(x=self._extent.fit(max(ends)))
        low, high = self.loss_plot.view.state["viewRange"][0]
        width = max(int(self.loss_plot.view.width()), 50)
        self._window = replace(self._window, low=low, high=high, n_bins=width)

    def _draw_loss(self, run: Run) -> None:
        assert self.curves is not None
        is_log = self._loss_span.is_log
        x, y = batch_loss_band(run.history, self._window)
        self.band.setData(x, masked_log10(y) if is_log else y)
        drawn = self.curves.draw(self._window, is_log=is_log, is_still=not self.is_running)
        for curves in self.earlier.values():
            drawn += curves.draw(self._window, is_log=is_log)
        low, high = bounds(drawn if any(len(d) for d in drawn) else [self.band.yData])
        if np.isfinite(low):
            if not is_log:
                high = min(high, self._cap(run, drawn))
            self.loss_plot.show_range(y=self._loss_span.fit(low, max(high, low)))

    def _cap(self, run: Run, drawn: list[Floats]) -> float:
        """Return how much of a diverging loss a linear axis shows: some times the usual one."""
        _, values = run.history.sparse("train_loss")
        seen = np.concatenate([values[:1], *drawn])
        seen = seen[np.isfinite(seen)]
        if not len(seen):
            return np.inf
        return 10.0 * max(float(seen[0]), float(np.median(seen))) or np.inf

    def _draw_scores(self) -> None:
        assert self.score_curves is not None
        is_still = not self.is_running
        drawn = self.score_curves.draw(self._window, is_log=False, is_still=is_still)
        low, high = bounds(drawn)
        if np.isfinite(low):
            # Accuracy and R² end at 1; far below 0 an R² says no more than "useless".
            self.score_plot.show_range(y=self._score_span.fit(max(low, -1.0), max(high, 1.0)))

    def _comparable(self, run: Run) -> list[Run]:
        """Return the earlier runs whose loss says something beside this one's."""
        return [earlier for earlier in self.session.runs if _measured(earlier) == _measured(run)]

    def _update_earlier(self, run: Run) -> None:
        wanted = {earlier.number: earlier for earlier in self._comparable(run)}
        for run_number in set(self.earlier) - set(wanted):
            self.earlier.pop(run_number).remove()
        for run_number in set(wanted) - set(self.earlier):
            earlier = wanted[run_number]
            columns = _present(earlier, "loss")
            curves = RunCurves(self.loss_plot, earlier, columns, self.smoothing.value)
            self.earlier[run_number] = curves
            self._style_earlier(curves)
        self.clear.setEnabled(bool(self.session.runs))

    def _x_of(self, run: Run) -> Callable[[int], float]:
        last = len(run.history) - 1

        def x_of(step: int) -> float:
            return float(self._window.x(run.history, np.array(min(step, last))))

        return x_of

    def _set_marks(self, marks: list[Mark]) -> None:
        shown = [mark for mark in marks if np.isfinite(mark.x)]
        self.loss_plot.overlay.marks = shown
        self.score_plot.overlay.marks = shown

    # --- readout --------------------------------------------------------------------------------

    @Slot()
    def _show_readout(self) -> None:
        run = self.session.run
        if run is None or self.curves is None:
            return
        cursor = self.loss_plot.cursor or self.score_plot.cursor
        x = None if cursor is None else cursor.x()
        step = None if x is None else self._window.row_at(run.history, x)
        for plot, curves in (
            (self.loss_plot, self.curves),
            (self.score_plot, self.score_curves),
        ):
            assert curves is not None
            plot.overlay.cursor = x
            plot.overlay.heading = "" if step is None else _moment(run, step)
            plot.overlay.rows = self._rows(curves, step)
            plot.overlay.update()
        self.loss_plot.overlay.rows = [
            *self.loss_plot.overlay.rows,
            *self._more_rows(run, x, step),
        ]

    def _rows(self, curves: RunCurves, step: int | None) -> list[Row]:
        theme = current_theme()
        rows = []
        for name, series in curves.series.items():
            part = name.partition("_")[0]
            value = series.nearest(step) if step is not None else None
            text = "" if value is None else number(value[1])
            rows.append(Row(getattr(theme, part), PART_NAMES[part], text))
        return rows

    def _more_rows(self, run: Run, x: float | None, step: int | None) -> list[Row]:
        theme = current_theme()
        text = ""
        if step is not None and len(run.history) > 1:
            last = len(run.history) - 2
            text = number(float(run.history.at("batch_loss", np.array(min(step, last)))))
        rows = [Row(theme.train, "batch", text, "faint")]
        listed = list(self.earlier.values())[-MOST_LISTED_RUNS:]
        for curves in listed:
            value = ""
            if x is not None:
                entry = curves.main.nearest(self._window.row_at(curves.run.history, x))
                value = "" if entry is None else number(entry[1])
            rows.append(Row(_run_color(theme, curves.run), curves.run.label, value))
        return rows

    # --- controls -------------------------------------------------------------------------------

    def _on_x_chosen(self, column: Column) -> None:
        self._window = replace(self._window, column=column)
        self._extent = Extent(self._extent.is_log)
        for plot in (self.loss_plot, self.score_plot):
            plot.x_axis.set_caption(X_LABELS[column])
        self.autoscale()

    def _on_log_x(self, on: bool) -> None:
        self._window = replace(self._window, is_log=on)
        self._extent = Extent(on)
        for plot in (self.loss_plot, self.score_plot):
            plot.set_log(x=on)
        self.autoscale()

    def _on_log_y(self, on: bool) -> None:
        self._loss_span = Span(on)
        self.loss_plot.set_log(y=on)
        self.autoscale()

    def _on_smoothed(self, position: float) -> None:
        for curves in (self.curves, self.score_curves, *self.earlier.values()):
            if curves is not None:
                curves.smooth(position)
        self.refresh()

    def _on_scores(self, on: bool) -> None:
        self.score_plot.setVisible(on)
        self.loss_plot.x_axis.setVisible(not on)
        self.canvas.ci.layout.setRowStretchFactor(0, 3)
        self.canvas.ci.layout.setRowStretchFactor(1, 2 if on else 0)
        self.refresh()

    def _on_freeze(self, on: bool) -> None:
        for plot in (self.loss_plot, self.score_plot):
            plot.set_following(not on)
        self.refresh()

    @Slot(bool)
    def _on_following_changed(self, following: bool) -> None:
        self.freeze.setChecked(not following)

    # --- colours --------------------------------------------------------------------------------

    def restyle(self, theme: Theme) -> None:
        """Give the curves a theme's colours."""
        self._style()

    def _style(self) -> None:
        theme = current_theme()
        style_curve(self.band, theme.train, 0.25)
        for curves in (self.curves, self.score_curves):
            if curves is not None:
                for name in curves.series:
                    curves.style(name, getattr(theme, name.partition("_")[0]))
        for curves in self.earlier.values():
            self._style_earlier(curves)

    def _style_earlier(self, curves: RunCurves) -> None:
        color = _run_color(current_theme(), curves.run)
        for name in curves.series:
            curves.style(name, color, 0.6 if name == curves.main.name else 0.3)


def _present(run: Run, score: str) -> list[str]:
    """Return the columns of a score that the run has; validation comes last and lies on top."""
    parts = [part for part in PARTS if len(run.prepared.part(part))]
    return [f"{part}_{score}" for part in parts if f"{part}_{score}" in run.history.columns]


def _measured(run: Run) -> tuple[str, str]:
    """Return what a run's loss is, and on what data."""
    return run.experiment.loss.name(), run.experiment.data.name()


def _end(run: Run, column: Column) -> float:
    return float(run.history.at(column, np.array(len(run.history) - 1)))


def _moment(run: Run, step: int) -> str:
    history, at = run.history, np.array(step)
    epoch, seconds = float(history.at("epoch", at)), float(history.at("elapsed_s", at))
    return f"step {count(step)} · epoch {number(epoch, 3)} · {seconds:.2f} s"


def _run_color(theme: Theme, run: Run) -> str:
    # The first two hues are those of training and validation.
    return theme.series[2 + run.color_index % (len(theme.series) - 2)]
