"""Rates that fall when a run gets no better."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.optimizers.schedule import SCHEDULES, Floats, Progress, Schedule


@SCHEDULES.register
class ReduceOnPlateau(Schedule):
    """Times γ whenever evaluations bring no better loss for a while."""

    LABEL = "Reduce on plateau"
    SOURCE = "as PyTorch's ReduceLROnPlateau with a relative threshold"
    kind: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    gamma: float = declare(
        0.1,
        gt=0,
        lt=1,
        slider=(0.01, 0.99),
        live=True,
        label="Factor γ",
        help="What the rate is multiplied by.",
    )
    patience: int = declare(
        10,
        ge=0,
        slider=(0, 100),
        live=True,
        unit="evaluations",
        help="Evaluations without a better validation loss (training loss without a validation "
        "part) that are borne; one more lowers the rate.",
    )
    threshold: float = declare(
        1e-4,
        ge=0,
        lt=1,
        slider=(0, 0.1),
        scale="log",
        live=True,
        advanced=True,
        help="Share by which a loss must be lower than the best to count as better.",
    )
    cooldown: int = declare(
        0,
        ge=0,
        slider=(0, 100),
        live=True,
        advanced=True,
        unit="evaluations",
        help="Evaluations after a drop that do not count.",
    )
    least: float = declare(
        0.0,
        ge=0,
        le=1,
        slider=(0, 1),
        scale="log",
        live=True,
        advanced=True,
        label="Not below",
        help="The lowest factor.",
    )

    @property
    def follows_evaluations(self) -> bool:
        return True

    def shape(self, steps: Floats) -> Floats:
        return np.ones_like(steps)

    def after_evaluation(self, progress: Progress, loss: float) -> Progress:
        best, n_bad, cooldown = progress.best, progress.n_bad + 1, progress.cooldown
        if loss < best * (1.0 - self.threshold):
            best, n_bad = loss, 0
        if cooldown:
            cooldown, n_bad = cooldown - 1, 0
        if n_bad <= self.patience:
            return Progress(best, n_bad, cooldown, progress.scale)
        scale = max(progress.scale * self.gamma, min(self.least, progress.scale))
        return Progress(best, 0, self.cooldown, scale)
