"""What is compared: optimizers, seeds, and a setting that each optimizer tries out."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playground.declarations import setting_at, with_value
from playground.errors import SpecError
from playground.optimizers.notation import optimizer_text
from playground.optimizers.optimizer import Optimizer
from playground.training.experiment import Experiment
from playground.training.problem import pose, refusal_of

MOST_VALUES = 1000
MOST_RUNS = 10_000


@dataclass(frozen=True)
class Sweep:
    """Values of one setting of the optimizer, such as its learning rate.

    Attributes
    ----------
    setting
        Its name.
    low, high
        First and last value.
    count
        How many values; in equal ratios where the setting is declared on a log scale, else in
        equal distances.
    """

    setting: str
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.setting}={self.low!r}..{self.high!r}:{self.count}"

    def fits(self, optimizer: Optimizer) -> bool:
        """Whether the optimizer has such a setting."""
        return self.setting in type(optimizer).model_fields and self.setting != "kind"

    def values(self, optimizer: Optimizer) -> list[float]:
        """Return the values that this optimizer tries; none where it has no such setting.

        Raises
        ------
        SpecError
            Where the setting is not a number, or a logarithmic range does not lie above zero.
        """
        if not self.fits(optimizer):
            return []
        setting = setting_at(optimizer, self.setting)
        where = f"{optimizer.name()}.{self.setting}"
        if setting.form not in ("number", "integer"):
            raise SpecError(f"{where}: must be a number to be swept, got a {setting.form}")
        if setting.hints.scale == "log":
            if min(self.low, self.high) <= 0:
                raise SpecError(f"{where}: must be swept above 0, got {self}")
            values = np.geomspace(self.low, self.high, self.count)
        else:
            values = np.linspace(self.low, self.high, self.count)
        if setting.form == "integer":
            return [int(value) for value in dict.fromkeys(np.rint(values))]
        return [float(f"{value:.6g}") for value in values]


_SWEEP = re.compile(r"\s*(\w+)\s*=\s*(\S+?)\s*\.\.\s*(\S+?)\s*:\s*(\d+)\s*")


def parse_sweep(text: str) -> Sweep:
    """Return the sweep that a text such as ``learning_rate=1e-4..1:9`` means.

    Raises
    ------
    SpecError
        Where it cannot be read.
    """
    match = _SWEEP.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        low, high, count = float(match[2]), float(match[3]), int(match[4])
    except ValueError:
        raise SpecError(
            f"sweep: must be SETTING=LOW..HIGH:COUNT, as in learning_rate=1e-4..1:9, got {text!r}"
        ) from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise SpecError(f"sweep: must go from a lower to a higher number, got {text!r}")
    if not 2 <= count <= MOST_VALUES:
        raise SpecError(f"sweep: must have 2 … {MOST_VALUES} values, got {count}")
    return Sweep(match[1], low, high, count)


@dataclass(frozen=True)
class Job:
    """One run of a comparison.

    Attributes
    ----------
    number
        Its place among all runs.
    optimizer
        Which of the comparison's optimizers, as text.
    value
        Of the swept setting; None where the optimizer is not swept.
    seed
        Of the first weights and of the batches.
    experiment
        What is trained.
    steps
        How far.
    """

    number: int
    optimizer: str
    value: float | None
    seed: int
    experiment: Experiment
    steps: int

    def __str__(self) -> str:
        value = "" if self.value is None else f", {self.value:g}"
        return f"{self.optimizer}{value}, seed {self.seed}"


@dataclass(frozen=True)
class Comparison:
    """Optimizers on the same experiment: the same data, first weights and batches for each seed.

    Attributes
    ----------
    experiment
        What is trained; its own optimizer and stop rules do not matter.
    optimizers
        What is compared, each different from the others.
    steps
        Updates of every run.
    seeds
        How many runs each of them does. The first has the experiment's seeds of weights and
        batches, each further one the next higher ones; the data stay the same.
    sweep
        What each optimizer that has such a setting tries, so that the comparison is fair.
    """

    experiment: Experiment
    optimizers: tuple[Optimizer, ...]
    steps: int
    seeds: int = 1
    sweep: Sweep | None = None

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The optimizers as texts, without the swept setting."""
        return tuple(optimizer_text(self._unswept(optimizer)) for optimizer in self.optimizers)

    def _unswept(self, optimizer: Optimizer) -> Optimizer:
        if self.sweep is None or not self.sweep.fits(optimizer):
            return optimizer
        default = setting_at(optimizer, self.sweep.setting).default
        return with_value(optimizer, self.sweep.setting, default)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Every run: seed by seed, so that what is known early covers all optimizers."""
        found: list[Job] = []
        for seed in range(self.seeds):
            for label, optimizer in zip(self.labels, self.optimizers, strict=True):
                for value, swept in self._variants(optimizer):
                    experiment = self._of(swept, seed)
                    number = experiment.seeds.weights
                    found.append(Job(len(found), label, value, number, experiment, self.steps))
        return tuple(found)

    def _variants(self, optimizer: Optimizer) -> list[tuple[float | None, Optimizer]]:
        values = self.sweep.values(optimizer) if self.sweep else []
        if not values:
            return [(None, optimizer)]
        assert self.sweep is not None
        return [(value, with_value(optimizer, self.sweep.setting, value)) for value in values]

    def _of(self, optimizer: Optimizer, seed: int) -> Experiment:
        seeds = self.experiment.seeds
        shifted = {"weights": seeds.weights + seed, "batches": seeds.batches + seed}
        off = {"steps": 0, "epochs": 0, "target_loss": 0.0, "patience": 0}
        return self.experiment.model_copy(
            update={
                "optimizer": optimizer,
                "seeds": seeds.model_copy(update=shifted),
                "stop": self.experiment.stop.model_copy(update=off),
            }
        )


def check(comparison: Comparison) -> None:
    """Refuse what could not be run, before anything starts.

    Raises
    ------
    SpecError, DataError
        One line per reason.
    """
    if not comparison.optimizers:
        raise SpecError("optimizers: needs at least one")
    twice = {label for label in comparison.labels if comparison.labels.count(label) > 1}
    if twice:
        raise SpecError(f"optimizers: must differ, got {', '.join(sorted(twice))} twice")
    sweep = comparison.sweep
    if sweep and not any(sweep.fits(optimizer) for optimizer in comparison.optimizers):
        raise SpecError(f"sweep: no optimizer here has a setting {sweep.setting!r}")
    if len(comparison.jobs) > MOST_RUNS:
        raise SpecError(f"compare: does at most {MOST_RUNS:,} runs, got {len(comparison.jobs):,}")
    problem = pose(comparison.experiment)
    n_train = len(problem.prepared.train)
    reasons = []
    for optimizer in comparison.optimizers:
        reason = refusal_of(optimizer, comparison.experiment, problem, n_train)
        if reason:
            reasons.append(f"optimizers: {optimizer.name()} cannot train this: {reason}")
    if reasons:
        raise SpecError("\n".join(reasons))
