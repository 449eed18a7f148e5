"""What the window keeps of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.training.experiment import Experiment
from playground.training.snapshots import Edit, Ending, Histograms, OptimizerView, Quantity

if TYPE_CHECKING:
    from playground.data.table import Prepared
    from playground.models.layout import Layout
    from playground.training.history import History
    from playground.training.trainer import Trainer


@dataclass(eq=False)
class Run:
    """One run of the window, kept after it ended; it holds no trainer, so weights are freed.

    Attributes
    ----------
    experiment
        The values at its first step; ``edits`` says what changed later.
    histogram_log
        By quantity, the histograms of the moments that were kept.
    optimizer_log
        What was seen of the optimizer, the moments that were kept.
    color_index
        Counts runs; a view takes it modulo the number of its colours.
    """

    number: int
    label: str
    experiment: Experiment
    history: History
    prepared: Prepared
    layout: Layout
    histogram_log: Mapping[Quantity, tuple[Histograms, ...]]
    color_index: int
    optimizer_log: tuple[OptimizerView, ...] = ()
    edits: tuple[Edit, ...] = ()
    ending: Ending | None = None


def run_of(number: int, trainer: Trainer) -> Run:
    """Return the run that a new trainer is about to make."""
    return Run(
        number=number,
        label=_label(number, trainer.experiment),
        experiment=trainer.experiment,
        history=trainer.history,
        prepared=trainer.prepared,
        layout=trainer.layout,
        histogram_log=trainer.histogram_log,
        color_index=number - 1,
    )


def _label(number: int, experiment: Experiment) -> str:
    """Return what tells this run from its neighbours at a glance."""
    optimizer = experiment.optimizer
    rate = getattr(optimizer, "learning_rate", None)
    text = f"{number} · {optimizer.label()}"
    return text if rate is None else f"{text} {rate:g}"
