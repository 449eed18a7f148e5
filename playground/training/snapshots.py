"""What a run tells whoever watches: a moment, an edit, how it ended; immutable, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from playground.training.views import (
    Histograms,
    ModelView,
    NetworkView,
    OptimizerView,
    Quantity,
    TaskView,
)


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class Ending:
    """How, where and why a run ended; ``reason`` is one readable sentence.

    ``layer`` names where the first non-finite number stood when the run diverged.
    """

    outcome: Outcome
    step: int
    reason: str
    layer: str = ""


@dataclass(frozen=True)
class Edit:
    """One change of a setting, or of one weight, acting on the update after ``step``."""

    step: int
    path: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Snapshot:
    """One moment of a run.

    Attributes
    ----------
    step, epoch, elapsed_s
        Updates done, passes over the training part, seconds spent training (pauses left out).
    steps_per_s
        Over the last half second or so.
    learning_rate
        Of the coming update, with its schedule; None where the optimizer has none.
    scores
        The latest of each evaluated column: ``train_loss``, ``validation_loss``,
        ``train_accuracy`` … with the step at which it was taken left to the history.
    histograms
        By quantity, those that somebody subscribed to.
    task
        The task's own view, when somebody subscribed to it.
    network
        Neurons and weights, or layers, when somebody subscribed to them.
    model
        The model's own view of one sample, when somebody subscribed to it.
    optimizer
        What the optimizer remembers and does, when somebody subscribed to it.
    ending
        How the run ended, or None.
    """

    step: int
    epoch: float
    elapsed_s: float
    steps_per_s: float
    learning_rate: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    histograms: Mapping[Quantity, Histograms] = field(default_factory=dict)
    task: TaskView | None = None
    network: NetworkView | None = None
    model: ModelView | None = None
    optimizer: OptimizerView | None = None
    ending: Ending | None = None
