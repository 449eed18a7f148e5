"""The thread that trains: a plain loop over commands; the trainer lives and dies here."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QThread, Signal

from playground.errors import PlaygroundError
from playground.gui.loading import Loader
from playground.training.control import Control, Subscription

if TYPE_CHECKING:
    from playground.training.experiment import Experiment
    from playground.training.trainer import Trainer


@dataclass(frozen=True)
class Load:
    """Build a trainer; skipped when a newer load is already asked for."""

    ticket: int
    experiment: Experiment
    control: Control = field(default_factory=Control)


@dataclass(frozen=True)
class Advance:
    """Train; None for both runs until something ends it."""

    steps: int | None = None
    epochs: int | None = None

    def after(self, steps: int, epochs: int) -> Advance | None:
        """Return what is left of it after so many; None where nothing is."""
        left_steps = None if self.steps is None else self.steps - steps
        left_epochs = None if self.epochs is None else self.epochs - epochs
        is_over = any(left is not None and left <= 0 for left in (left_steps, left_epochs))
        return None if is_over else Advance(left_steps, left_epochs)


@dataclass(frozen=True)
class Refresh:
    """Apply the queued edits and leave a fresh snapshot."""


@dataclass(frozen=True)
class Ask:
    """Call a function with the trainer between two commands."""

    function: Callable[[Trainer], Any]
    future: Future[Any] = field(default_factory=Future)


class _Quit:
    """Leave the loop."""


Command = Load | Advance | Refresh | Ask | _Quit


class Worker(QThread):
    """Runs commands one after the other.

    Attributes
    ----------
    newest_load
        Ticket of the newest load that was asked for; older ones in the queue are skipped.
    """

    loaded = Signal(int, object, object)
    """Ticket, trainer, first snapshot."""
    load_failed = Signal(int, str)
    noticed = Signal(str)
    advanced = Signal(object)
    """The control that the commands ran under; the final snapshot is in its mailbox."""
    refreshed = Signal(object)
    crashed = Signal(object)
    """An exception that is a defect of the program."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("trainer")
        self.newest_load = 0
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._loader = Loader()
        self._trainer: Trainer | None = None
        self._control = Control()

    def post(self, command: Command) -> None:
        """Queue a command."""
        self._commands.put(command)

    def quit_loop(self) -> None:
        """Ask the loop to end after the present command."""
        self._commands.put(_Quit())

    def run(self) -> None:
        """Wait for commands and run them; an unexpected exception is reported, not fatal."""
        while not isinstance(command := self._commands.get(), _Quit):
            try:
                self._execute(command)
            except Exception as error:  # A defect: the window shows it and stays alive.
                self.crashed.emit(error)
                if isinstance(command, Load):
                    self.load_failed.emit(command.ticket, f"It could not be loaded: {error!r}")
        # Buffers are freed here, not by whichever thread drops the last reference.
        self._trainer = None
        self._cancel_questions()

    def _execute(self, command: Command) -> None:
        match command:
            case Load():
                self._load(command)
            case Advance(steps, epochs):
                self._advance(steps, epochs)
            case Refresh():
                self._refresh()
            case Ask():
                self._answer(command)

    def _load(self, command: Load) -> None:
        if command.ticket != self.newest_load:
            return
        try:
            trainer, notice = self._loader.build(command.experiment)
        except (PlaygroundError, MemoryError) as error:
            self.load_failed.emit(command.ticket, str(error) or "not enough memory")
            return
        self._trainer, self._control = trainer, command.control
        if notice:
            self.noticed.emit(notice)
        self.loaded.emit(command.ticket, trainer, trainer.snapshot(self._wanted()))

    def _advance(self, steps: int | None, epochs: int | None) -> None:
        trainer, control = self._trainer, self._control
        if trainer is None:
            return
        try:
            trainer.run(steps, epochs=epochs, control=control)
        finally:
            control.mailbox.put(trainer.snapshot(self._wanted()))
            self.advanced.emit(control)

    def _refresh(self) -> None:
        if self._trainer is not None:
            self._trainer.apply_at_rest()
            self._control.mailbox.put(self._trainer.snapshot(self._wanted()))
            self.refreshed.emit(self._control)

    def _answer(self, question: Ask) -> None:
        if self._trainer is None or not question.future.set_running_or_notify_cancel():
            question.future.cancel()
            return
        try:
            question.future.set_result(question.function(self._trainer))
        except Exception as error:
            question.future.set_exception(error)

    def _cancel_questions(self) -> None:
        while not self._commands.empty():
            command = self._commands.get()
            if isinstance(command, Ask):
                command.future.cancel()

    def _wanted(self) -> frozenset[Subscription]:
        return self._control.wanted
