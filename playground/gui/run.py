"""What the window keeps of its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.training.experiment import Experiment
from playground.training.snapshots import Edit, Ending
from playground.training.views import Histograms, OptimizerView, Quantity

if TYPE_CHECKING:
    from playground.data.table import Prepared
    from playground.models.layout import Layout
    from playground.training.history import History
    from playground.training.trainer import Trainer

MOST_RUNS = 20


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

    def take_edits(self, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Take over the trainer's edits and return those that are new."""
        new = edits[len(self.edits) :]
        if new:
            self.edits = edits
        return new


class RunList:
    """The present run, and the earlier ones that trained at all.

    Attributes
    ----------
    present
        The run that goes on or went on last; None before the first.
    earlier
        Those before it, oldest first, at most ``MOST_RUNS``.
    """

    def __init__(self) -> None:
        self.present: Run | None = None
        self.earlier: list[Run] = []
        self._numbers = 0

    def begin(self, trainer: Trainer) -> Run:
        """Put the present run to the earlier ones and return that of a new trainer."""
        if self.present is not None and len(self.present.history) > 1:
            self.earlier = [*self.earlier, self.present][-MOST_RUNS:]
        self._numbers += 1
        self.present = _run_of(self._numbers, trainer)
        return self.present

    def clear(self) -> None:
        """Forget the earlier runs."""
        self.earlier = []


def _run_of(number: int, trainer: Trainer) -> Run:
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
