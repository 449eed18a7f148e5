"""The training loop: steps, live edits, evaluation, endings; no Qt.

Randomness depends on seeds and counters alone, every edit is recorded with its step, and no number
depends on the clock, so the same experiment and edits give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.table import Prepared
from playground.declarations import value_at, with_value
from playground.errors import SpecError
from playground.models.layout import Layout
from playground.tasks import Task
from playground.training import divergence
from playground.training.checkpoint import Checkpoint, Position
from playground.training.control import Control, Subscription
from playground.training.decoding import greedy
from playground.training.edits import PARAMETERS, EditQueue, parameter_index, plain
from playground.training.evaluation import outputs_and_loss
from playground.training.experiment import Experiment
from playground.training.history import History
from playground.training.machine import Machine
from playground.training.pace import Pace
from playground.training.problem import first_arrays, pose
from playground.training.recorder import Recorder
from playground.training.snapshots import (
    Edit,
    Ending,
    Histograms,
    OptimizerView,
    Outcome,
    Quantity,
    Snapshot,
)
from playground.training.stopping import StopRules, reached_length
from playground.training.threads import at_work
from playground.training.viewer import Viewer

BACKUP_EVERY = 64
"""Steps between two copies of the position, from which the last finite weights are found again."""


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
        self.first_experiment = self.experiment = experiment
        self.edits: tuple[Edit, ...] = ()
        self.ending: Ending | None = None
        self.elapsed_s = 0.0
        self._problem = pose(experiment, prepared)
        self._parts = parts = self._problem.encode_all(experiment)
        theta, running = first_arrays(experiment, self._problem, initial)
        machine = Machine(experiment, self._problem, parts["train"], theta, running)
        self._machine = machine
        self._recorder = Recorder(self._problem, machine, experiment.loss, parts)
        self._viewer = Viewer(self._problem, machine, experiment, parts)
        self._inbox = EditQueue(experiment, self.layout, machine.check)
        self._stop = StopRules()
        self._best: Position | None = None
        self._pace = Pace()
        self._completed = 0
        self._backup = machine.position()
        with at_work(machine.team):
            self._evaluate()

    @property
    def history(self) -> History:
        """What was measured."""
        return self._recorder.history

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

    @property
    def optimizer_log(self) -> tuple[OptimizerView, ...]:
        """What was shown of the optimizer so far, at most 256 moments."""
        return self._viewer.optimizer_log.moments

    def parameters(self) -> dict[str, NDArray[Any]]:
        """Return all weights and biases by segment name."""
        return self.layout.unpack(self.theta)

    def averaged(self) -> dict[str, NDArray[Any]]:
        """Return the averaged weights with which the model is evaluated; empty without any."""
        averaged = self._machine.averaged
        return {} if averaged is None else self.layout.unpack(averaged.copy())

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
        self._recorder.go_on()
        with np.errstate(all="ignore"), at_work(self._machine.team):
            self._loop(last_step, last_epoch, control)
            self._recorder.rest()
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
        self._inbox.put(path, value)

    def apply_edits(self) -> None:
        """Apply the edits that wait; the loop does so before each step."""
        while self._inbox:
            path, value = self._inbox.take()
            if path.startswith(PARAMETERS):
                old, new = self._set_parameter(path, value)
            else:
                old, new = self._set(path, value)
            if old != new:
                self.edits = (*self.edits, Edit(self.step, path, plain(old), plain(new)))
                self._keep_backup()

    def apply_at_rest(self) -> None:
        """Apply the edits that wait, and score a changed weight or loss for whoever looks.

        The history keeps what it has: a run straight through has no other scores there.
        """
        known = len(self.edits)
        self.apply_edits()
        if any(edit.path.startswith((PARAMETERS, "loss.")) for edit in self.edits[known:]):
            with at_work(self._machine.team):
                self._recorder.scores = self._recorder.measure()

    def _set(self, path: str, value: object) -> tuple[Any, Any]:
        before = self.experiment
        self.experiment = with_value(before, path, value)
        if self.experiment != before:
            self._machine.configure(
                self.experiment,
                renew_optimizer=path in ("optimizer", "optimizer.kind"),
                renew_schedule=path in ("schedule", "schedule.kind"),
            )
            self._viewer.forget("optimizer")
        return value_at(before, path), value_at(self.experiment, path)

    def _set_parameter(self, path: str, value: float) -> tuple[float, float]:
        index, theta = parameter_index(self.layout, path), self._machine.theta
        old, theta[index] = float(theta[index]), value
        self._viewer.forget()
        return old, float(theta[index])

    def snapshot(
        self, wanted: frozenset[Subscription] = frozenset(), *, at_rest: bool = True
    ) -> Snapshot:
        """Return this moment, with the diagnostics that are wanted; see :meth:`Viewer.views`."""
        with np.errstate(all="ignore"):
            views = self._viewer.views(wanted, at_rest=at_rest)
        return Snapshot(
            step=self.step,
            epoch=self.epoch,
            elapsed_s=self.elapsed_s,
            steps_per_s=self._pace.steps_per_s,
            learning_rate=self._machine.learning_rate(self._machine.step),
            scores=dict(self._recorder.scores),
            ending=self.ending,
            **views,
        )

    def look_at(self, row: int | None) -> None:
        """Show a row of the table in the model's own view; any thread may call this."""
        self._viewer.look_at(row)

    def branch(self) -> Machine:
        """Return a machine of its own that stands where this run does; to try things on."""
        machine = Machine(
            self.experiment, self._problem, self._parts["train"], self.theta, self.running()
        )
        machine.return_to(self._machine.position())
        machine.rates.memory = self._machine.rates.memory
        return machine

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
            rates=self._machine.rates.memory,
            rested_at=self._recorder.rested_at,
            best_position=self._best,
        )

    @classmethod
    def resume(cls, checkpoint: Checkpoint, *, prepared: Prepared | None = None) -> Trainer:
        """Return a trainer that goes on where the checkpoint was taken."""
        trainer = cls(checkpoint.first_experiment, prepared=prepared)
        machine, recorder = trainer._machine, trainer._recorder
        trainer.experiment = checkpoint.experiment
        trainer.edits = checkpoint.edits
        trainer.elapsed_s = checkpoint.elapsed_s
        trainer._inbox = EditQueue(checkpoint.experiment, trainer.layout, machine.check)
        trainer._stop = StopRules(checkpoint.best, checkpoint.since_best)
        trainer._best = checkpoint.best_position
        machine.configure(checkpoint.experiment, renew_optimizer=True)
        machine.return_to(checkpoint.position)
        machine.rates.memory = checkpoint.rates
        trainer._backup = checkpoint.position
        trainer._completed = machine.cursor.completed_epochs
        recorder.history = checkpoint.history.copy()
        recorder.rested_at = checkpoint.rested_at
        recorder.scores = recorder.measure()
        return trainer

    def scores(self) -> dict[str, float]:
        """Return losses and scores of the training and validation parts as they are."""
        return self._recorder.measure()

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
        self.elapsed_s = perf_counter() - started_s
        every = self.experiment.training.diagnose_every
        batch_loss = self._recorder.step(bound, self.elapsed_s, diagnose_every=every)
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
        reason = reason or reached_length(stop, machine.step, self._completed)
        if reason and self.ending is None:
            self.ending = Ending(Outcome.FINISHED, machine.step, reason)

    def _evaluate(self) -> str:
        """Record the scores in this row and return why the run ends; empty when it goes on."""
        scores = self._recorder.evaluate()
        if not math.isfinite(scores["train_loss"]):
            self._end_diverged()
            return ""
        loss = scores.get("validation_loss", scores["train_loss"])
        self._machine.rates.evaluated(self._machine.step, loss)
        reason = self._stop.after_evaluation(self.experiment.stop, loss)
        return reason + self._restore_best(reason) if self.experiment.stop.restore_best else reason

    def _restore_best(self, reason: str) -> str:
        """Remember the weights of the best evaluation; where patience is over, go back to them."""
        if self._stop.since_best == 0:
            self._best = self._machine.position()
        elif (
            reason
            and self._best is not None
            and self._stop.is_out_of_patience(self.experiment.stop)
        ):
            self._machine.take_weights(self._best)
            self._recorder.scores = self._recorder.measure()
            self._viewer.forget()
            self._keep_backup()
            return f"; the weights of step {self._best.step:,} are back"
        return ""

    def _keep_backup(self) -> None:
        if self._machine.is_finite():
            self._backup = self._machine.position()
        else:
            self._end_diverged()

    def _end_diverged(self) -> None:
        self.ending = divergence.find(self._machine, self.layout, self._backup).ending()


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
