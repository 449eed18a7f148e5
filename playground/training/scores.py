"""Which score goes with a task, beside the loss."""

from __future__ import annotations

from dataclasses import dataclass

from playground.tasks import Task


@dataclass(frozen=True)
class Score:
    """A number that says how good a model is on a part of the data.

    Attributes
    ----------
    name
        End of its columns: ``train_<name>`` and ``validation_<name>``.
    label
        The name as people read it.
    is_share
        Whether it is a share between 0 and 1, read in percent.
    higher_is_better
        Whether the best value is the highest.
    """

    name: str
    label: str
    is_share: bool = False
    higher_is_better: bool = True

    @property
    def label_within(self) -> str:
        """The label within a line."""
        return self.label if self.label == "R²" else self.label.lower()

    def text(self, value: float) -> str:
        """Return a value as people read it."""
        return f"{100 * value:.1f} %" if self.is_share else f"{value:.4f}"


R_SQUARED = Score("r2", "R²")
ACCURACY = Score("accuracy", "Accuracy", is_share=True)
EXACT_MATCH = Score("accuracy", "Exact match", is_share=True)
"""Share of the texts that are written without a single wrong symbol."""
PERPLEXITY = Score("perplexity", "Perplexity", higher_is_better=False)
"""exp(loss): among how many equally likely symbols the model hesitates."""


def score_of(task: Task) -> Score:
    """Return the score of a task."""
    match task:
        case Task.REGRESSION:
            return R_SQUARED
        case Task.BINARY | Task.MULTICLASS:
            return ACCURACY
        case Task.SEQUENCE:
            return EXACT_MATCH
        case Task.CONTINUATION:
            return PERPLEXITY


def is_higher_better(column: str) -> bool:
    """Return whether the best value of a history's column is its highest; a loss's is not."""
    scores = (score_of(task) for task in Task)
    return any(column.endswith(f"_{s.name}") and s.higher_is_better for s in scores)
