"""The changes of a session's experiment, which can be taken back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoStack

from playground.gui.panels.undo import ExperimentChange, changes
from playground.gui.session import Session
from playground.training.experiment import Experiment


class ChangeHistory(QObject):
    """Watches the experiment, whoever changes it, and travels back and forth."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)
        self._session = session
        self._known = session.experiment
        self._is_travelling = False
        session.experiment_changed.connect(self._on_changed)

    @Slot(object)
    def _on_changed(self, experiment: Experiment) -> None:
        before, self._known = self._known, experiment
        if self._is_travelling:
            return
        newest = self.stack.command(self.stack.index() - 1)
        if self._session.state == "loading" and isinstance(newest, ExperimentChange):
            self._amend(newest, experiment)
        else:
            self.stack.push(ExperimentChange(before, experiment, self._travel))

    def _amend(self, newest: ExperimentChange, experiment: Experiment) -> None:
        # While a restart loads, the session itself corrects the last change: it replaces a loss
        # that does not fit the new data, or goes back when the data cannot be read.
        newest.amend(experiment)
        if newest.isObsolete():
            self.stack.undo()

    def _travel(self, goal: Experiment) -> None:
        self._is_travelling = True
        try:
            for path, value in changes(self._session.experiment, goal):
                self._session.set(path, value)
        finally:
            self._is_travelling = False
