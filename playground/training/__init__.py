"""Training: experiment, trainer, history, snapshots, diagnostics; no Qt."""

from playground.training.experiment import Experiment
from playground.training.replay import run
from playground.training.snapshots import Edit, Ending, Outcome, Snapshot
from playground.training.trainer import Trainer

__all__ = ["Edit", "Ending", "Experiment", "Outcome", "Snapshot", "Trainer", "run"]
