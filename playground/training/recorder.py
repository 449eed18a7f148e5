"""What a run writes down: batch losses, gradient norms and scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.models.losses import Loss
from playground.training.encoded import Encoded
from playground.training.evaluation import score
from playground.training.history import History
from playground.training.machine import Machine
from playground.training.norms import euclidean_norm, norm_column
from playground.training.problem import Problem
from playground.training.scores import score_of


class Recorder:
    """Measures a machine and keeps the history.

    Attributes
    ----------
    history
        What was measured.
    scores
        The losses and scores evaluated last, by column.
    rested_at
        The row that was scored only because the run paused there, or None.
    """

    def __init__(
        self, problem: Problem, machine: Machine, loss: Loss, parts: dict[str, Encoded]
    ) -> None:
        self._task = problem.prepared.table.task
        self._machine = machine
        self._loss = loss
        self._parts = parts
        layout = problem.layout
        self._norms = [(norm_column(name), layout.span(name)) for name in layout.layers]
        kind = score_of(self._task).name
        scores = ["train_loss", "validation_loss", f"train_{kind}", f"validation_{kind}"]
        norms = (column for column, _ in self._norms)
        self.history = History([*scores, "learning_rate", *norms])
        self.history.start()
        self.scores: dict[str, float] = {}
        self.rested_at: int | None = None

    def step(self, bound: Any, elapsed_s: float, *, diagnose_every: int) -> float:
        """Give the last row its batch loss, which is returned, and publish the next row."""
        history = self.history
        row = len(history) - 1
        if row % diagnose_every == 0:
            rate = self._machine.learning_rate(row)
            if rate is not None:
                history.record("learning_rate", rate)
            gradient = bound.outputs["gradient"]
            for column, span in self._norms:
                history.record(column, euclidean_norm(gradient[span]))
        batch_loss: float = bound.outputs["loss"].item()
        machine = self._machine
        history.append(batch_loss, elapsed_s, machine.cursor.epoch, machine.evaluations)
        return batch_loss

    def measure(self) -> dict[str, float]:
        """Return losses and scores of the training and validation parts as they are."""
        programs = self._machine.programs
        scores: dict[str, float] = {}
        with np.errstate(all="ignore"):
            for part in ("train", "validation"):
                scores |= score(part, programs, self._parts[part], self._loss, self._task)
        return scores

    def evaluate(self) -> dict[str, float]:
        """Measure, and write it down in the last row."""
        self.scores = self.measure()
        for name, value in self.scores.items():
            self.history.record(name, value)
        return self.scores

    def rest(self) -> None:
        """Score the last row too, for as long as it is the last."""
        row, last = len(self.history) - 1, self.history.last("train_loss")
        if last is None or last[0] != row:
            self.evaluate()
            self.rested_at = row

    def go_on(self) -> None:
        """Take back what was scored for a rest: a run straight through has no scores there."""
        if self.rested_at is not None:
            self.history.withdraw(self.rested_at, self.scores)
            self.rested_at = None

    def resume(self, history: History, rested_at: int | None) -> None:
        """Go on with a copy of a history, measuring the machine as it stands."""
        self.history, self.rested_at = history.copy(), rested_at
        self.scores = self.measure()
