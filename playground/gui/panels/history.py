"""The changes of a session's experiment, which can be taken back."""

from __future__ import annotations

from collections.abc import Mapping

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
        self._is_editing = False
        session.experiment_changed.connect(self._on_changed)

    def edit(self, path: str, value: object) -> None:
        """Set what the user asks for; see :meth:`Session.set` for errors."""
        self._is_editing = True
        try:
            self._session.set(path, value)
        finally:
            self._is_editing = False

    @Slot(object)
    def edit_together(self, values: Mapping[str, object]) -> None:
        """Set several things by path; they are taken back as one change."""
        before = self._known
        self._is_travelling = True
        try:
            for path, value in values.items():
                self._session.set(path, value)
        finally:
            self._is_travelling = False
        if self._known != before:
            self.stack.push(ExperimentChange(before, self._known, self._travel))

    @Slot(object)
    def _on_changed(self, experiment: Experiment) -> None:
        before, self._known = self._known, experiment
        if self._is_travelling:
            return
        if self._session.state == "loading" and not self._is_editing and self.stack.canUndo():
            self._correct(experiment)
        else:
            self.stack.push(ExperimentChange(before, experiment, self._travel))

    def _correct(self, experiment: Experiment) -> None:
        # While a restart loads, the session itself corrects the last changes: it replaces a loss
        # that does not fit the new data, or goes back when the data cannot be used.
        newest = [self._command(index) for index in range(self.stack.index())]
        for index, command in reversed(list(enumerate(newest))):
            if command.before == experiment:
                for void in newest[index:]:
                    void.setObsolete(True)
                self._go_back_to(index)
                return
        newest[-1].amend(experiment)

    def _go_back_to(self, index: int) -> None:
        """Drop the commands from ``index`` on; the experiment is where it should be already."""
        self._is_travelling = True
        while self.stack.index() > index:
            self.stack.undo()
        self._is_travelling = False

    def _command(self, index: int) -> ExperimentChange:
        command = self.stack.command(index)
        assert isinstance(command, ExperimentChange)
        return command

    def _travel(self, goal: Experiment) -> None:
        if self._is_travelling:
            return
        self._is_travelling = True
        try:
            for path, value in changes(self._session.experiment, goal):
                self._session.set(path, value)
        finally:
            self._is_travelling = False
