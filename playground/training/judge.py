"""What becomes of a run after each step: evaluation, a copy to go back to, its end."""

from __future__ import annotations

import math
from collections.abc import Callable

from playground.models.layout import Layout
from playground.training import divergence
from playground.training.checkpoint import Position
from playground.training.experiment import Experiment, Stop
from playground.training.machine import Machine
from playground.training.recorder import Recorder
from playground.training.snapshots import Ending, Outcome
from playground.training.stopping import StopRules, reached_length

BACKUP_EVERY = 64
"""Steps between two copies of the position, from which the last finite weights are found again."""


class Judge:
    """Evaluates a run where it is due and decides whether it goes on.

    Parameters
    ----------
    machine, layout
        What is judged, and the names of θ's segments.
    recorder
        What measures it.
    on_restored
        Called when the weights of an earlier step are back.

    Attributes
    ----------
    ending
        How the run ended, or None.
    evaluations
        The stop rules' view of the evaluations so far.
    best
        The position of the best evaluation, where the run is to go back to it; else None.
    """

    def __init__(
        self,
        machine: Machine,
        layout: Layout,
        recorder: Recorder,
        on_restored: Callable[[], None],
    ) -> None:
        self.ending: Ending | None = None
        self.evaluations = StopRules()
        self.best: Position | None = None
        self._machine = machine
        self._layout = layout
        self._recorder = recorder
        self._on_restored = on_restored
        self._completed = machine.cursor.completed_epochs
        self._backup = machine.position()

    def resume(self, evaluations: StopRules, best: Position | None) -> None:
        """Go on from where the machine stands, knowing what earlier evaluations brought."""
        self.evaluations, self.best = evaluations, best
        self._completed = self._machine.cursor.completed_epochs
        self._backup = self._machine.position()

    def after_step(self, experiment: Experiment, batch_loss: float) -> None:
        """Evaluate and back up where it is due, and decide whether the run ends here."""
        if not math.isfinite(batch_loss):
            self._end_diverged()
            return
        step = self._machine.step
        completed, self._completed = self._completed, self._machine.cursor.completed_epochs
        every = experiment.training.evaluate_every
        reason = ""
        if completed < self._completed if every == 0 else step % every == 0:
            reason = self.evaluate(experiment.stop)
        if self.ending is None and step % BACKUP_EVERY == 0:
            self.back_up()
        reason = reason or reached_length(experiment.stop, step, self._completed)
        if reason and self.ending is None:
            self.ending = Ending(Outcome.FINISHED, step, reason)

    def evaluate(self, stop: Stop) -> str:
        """Record the scores in this row and return why the run ends; empty when it goes on."""
        scores = self._recorder.evaluate()
        if not math.isfinite(scores["train_loss"]):
            self._end_diverged()
            return ""
        loss = scores.get("validation_loss", scores["train_loss"])
        self._machine.rates.evaluated(self._machine.step, loss)
        reason = self.evaluations.after_evaluation(stop, loss)
        return reason + self._restore_best(stop, reason) if stop.restore_best else reason

    def _restore_best(self, stop: Stop, reason: str) -> str:
        """Remember the weights of the best evaluation; where patience is over, go back to them."""
        if self.evaluations.since_best == 0:
            self.best = self._machine.position()
        elif reason and self.best is not None and self.evaluations.is_out_of_patience(stop):
            self._machine.take_weights(self.best)
            self._recorder.scores = self._recorder.measure()
            self._on_restored()
            self.back_up()
            return f"; the weights of step {self.best.step:,} are back"
        return ""

    def back_up(self) -> None:
        """Keep a copy of the position; where it is not finite, the run has diverged."""
        if self._machine.is_finite():
            self._backup = self._machine.position()
        else:
            self._end_diverged()

    def _end_diverged(self) -> None:
        self.ending = divergence.find(self._machine, self._layout, self._backup).ending()
