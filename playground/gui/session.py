"""The one object that panels and plots know: the experiment, its runs, and the thread behind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot

from playground.declarations import setting_at, with_value
from playground.errors import SpecError
from playground.gui.errand import Errand
from playground.gui.run import Run, RunList
from playground.gui.subscriptions import Subscriptions, shown_in
from playground.gui.worker import Advance, Ask, Load, Refresh, Worker
from playground.training.control import Control, Subscription
from playground.training.edits import PARAMETERS
from playground.training.experiment import Experiment
from playground.training.snapshots import Ending, Outcome, Snapshot
from playground.training.stopping import reached_length

if TYPE_CHECKING:
    from playground.training.trainer import Trainer

T = TypeVar("T")

State = Literal["loading", "ready", "running", "paused", "ended"]

FRAME_MS = 15
"""A little under a display's 16.7 ms, so that a frame with the longest paint is still in time."""

PUBLISH_S = 0.006
"""Snapshots come more often than frames: at the same rate a frame would often find none new."""

UNWATCHED_FRAME_MS = 250
"""While nobody looks, often enough to note edits and to follow the run."""

RESTART_DELAY_MS = 120


class Session(QObject):
    """Owns the training thread; every control acts through it, every view is fed by it.

    Attributes
    ----------
    experiment
        The present values, edits included.
    run, runs
        The present run and the earlier ones that trained at all, oldest first.
    state
        ``loading``, ``ready``, ``running``, ``paused`` or ``ended``.
    snapshot
        The newest moment that the views have been given.
    """

    experiment_changed = Signal(object)
    run_started = Signal(object)
    runs_cleared = Signal()
    state_changed = Signal(str)
    frame = Signal(object)
    edited = Signal(object)
    edits_settled = Signal()
    """Every edit that was asked for has been applied and announced, if it changed anything."""
    failed = Signal(str)
    noticed = Signal(str)
    """A remark that is no error, such as a replaced loss."""
    diverged = Signal(object)
    """The Ending of a run that became non-finite."""
    ticked = Signal()
    """Once a frame while training runs, after the views are painted."""
    crashed = Signal(object)
    """An exception of the thread that is a defect of the program."""

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.state: State = "loading"
        self.snapshot: Snapshot | None = None
        self._trainer: Trainer | None = None
        self._good_experiment: Experiment | None = None
        self._control = self._next_control = Control()
        self._speed: float | None = None
        self._errand = Errand()
        self._wants_refresh = False
        self._list = RunList()
        self._subscriptions = Subscriptions()
        self._frames = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._frames.timeout.connect(self._on_frame)
        self._restart_soon = QTimer(self, interval=RESTART_DELAY_MS, singleShot=True)
        self._restart_soon.timeout.connect(self._restart)
        self._worker = Worker()
        self._connect_worker()
        self._worker.start()
        self._start_loading()

    @property
    def run(self) -> Run | None:
        """The present run; None until the first one is loaded."""
        return self._list.present

    @property
    def runs(self) -> list[Run]:
        """The earlier runs, oldest first."""
        return self._list.earlier

    # --- what the controls ask for -----------------------------------------------------------

    def play(self) -> None:
        """Train until paused or ended; while loading, as soon as that is done."""
        self._advance(Advance())

    def pause(self) -> None:
        """Stop before the next step."""
        self._errand.after = None
        self._control.interrupt()

    def toggle(self) -> None:
        """Play or pause."""
        if self.state == "running" or self._errand.after is not None:
            self.pause()
        else:
            self.play()

    def step_once(self) -> None:
        """Do one update; pauses a run that is going on."""
        self._advance_or_pause(Advance(steps=1))

    def train(self, steps: int) -> None:
        """Do a number of updates."""
        self._advance(Advance(steps=steps))

    def step_epoch(self) -> None:
        """Do one pass over the training part; pauses a run that is going on."""
        self._advance_or_pause(Advance(epochs=1))

    def reset(self) -> None:
        """Start a new run from the present values, with the identical first weights."""
        self._errand.after = None
        self._start_loading()

    def new_seed(self) -> None:
        """Start a new run with other first weights and another order of batches."""
        seeds = self.experiment.seeds
        changed = {"weights": seeds.weights + 1, "batches": seeds.batches + 1}
        self._replace(
            self.experiment.model_copy(update={"seeds": seeds.model_copy(update=changed)})
        )
        self.reset()

    def clear_runs(self) -> None:
        """Forget the earlier runs."""
        self._list.clear()
        self.runs_cleared.emit()

    def load(self, experiment: Experiment) -> None:
        """Replace the whole experiment and start a new run, paused."""
        # Before anybody hears of it: the present run is not one of this experiment.
        self._restart_soon.start()
        self._replace(experiment)
        self.reset()

    @property
    def awaits_run(self) -> bool:
        """Whether another run is about to begin, so the present one may not fit the experiment."""
        return self.state == "loading" or self._restart_soon.isActive()

    def set(self, path: str, value: object) -> None:
        """Change one setting, or weight: at the next step where it is live, else by restarting.

        Raises
        ------
        SpecError
            When the path or the value is refused; nothing has changed then.
        """
        waiting = self.awaits_run
        if path.startswith(PARAMETERS):
            if self._trainer is None or waiting:
                raise SpecError(f"{path}: there is no run to change yet")
            self._edit(path, value)
            return
        changed = with_value(self.experiment, path, value)
        if changed == self.experiment:
            return
        live = setting_at(self.experiment, path).hints.live and not waiting
        if live and self._trainer is not None:
            self._edit(path, value)
            self._replace(changed)
        else:
            # A load that is under way must not bring the former values back.
            self._worker.newest_load += 1
            self._restart_soon.start()
            self._replace(changed)

    @property
    def is_shown(self) -> bool:
        """Whether it rests and the last snapshot holds all that is looked at."""
        return (
            self.state in ("ready", "paused", "ended")
            and not self.awaits_run
            and self.snapshot is not None
            and self._control.wanted <= shown_in(self.snapshot)
        )

    def set_speed(self, steps_per_s: float | None) -> None:
        """Limit the speed; None lifts the limit."""
        self._speed = steps_per_s
        self._control.steps_per_s = steps_per_s

    def set_watched(self, is_watched: bool) -> None:
        """Say whether anybody looks; if not, training goes on with few frames."""
        self._frames.setInterval(FRAME_MS if is_watched else UNWATCHED_FRAME_MS)

    def subscribe(self, owner: object, wanted: frozenset[Subscription]) -> None:
        """Say which diagnostics ``owner`` shows now; an empty set when it shows none."""
        before = self._subscriptions.union()
        self._subscriptions.put(owner, wanted)
        wanted_by_all = self._subscriptions.union()
        # While a run is being loaded its control is not in use yet, but its first picture is due.
        self._control.wanted = self._next_control.wanted = wanted_by_all
        if wanted_by_all - before and self.state != "loading":
            self._refresh()

    def look_at(self, row: int) -> None:
        """Show a row of the data's table in the model's own view."""
        if self._trainer is None or self.state == "loading":
            return
        self._trainer.look_at(row)
        if "model" in self._control.wanted:
            self._refresh()

    def ask(self, function: Callable[[Trainer], T]) -> Future[T]:
        """Call a function with the trainer on its thread; a run goes on afterwards.

        The future is cancelled when the session is closed first or nothing is loaded.
        """
        question: Ask = Ask(function)
        if self.state == "running":
            self._control.interrupt()
            self._errand.go_on_after_question()
        self._worker.post(question)
        return question.future

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self._frames.stop()
        self._restart_soon.stop()
        self._errand.after = None
        self._worker.newest_load = -1
        self._control.interrupt()
        self._control.gate.set()
        self._worker.quit_loop()
        self._worker.wait()
        self._trainer = None

    # --- what the thread reports ---------------------------------------------------------------

    @Slot(int, object, object)
    def _on_loaded(self, ticket: int, trainer: Trainer, snapshot: Snapshot) -> None:
        if ticket != self._worker.newest_load:
            return
        self._trainer, self._control = trainer, self._next_control
        self._control.steps_per_s = self._speed
        self._control.wanted = self._subscriptions.union()
        self._good_experiment = trainer.experiment
        self._wants_refresh = False
        run = self._list.begin(trainer)
        self._replace(trainer.experiment)
        self._set_state("ready")
        self.run_started.emit(run)
        self._show(snapshot)
        if self._control.wanted - shown_in(snapshot):
            # A view has come up since the thread took this picture.
            self._worker.post(Refresh())
        self._go_on()

    @Slot(int, str)
    def _on_load_failed(self, ticket: int, message: str) -> None:
        if ticket != self._worker.newest_load:
            return
        self._errand.after = None
        if self._good_experiment is not None:
            # The former trainer is still there, so the former values are true again.
            self._replace(self._good_experiment)
        self._set_state("ended" if self._trainer is None or self._trainer.ending else "paused")
        self._take_edits()
        self._take_frame()
        # Views may have come up while it was tried.
        self._refresh()
        self.failed.emit(message)

    @Slot(object)
    def _on_advanced(self, control: Control) -> None:
        if control is not self._control or self._trainer is None or self.state != "running":
            return
        self._take_edits()
        ending = self._trainer.ending
        if self.run is not None:
            self.run.ending = ending
        self._frames.stop()
        self._set_state("ended" if ending else "paused")
        # The last frame may have come already, while views still skipped some.
        last = self._control.mailbox.take() or self.snapshot
        if last is not None:
            self._show(last)
        if self._wants_refresh:
            self._refresh()
        self._errand.rest(self._trainer)
        if ending is not None and ending.outcome is Outcome.DIVERGED:
            self.diverged.emit(ending)
        self._go_on()

    @Slot(object)
    def _on_refreshed(self, control: Control) -> None:
        if control is self._control:
            self._take_edits()
            self._take_frame()

    @Slot()
    def _on_frame(self) -> None:
        self._take_edits()
        self._take_frame()
        # Whatever else asked to be painted is painted now. The trainer need not wait for that:
        # frames came no more regularly, and a third of its steps were lost.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest.value)
        self.ticked.emit()

    # --- inside --------------------------------------------------------------------------------

    def _connect_worker(self) -> None:
        self._worker.loaded.connect(self._on_loaded)
        self._worker.load_failed.connect(self._on_load_failed)
        self._worker.advanced.connect(self._on_advanced)
        self._worker.refreshed.connect(self._on_refreshed)
        self._worker.noticed.connect(self.noticed)
        self._worker.crashed.connect(self.crashed)

    def _edit(self, path: str, value: object) -> None:
        assert self._trainer is not None
        self._trainer.edit(path, value)
        self._refresh()

    def _refresh(self) -> None:
        """Ask for a new picture with all edits in it: of a run that goes on, when it rests.

        Its thread may have taken the last picture already, just before what asks for another.
        """
        self._wants_refresh = self.state == "running"
        if not self._wants_refresh:
            self._worker.post(Refresh())

    def _start_loading(self) -> None:
        self._restart_soon.stop()
        self._frames.stop()
        self._control.interrupt()
        self._next_control = Control(PUBLISH_S)
        self._next_control.wanted = self._subscriptions.union()
        self._worker.newest_load += 1
        self._worker.post(Load(self._worker.newest_load, self.experiment, self._next_control))
        self._set_state("loading")

    @Slot()
    def _restart(self) -> None:
        if self.state == "running":
            self._errand.go_on_after_restart()
        self._start_loading()

    def _advance(self, command: Advance) -> None:
        if self.awaits_run:
            self._errand.after = command
        elif self.state != "running" and self._trainer is not None:
            if (ending := self._trainer.ending) is not None and self._is_final(ending):
                return
            self._errand.begin(command, self._trainer)
            self._control.resume()
            self._worker.post(command)
            self._set_state("running")
            self._frames.start()

    def _is_final(self, ending: Ending) -> bool:
        """Say why a run that ended cannot go on; False when it can."""
        if ending.outcome is Outcome.DIVERGED:
            self.diverged.emit(ending)
            return True
        epochs = self.snapshot.epoch if self.snapshot is not None else 0.0
        still_holds = bool(reached_length(self.experiment.stop, ending.step, epochs))
        if still_holds:
            self.noticed.emit(f"The run has ended: {ending.reason}. Raise the stop rule or reset.")
        return still_holds

    def _advance_or_pause(self, command: Advance) -> None:
        if self.state == "running":
            self.pause()
        else:
            self._advance(command)

    def _go_on(self) -> None:
        command = self._errand.take()
        if command is not None and self.state in ("ready", "paused"):
            self._advance(command)

    def _take_edits(self) -> None:
        if self.run is None or self._trainer is None:
            return
        # Asked before the record is read: what is applied in between counts as waiting.
        are_settled = not self._trainer.awaits_edits
        new = self.run.take_edits(self._trainer.edits)
        for edit in new:
            self.edited.emit(edit)
        if new:
            self._good_experiment = self._trainer.experiment
        if are_settled:
            self.edits_settled.emit()

    def _take_frame(self) -> None:
        snapshot = self._control.mailbox.take()
        if snapshot is not None:
            self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        if self.run is not None and self._trainer is not None:
            if snapshot.histograms:
                self.run.histogram_log = self._trainer.histogram_log
            if snapshot.optimizer is not None:
                self.run.optimizer_log = self._trainer.optimizer_log
        with self._control.closed_gate():
            self.frame.emit(snapshot)

    def _replace(self, experiment: Experiment) -> None:
        if experiment != self.experiment:
            self.experiment = experiment
            self.experiment_changed.emit(experiment)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
