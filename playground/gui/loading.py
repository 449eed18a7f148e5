"""From an experiment to a trainer that fits its data; runs on the training thread."""

from __future__ import annotations

from playground.training.experiment import Experiment
from playground.training.trainer import Trainer


def build_trainer(experiment: Experiment) -> tuple[Trainer, str]:
    """Return the trainer and a remark on what had to be replaced, empty if nothing."""
    return Trainer(experiment), ""
