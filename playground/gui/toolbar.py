"""The toolbar of the training workspace: playing, stepping, speed, stop rules, files."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from playground.errors import SpecError
from playground.gui.actions import Actions
from playground.gui.icons import set_icon
from playground.gui.session import Session
from playground.gui.speed import SpeedSlider
from playground.gui.stop_popup import StopPopup, describe, duration, progress, remaining_s
from playground.gui.theme import scaled, theme_signals
from playground.gui.workspaces.toolbar import WorkspaceToolbar
from playground.training.experiment import Experiment
from playground.training.snapshots import Snapshot

PROGRESS_STEPS = 1000

SPEED_OVER_S = 20.0
"""Seconds of training over which the remaining time is estimated."""


class Toolbar(WorkspaceToolbar):
    """Buttons for the actions, the speed, the stop rules and how far the run is."""

    def __init__(self, session: Session, actions: Actions, presets: QMenu) -> None:
        super().__init__(actions)
        self.add_buttons("step", "epoch", "reset", "new_seed")
        self.addSeparator()
        self.speed = SpeedSlider(self)
        self.speed.changed.connect(session.set_speed)
        self.addWidget(self.speed)
        self.addSeparator()
        self.stop = StopButton(session, self)
        self.addWidget(self.stop)
        self.progress = RunProgress(session, self)
        self.addWidget(self.progress)
        self.add_space()
        self.add_menu("Presets", "Ready experiments, each with something to look at", presets)
        self.add_buttons("open", "save", "open_data", "export", "theme")


class StopButton(QToolButton):
    """Shows the stop rules in a few words and opens their popup."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip("When the run ends by itself: steps, epochs, target loss, patience")
        set_icon(self, "flag")
        self.popup = StopPopup(self)
        self.popup.edited.connect(self._on_edited)
        self.clicked.connect(self._open)
        session.experiment_changed.connect(self._show)
        self._show(session.experiment)

    @Slot(object)
    def _show(self, experiment: Experiment) -> None:
        self.popup.show_values(experiment.stop)
        self.setText(describe(experiment.stop) or "No stop rule")

    @Slot()
    def _open(self) -> None:
        self.popup.adjustSize()
        self.popup.move(self.mapToGlobal(QPoint(0, self.height() + scaled(4))))
        self.popup.show()

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        try:
            self._session.set(path, value)
        except SpecError as error:
            self.popup.caption.setText(str(error))
            self._show(self._session.experiment)


class RunProgress(QWidget):
    """A bar and the remaining time, while a stop rule can tell."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.bar = QProgressBar(self)
        self.bar.setRange(0, PROGRESS_STEPS)
        self.bar.setTextVisible(False)
        self.label = QLabel(self)
        self.label.setObjectName("muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(scaled(4), 0, scaled(4), 0)
        layout.setSpacing(scaled(8))
        layout.addWidget(self.bar)
        layout.addWidget(self.label)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._seen: deque[tuple[float, int]] = deque()
        self.bar.hide()
        self.label.hide()
        session.frame.connect(self._on_frame)
        session.experiment_changed.connect(self._on_rules)
        theme_signals.changed.connect(self._fit)
        self._fit()

    @Slot(object)
    def _on_rules(self, experiment: Experiment) -> None:
        if self._session.snapshot is not None:
            self._on_frame(self._session.snapshot)

    @Slot(object)
    def _on_frame(self, snapshot: Snapshot) -> None:
        stop = self._session.experiment.stop
        share = progress(stop, snapshot)
        self.bar.setVisible(share is not None)
        self.label.setVisible(share is not None)
        if share is None:
            return
        self.bar.setValue(round(share * PROGRESS_STEPS))
        left = remaining_s(stop, snapshot, self._steps_per_s(snapshot))
        self.label.setText("done" if share >= 1 else f"{duration(left)} left" if left else "")

    def _steps_per_s(self, snapshot: Snapshot) -> float:
        """Return the speed over the last seconds: one long evaluation changes it little."""
        seen = self._seen
        if seen and snapshot.step < seen[-1][1]:
            seen.clear()
        seen.append((snapshot.elapsed_s, snapshot.step))
        while len(seen) > 2 and seen[0][0] < snapshot.elapsed_s - SPEED_OVER_S:
            seen.popleft()
        (first_s, first), (last_s, last) = seen[0], seen[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else snapshot.steps_per_s

    @Slot()
    def _fit(self) -> None:
        self.bar.setFixedWidth(scaled(96))
        self.label.setFixedWidth(self.label.fontMetrics().horizontalAdvance("59 min 59 s left"))
