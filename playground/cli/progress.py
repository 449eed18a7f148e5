"""The progress of a training run as a bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress

from playground.cli.bars import bar
from playground.training.control import Control, Mailbox
from playground.training.experiment import Experiment
from playground.training.snapshots import Snapshot

PERIOD_S = 0.1


class _Bar(Mailbox):
    """Shows a snapshot as soon as it is posted, on the training thread itself."""

    def __init__(self, progress: Progress, by_epoch: bool, total: int | None) -> None:
        super().__init__()
        self._progress = progress
        self._by_epoch = by_epoch
        self._task = progress.add_task("epochs" if by_epoch else "steps", total=total, note="")

    def put(self, item: Snapshot) -> None:
        done = int(item.epoch) if self._by_epoch else item.step
        loss = item.scores.get("validation_loss", item.scores.get("train_loss"))
        text = "" if loss is None else f"loss {loss:.4g}"
        self._progress.update(self._task, completed=done, note=text, refresh=True)


@contextmanager
def progress_of(experiment: Experiment, steps: int = 0) -> Iterator[Control]:
    """Yield a control whose snapshots move a bar.

    Parameters
    ----------
    experiment
        Its stop rules say how far it is to the end.
    steps
        The end where it is known otherwise; 0 leaves it to the stop rules.
    """
    stop = experiment.stop
    control = Control(PERIOD_S)
    with bar() as progress:
        total = steps or stop.steps
        by_epoch = not total and bool(stop.epochs)
        control.mailbox = _Bar(progress, by_epoch, stop.epochs if by_epoch else total or None)
        yield control
