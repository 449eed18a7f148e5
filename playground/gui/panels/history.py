"""The changes of a session's experiment, which can be taken back."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoStack

from playground.errors import SpecError
from playground.gui.panels.undo import ExperimentChange, WeightChange, changes
from playground.gui.session import Session
from playground.training.edits import PARAMETERS
from playground.training.experiment import Experiment
from playground.training.snapshots import Edit


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
        self._expected: list[tuple[str, float]] = []
        session.experiment_changed.connect(self._on_changed)
        session.edited.connect(self._on_edited)
        # A weight that had its value already is set without an edit: none is to be expected then.
        session.edits_settled.connect(self._expected.clear)
        session.run_started.connect(self._on_run_started)

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

    @Slot(object)
    def _on_edited(self, edit: Edit) -> None:
        """Remember a weight that was changed in the network; settings come another way."""
        if not edit.path.startswith(PARAMETERS):
            return
        if (edit.path, edit.new) in self._expected:
            self._expected.remove((edit.path, edit.new))
        else:
            self.stack.push(WeightChange(edit, self._set_weight))

    def _set_weight(self, path: str, value: float) -> None:
        self._expected.append((path, value))
        try:
            self._session.set(path, value)
        except SpecError:
            # While a run is loaded there is no weight to change.
            self._expected.remove((path, value))

    @Slot(object)
    def _on_run_started(self, run: object) -> None:
        """Forget changed weights: the new run has others."""
        self._expected.clear()
        weights = [
            command
            for index in range(self.stack.count())
            if isinstance(command := self.stack.command(index), WeightChange)
        ]
        for command in weights:
            command.setObsolete(True)

    def _correct(self, experiment: Experiment) -> None:
        # While a restart loads, the session itself corrects the last changes: it replaces a loss
        # that does not fit the new data, or goes back when the data cannot be used.
        newest = [self.stack.command(index) for index in range(self.stack.index())]
        of_settings = [(i, c) for i, c in enumerate(newest) if isinstance(c, ExperimentChange)]
        for index, command in reversed(of_settings):
            if command.before == experiment:
                for void in newest[index:]:
                    void.setObsolete(True)
                self._go_back_to(index)
                return
        if of_settings:
            of_settings[-1][1].amend(experiment)

    def _go_back_to(self, index: int) -> None:
        """Drop the commands from ``index`` on; the experiment is where it should be already."""
        self._is_travelling = True
        while self.stack.index() > index:
            self.stack.undo()
        self._is_travelling = False

    def _travel(self, goal: Experiment) -> None:
        if self._is_travelling:
            return
        self._is_travelling = True
        try:
            for path, value in changes(self._session.experiment, goal):
                self._session.set(path, value)
        finally:
            self._is_travelling = False
