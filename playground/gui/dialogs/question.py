"""What a dialog has computed on the training thread, result by result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from playground.errors import PlaygroundError
from playground.gui.session import Session

if TYPE_CHECKING:
    from playground.training.trainer import Trainer


class Question(QObject):
    """Asks the trainer between two commands; a run that goes on waits for the answer.

    Parameters
    ----------
    session
        Whose trainer is asked.
    answer
        Called with the trainer on its thread; it may stop after each of its results.
    parent
        What the results are for; :meth:`stop` must be called before it goes.
    """

    arrived = Signal(object)
    finished = Signal()
    """All results have arrived."""
    failed = Signal(str)
    """A user's mistake; a defect goes to the session."""

    def __init__(
        self, session: Session, answer: Callable[[Trainer], Iterable[Any]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._answer = answer
        self._is_stopped = False
        self._future: Future[None] | None = None

    def ask(self) -> None:
        """Start; results arrive from now on."""
        self._future = self._session.ask(self._tell)
        self._future.add_done_callback(self._on_done)

    def stop(self) -> None:
        """Leave out the rest, and wait for the result that is being made."""
        self._is_stopped = True
        if self._future is not None and not self._future.cancel():
            wait([self._future])

    def _tell(self, trainer: Trainer) -> None:
        for result in self._answer(trainer):
            if self._is_stopped:
                return
            self.arrived.emit(result)

    def _on_done(self, future: Future[None]) -> None:
        if self._is_stopped:
            return
        if future.cancelled():
            self.failed.emit("The run is gone.")
            return
        error = future.exception()
        if error is None:
            self.finished.emit()
        elif isinstance(error, PlaygroundError):
            self.failed.emit(str(error))
        else:
            self._session.crashed.emit(error)
