"""When a run ends by itself."""

from __future__ import annotations

from dataclasses import dataclass

from playground.training.experiment import Stop


@dataclass
class StopRules:
    """Follows the evaluations of a run; the first rule that holds gives the reason.

    Attributes
    ----------
    best
        Least loss evaluated so far.
    since_best
        Evaluations since then.
    """

    best: float = float("inf")
    since_best: int = 0

    def after_evaluation(self, stop: Stop, loss: float) -> str:
        """Take note of an evaluated loss and return why the run ends; empty when it goes on."""
        if loss < self.best:
            self.best, self.since_best = loss, 0
        else:
            self.since_best += 1
        if stop.target_loss and loss <= stop.target_loss:
            return f"the loss of {loss:.6g} reached its target of {stop.target_loss:g}"
        if self.is_out_of_patience(stop):
            return f"{stop.patience} evaluations brought no loss below {self.best:.6g}"
        return ""

    def is_out_of_patience(self, stop: Stop) -> bool:
        """Whether too many evaluations have brought no better loss."""
        return 0 < stop.patience <= self.since_best


def reached_length(stop: Stop, step: int, epochs: float) -> str:
    """Return which of a run's lengths is reached, as a reason to end; empty when none is."""
    if stop.steps and step >= stop.steps:
        return f"{stop.steps:,} steps are done"
    if stop.epochs and epochs >= stop.epochs:
        return f"{stop.epochs:,} epochs are done"
    return ""
