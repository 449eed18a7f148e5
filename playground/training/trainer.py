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
from playground.models.layout import Layout
from playground.tasks import Task
from playground.training.checkpoint import Checkpoint
from playground.training.control import Control, Subscription
from playground.training.decoding import greedy
from playground.training.edits import PARAMETERS, Editor
from playground.training.evaluation import outputs_and_loss
from playground.training.experiment import Experiment
from playground.training.history import History
from playground.training.judge import Judge
from playground.training.machine import Machine
from playground.training.pace import Pace
from playground.training.problem import first_arrays, pose
from playground.training.recorder import Recorder
from playground.training.snapshots import Edit, Ending, Outcome, Snapshot
from playground.training.stopping import StopRules
from playground.training.threads import at_work
from playground.training.viewer import Viewer
from playground.training.views import Histograms, OptimizerView, Quantity


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
    first_experiment
        The settings at the start.
    initial
        The first weights and running statistics where they were given, else None.
    elapsed_s
        Seconds spent training, pauses left out.

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
        self.first_experiment = experiment
        self.initial = None if initial is None else {n: np.array(a) for n, a in initial.items()}
        self.elapsed_s = 0.0
        self._problem = pose(experiment, prepared)
        self._parts = parts = self._problem.encode_all(experiment)
        theta, running = first_arrays(experiment, self._problem, self.initial)
        machine = Machine(experiment, self._problem, parts["train"], theta, running)
        self._machine = machine
        self._recorder = Recorder(self._problem, machine, experiment.loss, parts)
        self._viewer = Viewer(self._problem, machine, experiment, parts)
        self._editor = Editor(experiment, self.layout, machine)
        self._judge = Judge(machine, self.layout, self._recorder, self._viewer.forget)
        self._pace = Pace()
        with at_work(machine.team):
            self._judge.evaluate(experiment.stop)

    @property
    def experiment(self) -> Experiment:
        """The settings now."""
        return self._editor.experiment

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was changed since the start, each change with its step."""
        return self._editor.edits

    @property
    def ending(self) -> Ending | None:
        """How the run ended, or None."""
        return self._judge.ending

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
        self._judge.ending = None
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
        value
            As in an experiment's file; of a weight a finite number.

        Raises
        ------
        SpecError
            Where the path leads nowhere, the value is refused, or the setting is not live.
        """
        self._editor.put(path, value)

    @property
    def awaits_edits(self) -> bool:
        """Whether an edit waits to be applied; while none does, :attr:`edits` is whole."""
        return bool(self._editor)

    def apply_edits(self) -> None:
        """Apply the edits that wait; the loop does so before each step."""
        while self._editor:
            edit = self._editor.apply_next(self.step)
            if edit is not None:
                self._viewer.forget(None if edit.path.startswith(PARAMETERS) else "optimizer")
                self._judge.back_up()

    def apply_at_rest(self) -> None:
        """Apply the edits that wait, and score a changed weight or loss for whoever looks.

        The history keeps what it has: a run straight through has no other scores there.
        """
        known = len(self.edits)
        self.apply_edits()
        if any(edit.path.startswith((PARAMETERS, "loss.")) for edit in self.edits[known:]):
            with at_work(self._machine.team):
                self._recorder.scores = self._recorder.measure()

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
            best=self._judge.evaluations.best,
            since_best=self._judge.evaluations.since_best,
            rates=self._machine.rates.memory,
            rested_at=self._recorder.rested_at,
            best_position=self._judge.best,
        )

    @classmethod
    def resume(cls, checkpoint: Checkpoint, *, prepared: Prepared | None = None) -> Trainer:
        """Return a trainer that goes on where the checkpoint was taken."""
        trainer = cls(checkpoint.first_experiment, prepared=prepared)
        machine = trainer._machine
        trainer.elapsed_s = checkpoint.elapsed_s
        trainer._editor = Editor(
            checkpoint.experiment, trainer.layout, machine, edits=checkpoint.edits
        )
        machine.configure(checkpoint.experiment, renew_optimizer=True)
        machine.return_to(checkpoint.position)
        machine.rates.memory = checkpoint.rates
        rules = StopRules(checkpoint.best, checkpoint.since_best)
        trainer._judge.resume(rules, checkpoint.best_position)
        trainer._recorder.resume(checkpoint.history, checkpoint.rested_at)
        return trainer

    def scores(self) -> dict[str, float]:
        """Return losses and scores of the training and validation parts as they are."""
        return self._recorder.measure()

    def _loop(self, last_step: float, last_epoch: float, control: Control | None) -> None:
        machine, cursor = self._machine, self._machine.cursor
        publish_s = 0.0
        started_s = perf_counter() - self.elapsed_s
        while machine.step < last_step and cursor.completed_epochs < last_epoch:
            if self._editor:
                self.apply_edits()
            if control is not None:
                started_s += self._pace.wait_turn(control)
                if control.interrupted:
                    return
            self._advance(started_s)
            if self.ending is not None:
                return
            if control is not None and (now_s := perf_counter()) >= publish_s:
                self._pace.measure(now_s, machine.step)
                control.mailbox.put(self.snapshot(control.wanted, at_rest=False))
                publish_s = now_s + control.period_s

    def _advance(self, started_s: float) -> None:
        """Do one step: row s gets its batch loss, row s + 1 is published and judged."""
        bound = self._machine.move()
        self.elapsed_s = perf_counter() - started_s
        every = self.experiment.training.diagnose_every
        batch_loss = self._recorder.step(bound, self.elapsed_s, diagnose_every=every)
        self._judge.after_step(self.experiment, batch_loss)
