"""The schedule's part of the side panel: its form above a plot of the learning rate."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from playground.declarations import Setting
from playground.gui.panels.form import KindField
from playground.gui.panels.schedule_plot import SchedulePlot
from playground.gui.session import Session
from playground.gui.widgets.labels import Caption
from playground.optimizers.schedule import SCHEDULES, RateMemory, Rates, has_rate, momentum_setting
from playground.optimizers.schedules.drawn import Drawn
from playground.training.experiment import Experiment
from playground.training.snapshots import Snapshot

PERIOD_S = 0.1
"""The marker moves at most so often while training runs."""

_HINT = "Drag the points; a double click adds one or takes one away."


class ScheduleField(KindField):
    """A schedule's settings with its rate over the run; the plot is made when it is first seen."""

    def __init__(self, setting: Setting, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(setting, setting.name, parent)
        self._session = session
        self.plot: SchedulePlot | None = None
        self.hint = Caption(self)
        self.hint.setText(_HINT)
        self._due_s = 0.0
        self.add_below_choice(self.hint)
        session.frame.connect(self._on_frame)
        session.experiment_changed.connect(self._on_experiment)
        self._on_experiment(session.experiment)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the plot."""
        super().showEvent(event)
        if self.plot is None:
            self.plot = SchedulePlot()
            self.plot.drawn.connect(self._on_drawn)
            self.add_below_choice(self.plot)
        self._on_experiment(self._session.experiment)

    @Slot(object)
    def _on_experiment(self, experiment: Experiment) -> None:
        can = has_rate(experiment.optimizer)
        reason = f"{experiment.optimizer.label()} has no learning rate."
        self.bar({} if can else {n: reason for n in SCHEDULES.names() if n != "constant"})
        schedule = experiment.schedule
        self.hint.setVisible(isinstance(schedule, Drawn))
        if self.plot is None:
            return
        self.plot.setVisible(can and not schedule.is_flat)
        if can and not schedule.is_flat:
            rate: float = experiment.optimizer.learning_rate  # type: ignore[attr-defined]
            has_momentum = momentum_setting(experiment.optimizer) != ""
            rates = self._rates(experiment, rate)
            self.plot.show_schedule(rates, schedule, rate, has_momentum=has_momentum)
            self._show_present(self._session.snapshot)

    @Slot(object)
    def _on_frame(self, snapshot: Snapshot) -> None:
        if self.plot is None or not self.plot.isVisible():
            return
        now_s = perf_counter()
        if now_s >= self._due_s or self._session.state != "running":
            self._due_s = now_s + PERIOD_S
            if self._session.experiment.schedule.follows_evaluations:
                self._on_experiment(self._session.experiment)
            else:
                self._show_present(snapshot)

    def _show_present(self, snapshot: Snapshot | None) -> None:
        run = self._session.run
        if self.plot is not None and run is not None and snapshot is not None:
            past = run.history.sparse("learning_rate")
            self.plot.show_present(snapshot.step, snapshot.learning_rate, past)

    def _rates(self, experiment: Experiment, rate: float) -> Rates:
        """Return the schedule as it goes on from here, with what evaluations have decided."""
        snapshot = self._session.snapshot
        now = snapshot.learning_rate if snapshot is not None else None
        if not experiment.schedule.follows_evaluations or snapshot is None or now is None:
            return Rates(experiment.schedule)
        warm = float(experiment.schedule.factors(snapshot.step))
        scale = now / (rate * warm) if warm else 1.0
        return Rates(experiment.schedule, RateMemory(scales=((snapshot.step, scale),)))

    @Slot(object)
    def _on_drawn(self, points: object) -> None:
        self.edited.emit(f"{self.path}.points", points)
