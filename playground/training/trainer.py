"""The training loop: steps, live edits, evaluation, endings; no Qt.

Randomness depends on seeds and counters alone, every edit is recorded with its step, and no number
depends on the clock, so the same experiment and edits give the same numbers.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.table import Prepared
from playground.declarations import Declared, setting_at, value_at, with_value
from playground.errors import SpecError
from playground.models.layout import Layout
from playground.randomness import generator
from playground.tasks import Task
from playground.training import divergence
from playground.training.checkpoint import Checkpoint
from playground.training.control import Control, Subscription
from playground.training.decoding import greedy
from playground.training.evaluation import outputs_and_loss, score
from playground.training.experiment import Experiment
from playground.training.history import History
from playground.training.machine import Machine
from playground.training.norms import euclidean_norm, norm_column
from playground.training.pace import Pace
from playground.training.problem import Problem, pose
from playground.training.scores import score_of
from playground.training.snapshots import (
    Edit,
    Ending,
    Histograms,
    Outcome,
    Quantity,
    Snapshot,
)
from playground.training.stopping import StopRules
from playground.training.threads import at_work
from playground.training.viewer import Viewer

BACKUP_EVERY = 64
"""Steps between two copies of the position, from which the last finite weights are found again."""


PARAMETERS = "parameters."
"""What the path of a single weight begins with."""


class Trainer:
    """Trains one experiment.

    Parameters
    ----------
    experiment
        What to train.
    initial
        First weights by segment name (``hidden1.weight`` of shape (fan_in, fan_out) …), all of
        them, and the running statistics (``hidden1.mean`` …) where they are known; otherwise the
        model's initialiser draws them.
    prepared
        The experiment's data where it is at hand already; otherwise it is loaded.

    Attributes
    ----------
    first_experiment, experiment
        The settings at the start, and now.
    edits
        What was changed in between, each with its step.
    history
        What was measured.
    ending
        How the run ended, or None.

    Raises
    ------
    SpecError, DataError
        Where the parts do not fit together or the data cannot be used.
    """

    def __init__(
        self,
        experiment: Experiment,
        initial: Mapping[str, NDArray[Any]] | None = None,
        *,
        prepared: Prepared | None = None,
    ) -> None:
        self.first_experiment = self.experiment = self._planned = experiment
        self.edits: tuple[Edit, ...] = ()
        self.ending: Ending | None = None
        self.elapsed_s = 0.0
        self._problem: Problem = pose(experiment, prepared)
        self._inbox: deque[tuple[str, Any]] = deque()
        self._lock = threading.Lock()
        self._parts = self._problem.encode_all(experiment)
        theta, running = self._first_arrays(initial)
        self._machine = Machine(experiment, self._problem, self._parts["train"], theta, running)
        self._viewer = Viewer(self._problem, self._machine, experiment.loss, self._parts)
        self._norms = [(norm_column(name), self.layout.span(name)) for name in self.layout.layers]
        self.history = History(self._columns())
        self._stop = StopRules()
        self._pace = Pace()
        self._scores: dict[str, float] = {}
        self._rested_at: int | None = None
        self._completed = 0
        self.history.start()
        self._backup = self._machine.position()
        with np.errstate(all="ignore"):
            self._evaluate()

    @property
    def prepared(self) -> Prepared:
        """The data, split and scaled."""
        return self._problem.prepared

    @property
    def layout(self) -> Layout:
        """Names of θ's segments."""
        return self._problem.layout

    @property
    def step(self) -> int:
        """Updates so far."""
        return len(self.history) - 1

    @property
    def epoch(self) -> float:
        """Passes over the training part so far."""
        return self._machine.cursor.epoch

    @property
    def theta(self) -> NDArray[Any]:
        """A copy of the flat parameter vector, shape (n,)."""
        return self._machine.theta.copy()

    @property
    def histogram_log(self) -> dict[Quantity, tuple[Histograms, ...]]:
        """Histograms that were shown so far, at most 256 moments a quantity."""
        return {q: log.moments for q, log in self._viewer.logs.items()}

    def parameters(self) -> dict[str, NDArray[Any]]:
        """Return all weights and biases by segment name."""
        return self.layout.unpack(self.theta)

    def running(self) -> dict[str, NDArray[Any]]:
        """Return copies of the model's running statistics by name."""
        return {name: array.copy() for name, array in self._machine.running.items()}

    def predict(self, part: str) -> NDArray[Any]:
        """Return the model's outputs on a part of the data.

        The shape is (n_samples, n_outputs), of texts (n_samples, n_target_positions, n_outputs),
        each position given the true symbols before it.
        """
        with np.errstate(all="ignore"):
            return outputs_and_loss(self._machine.programs, self._parts[part])[0]

    def write(self, part: str) -> NDArray[np.intp]:
        """Return the texts that the model writes for a part, shape (n_samples, n_target_positions).

        Each symbol is the most likely one after those written before it; a model that continues
        texts names the next symbol at each position of the true text.
        """
        data, programs = self._parts[part], self._machine.programs
        with np.errstate(all="ignore"):
            if self.prepared.table.task is Task.SEQUENCE:
                return greedy(programs, data.inputs, data.targets.shape[1])
            return self.experiment.loss.decide(outputs_and_loss(programs, data)[0])

    def run(
        self,
        steps: int | None = None,
        *,
        epochs: int | None = None,
        control: Control | None = None,
    ) -> Ending | None:
        """Train until something ends it.

        Parameters
        ----------
        steps, epochs
            At most so many more updates or epochs.
        control
            A watcher's end of the line; it may interrupt, slow down and ask for snapshots.

        Returns
        -------
        Ending
            Where a stop rule held or the numbers diverged, else None.
        """
        if self.ending is not None and self.ending.outcome is Outcome.DIVERGED:
            return self.ending
        self.ending = None
        self._pace.restart()
        last_step = math.inf if steps is None else self.step + steps
        cursor = self._machine.cursor
        last_epoch = math.inf if epochs is None else cursor.completed_epochs + epochs
        # A row that is scored for a pause alone must not be when the run goes straight through.
        self._withdraw_evaluation()
        with np.errstate(all="ignore"), at_work(self._machine.team):
            self._loop(last_step, last_epoch, control)
            self._evaluate_at_rest()
        if control is not None:
            control.mailbox.put(self.snapshot(control.wanted))
        return self.ending

    def repeat(self, edits: Iterable[Edit], steps: int, *, control: Control | None = None) -> None:
        """Do what a recorded run did: its edits at their steps, up to ``steps`` updates in all.

        A stop rule that ended the recorded run, and that somebody overruled by going on, is
        overruled here as well.
        """
        for edit in edits:
            if not self._reach(edit.step, control):
                return
            self.edit(edit.path, edit.new)
            self.apply_edits()
        self._reach(steps, control)

    def _reach(self, step: int, control: Control | None) -> bool:
        """Run up to a step; False where divergence or an interruption came first."""
        before = -1
        while before < self.step < step:
            before = self.step
            self.run(step - self.step, control=control)
        return self.step >= step

    def edit(self, path: str, value: object) -> None:
        """Change a live setting, or one weight, before the next step; any thread may call this.

        Parameters
        ----------
        path
            As in ``optimizer.learning_rate``; ``parameters.hidden1.weight.0.3`` is a weight.

        Raises
        ------
        SpecError
            Where the path leads nowhere, the value is refused, or the setting is not live.
        """
        with self._lock:
            if path.startswith(PARAMETERS):
                self._index_of(path)
                self._inbox.append((path, finite_number(path, value)))
                return
            if not setting_at(self._planned, path).hints.live:
                raise SpecError(f"{path}: cannot change while a run goes on; it takes a new one")
            planned = with_value(self._planned, path, value)
            self._machine.cursor.check(planned.training.batch_size)
            self._planned = planned
            self._inbox.append((path, value))

    def apply_edits(self) -> None:
        """Apply the edits that wait; the loop does so before each step."""
        while self._inbox:
            path, value = self._inbox.popleft()
            if path.startswith(PARAMETERS):
                self._set_parameter(path, value)
                continue
            old = value_at(self.experiment, path)
            self.experiment = with_value(self.experiment, path, value)
            new = value_at(self.experiment, path)
            if old == new:
                continue
            self.edits = (*self.edits, Edit(self.step, path, _plain(old), _plain(new)))
            is_new_optimizer = path in ("optimizer", "optimizer.kind")
            self._machine.configure(self.experiment, renew_optimizer=is_new_optimizer)
            self._keep_backup()

    def _index_of(self, path: str) -> int:
        try:
            return self.layout.index(path.removeprefix(PARAMETERS))
        except KeyError as error:
            raise SpecError(f"{path}: {error.args[0]}") from None

    def _set_parameter(self, path: str, value: Any) -> None:
        index, theta = self._index_of(path), self._machine.theta
        old = float(theta[index])
        theta[index] = value
        if theta[index] != old:
            self.edits = (*self.edits, Edit(self.step, path, old, float(theta[index])))
            self._keep_backup()

    def snapshot(
        self, wanted: frozenset[Subscription] = frozenset(), *, at_rest: bool = True
    ) -> Snapshot:
        """Return this moment, with the diagnostics that are wanted; see :meth:`Viewer.views`."""
        with np.errstate(all="ignore"):
            histograms, task = self._viewer.views(wanted, at_rest=at_rest)
        return Snapshot(
            step=self.step,
            epoch=self.epoch,
            elapsed_s=self.elapsed_s,
            steps_per_s=self._pace.steps_per_s,
            scores=dict(self._scores),
            histograms=histograms,
            task=task,
            ending=self.ending,
        )

    def checkpoint(self) -> Checkpoint:
        """Return all that :meth:`resume` needs to go on bit for bit."""
        return Checkpoint(
            first_experiment=self.first_experiment,
            experiment=self.experiment,
            edits=self.edits,
            position=self._machine.position(),
            history=self.history.copy(),
            elapsed_s=self.elapsed_s,
            best=self._stop.best,
            since_best=self._stop.since_best,
            rested_at=self._rested_at,
        )

    @classmethod
    def resume(cls, checkpoint: Checkpoint, *, prepared: Prepared | None = None) -> Trainer:
        """Return a trainer that goes on where the checkpoint was taken."""
        trainer = cls(checkpoint.first_experiment, prepared=prepared)
        trainer.experiment = trainer._planned = checkpoint.experiment
        trainer.edits = checkpoint.edits
        trainer.elapsed_s = checkpoint.elapsed_s
        trainer.history = checkpoint.history.copy()
        trainer._stop = StopRules(checkpoint.best, checkpoint.since_best)
        trainer._rested_at = checkpoint.rested_at
        trainer._machine.configure(checkpoint.experiment, renew_optimizer=True)
        trainer._machine.return_to(checkpoint.position)
        trainer._backup = checkpoint.position
        trainer._completed = trainer._machine.cursor.completed_epochs
        trainer._scores = trainer.scores()
        return trainer

    def scores(self) -> dict[str, float]:
        """Return losses and scores of the training and validation parts as they are."""
        scores: dict[str, float] = {}
        task = self.prepared.table.task
        with np.errstate(all="ignore"):
            for part in ("train", "validation"):
                scores |= score(
                    part, self._machine.programs, self._parts[part], self.experiment.loss, task
                )
        return scores

    def _loop(self, last_step: float, last_epoch: float, control: Control | None) -> None:
        machine, cursor = self._machine, self._machine.cursor
        publish_s = 0.0
        started_s = perf_counter() - self.elapsed_s
        while machine.step < last_step and cursor.completed_epochs < last_epoch:
            if self._inbox:
                self.apply_edits()
            if control is not None:
                started_s += self._wait_for(control)
                if control.interrupted:
                    return
            self._advance(started_s)
            if self.ending is not None:
                return
            if control is not None and (now_s := perf_counter()) >= publish_s:
                self._pace.measure(now_s, machine.step)
                control.mailbox.put(self.snapshot(control.wanted, at_rest=False))
                publish_s = now_s + control.period_s

    def _wait_for(self, control: Control) -> float:
        """Wait for a slow run's turn and for the painter; return the seconds waited."""
        if control.steps_per_s is None and control.gate.is_set():
            return 0.0
        paused_s = perf_counter()
        if control.steps_per_s is not None:
            self._pace.wait(control, control.steps_per_s)
        control.gate.wait()
        return perf_counter() - paused_s

    def _advance(self, started_s: float) -> None:
        """Do one step: row s gets its batch loss, row s + 1 is published and judged."""
        bound = self._machine.move()
        if self.step % self.experiment.training.diagnose_every == 0:
            gradient = bound.outputs["gradient"]
            for column, span in self._norms:
                self.history.record(column, euclidean_norm(gradient[span]))
        batch_loss = bound.outputs["loss"].item()
        self.elapsed_s = perf_counter() - started_s
        self.history.append(batch_loss, self.elapsed_s, self._machine.cursor.epoch)
        if math.isfinite(batch_loss):
            self._judge()
        else:
            self._end_diverged()

    def _judge(self) -> None:
        """Evaluate and back up where it is due, and decide whether the run ends here."""
        machine, training, stop = self._machine, self.experiment.training, self.experiment.stop
        completed, self._completed = self._completed, machine.cursor.completed_epochs
        every = training.evaluate_every
        reason = ""
        if completed < self._completed if every == 0 else machine.step % every == 0:
            reason = self._evaluate()
        if self.ending is None and machine.step % BACKUP_EVERY == 0:
            self._keep_backup()
        reason = reason or self._stop.after_step(stop, machine.step, self._completed)
        if reason and self.ending is None:
            self.ending = Ending(Outcome.FINISHED, machine.step, reason)

    def _evaluate(self) -> str:
        """Record the scores in this row and return why the run ends; empty when it goes on."""
        scores = self._record_scores()
        if not math.isfinite(scores["train_loss"]):
            self._end_diverged()
            return ""
        loss = scores.get("validation_loss", scores["train_loss"])
        return self._stop.after_evaluation(self.experiment.stop, loss)

    def _record_scores(self) -> dict[str, float]:
        self._scores = self.scores()
        for name, value in self._scores.items():
            self.history.record(name, value)
        return self._scores

    def _evaluate_at_rest(self) -> None:
        """Score the last row too, for as long as it is the last."""
        last = self.history.last("train_loss")
        if last is None or last[0] != self.step:
            self._record_scores()
            self._rested_at = self.step

    def _withdraw_evaluation(self) -> None:
        if self._rested_at is not None:
            self.history.withdraw(self._rested_at, self._scores)
            self._rested_at = None

    def _keep_backup(self) -> None:
        if self._machine.is_finite():
            self._backup = self._machine.position()
        else:
            self._end_diverged()

    def _end_diverged(self) -> None:
        self.ending = divergence.find(self._machine, self.layout, self._backup).ending()

    def _first_arrays(
        self, initial: Mapping[str, NDArray[Any]] | None
    ) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
        """Return the first θ and running statistics in the run's number type."""
        model, dtype = self.experiment.model, self.experiment.training.precision
        running = model.running(self._problem.signature)
        if initial is None:
            rng = generator(self.experiment.seeds.weights, "weights")
            theta = model.initial(self.layout, rng)
        else:
            running |= {name: initial[name] for name in running if name in initial}
            weights = {name: array for name, array in initial.items() if name not in running}
            try:
                theta = self.layout.pack(weights)
            except ValueError as error:
                raise SpecError(f"initial: {error}") from None
        return theta.astype(dtype), {name: a.astype(dtype) for name, a in running.items()}

    def _columns(self) -> list[str]:
        kind = score_of(self.prepared.table.task).name
        scores = ["train_loss", "validation_loss", f"train_{kind}", f"validation_{kind}"]
        return [*scores, *(column for column, _ in self._norms)]


def finite_number(path: str, value: object) -> float:
    """Return a value that must be one finite number."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise SpecError(f"{path}: must be a finite number, got {value!r}")


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Declared) else value


def run(
    experiment: Experiment,
    edits: Iterable[Edit] = (),
    steps: int | None = None,
    *,
    control: Control | None = None,
) -> Trainer:
    """Do a whole run, edits at their steps included, in any process.

    Parameters
    ----------
    experiment
        What to train.
    edits
        In order of their steps.
    steps
        Updates in all; without it the experiment's stop rules must end the run.

    Raises
    ------
    SpecError
        Where nothing would end the run.
    """
    trainer = Trainer(experiment)
    edits = list(edits)
    if steps is not None:
        trainer.repeat(edits, steps, control=control)
        return trainer
    trainer.repeat(edits, edits[-1].step if edits else 0, control=control)
    rules = trainer.experiment.stop
    if not (rules.steps or rules.epochs or rules.target_loss or rules.patience):
        raise SpecError("stop: must end the run, by steps or epochs for example; all rules are off")
    trainer.run(control=control)
    return trainer
