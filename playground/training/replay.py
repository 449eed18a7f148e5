"""A whole run from what is recorded of it: its experiment, its edits, how many steps."""

from __future__ import annotations

from collections.abc import Iterable

from playground.errors import SpecError
from playground.training.control import Control
from playground.training.experiment import Experiment
from playground.training.snapshots import Edit
from playground.training.trainer import Trainer


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
    control
        A watcher's end of the line.

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
