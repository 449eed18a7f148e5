"""What a learning-rate schedule is, the registry of all of them, and how a run follows one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.declarations import Declared, Kind, Registry, declare, is_on

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Progress:
    """What the evaluations of a run have done to its learning rate.

    Attributes
    ----------
    best
        Least loss so far.
    n_bad
        Evaluations since then that brought no better one.
    cooldown
        Evaluations still to come that do not count.
    scale
        What the rate is multiplied by.
    """

    best: float = math.inf
    n_bad: int = 0
    cooldown: int = 0
    scale: float = 1.0


class Schedule(Kind):
    """Multiplies the learning rate by a factor that depends on the step, after a warm-up."""

    SOURCE: ClassVar[str] = ""
    """Paper and equation."""

    warmup_steps: int = declare(
        0,
        ge=0,
        slider=(0, 10_000),
        scale="log",
        live=True,
        unit="steps",
        label="Warm-up",
        help="Updates in which the rate grows in a straight line; the schedule begins after them.",
    )
    warmup_start: float = declare(
        0.0,
        ge=0,
        le=1,
        slider=(0.0, 1.0),
        live=True,
        advanced=True,
        label="Warm-up from",
        help="Share of the rate in the first update of the warm-up.",
    )

    @property
    def is_flat(self) -> bool:
        """Whether the factor is 1 at every step."""
        return False

    @property
    def follows_evaluations(self) -> bool:
        """Whether the factor also depends on how the run goes."""
        return False

    @property
    def cycles_momentum(self) -> bool:
        """Whether it sets the momentum of rules that have one, too."""
        return False

    def shape(self, steps: Floats) -> Floats:
        """Return the factors at steps ≥ 0 counted from the end of the warm-up."""
        raise NotImplementedError

    def momentum_shape(self, steps: Floats) -> Floats:
        """Return the momentum at such steps, where it is cycled."""
        raise NotImplementedError

    def length(self) -> float:
        """Return how many steps after the warm-up show what the schedule does; 0 for none."""
        return 0.0

    def after_evaluation(self, progress: Progress, loss: float) -> Progress:
        """Return the progress after one more evaluation."""
        return progress

    def factors(self, steps: ArrayLike) -> Floats:
        """Return what the learning rate is multiplied by, whatever evaluations will say.

        Parameters
        ----------
        steps
            Updates done before, of any shape: 0 for the first update.
        """
        steps = np.asarray(steps, np.float64)
        factors = self.shape(np.maximum(steps - self.warmup_steps, 0.0))
        if not self.warmup_steps:
            return factors
        share = np.minimum(steps / self.warmup_steps, 1.0)
        return factors * (self.warmup_start + (1.0 - self.warmup_start) * share)

    def momentum(self, steps: ArrayLike) -> Floats:
        """Return the momentum at steps as in :meth:`factors`, where it is cycled."""
        return self.momentum_shape(
            np.maximum(np.asarray(steps, np.float64) - self.warmup_steps, 0.0)
        )

    def horizon(self) -> int:
        """Return the step up to which a plot shows what the schedule does; 0 where nothing."""
        return self.warmup_steps + math.ceil(self.length())


SCHEDULES: Registry[Schedule] = Registry("schedule", "playground.optimizers.schedules")


def schedule_refusal(schedule: Schedule, optimizer: Declared) -> str:
    """Return why an optimizer cannot follow a schedule; empty where it can."""
    if schedule.is_flat or has_rate(optimizer):
        return ""
    return "a learning-rate schedule is on, and this optimizer has no learning rate"


def has_rate(optimizer: Declared) -> bool:
    """Whether an optimizer has a learning rate."""
    return "learning_rate" in type(optimizer).model_fields


def momentum_setting(optimizer: Declared) -> str:
    """Return the setting that is an optimizer's momentum; empty where it has none, or it is off."""
    for name in ("momentum", "beta1"):
        value = getattr(optimizer, name, False)
        if not isinstance(value, bool) and is_on(value):
            return name
    return ""


@dataclass(frozen=True)
class RateMemory:
    """What :class:`Rates` has to remember of a run.

    Attributes
    ----------
    progress
        After the last evaluation.
    scales
        (step, scale) each time that evaluations changed the rate, the first step first.
    """

    progress: Progress = Progress()
    scales: tuple[tuple[int, float], ...] = ((0, 1.0),)


class Rates:
    """The factor at each step of a run that is evaluated from time to time.

    Factors are computed a block of steps at once: alone, each would take as long as a small step.
    Blocks begin at multiples of their length, wherever a run starts from: powers of one number
    and of many differ in their last digit.
    """

    BLOCK = 512

    def __init__(self, schedule: Schedule, memory: RateMemory | None = None) -> None:
        self.memory = memory or RateMemory()
        self._schedule = schedule
        self._first = -1
        self._block: list[float] = []
        self._momentum: list[float] = []

    def at(self, step: int) -> float:
        """Return the factor of the update that follows ``step`` updates."""
        first = step - step % self.BLOCK
        if first != self._first:
            self._first = first
            steps = np.arange(first, first + self.BLOCK)
            self._block = self.factors(steps).tolist()
            if self._schedule.cycles_momentum:
                self._momentum = self._schedule.momentum(steps).tolist()
        return self._block[step - first]

    def with_momentum_at(self, step: int) -> tuple[float, float]:
        """Return the factor and the momentum of that update, where momentum is cycled."""
        factor = self.at(step)
        return factor, self._momentum[step - self._first]

    def factors(self, steps: NDArray[Any]) -> Floats:
        """Return the factors at some steps, as far as evaluations have decided them."""
        firsts, scales = (np.array(column) for column in zip(*self.memory.scales, strict=True))
        here = np.searchsorted(firsts, steps, side="right") - 1
        # Before the schedule was chosen nothing is known of it.
        return self._schedule.factors(steps) * scales[np.maximum(here, 0)]

    def follow(self, schedule: Schedule, step: int, *, is_new: bool) -> None:
        """Take over edited settings from a step on; a new schedule knows no evaluations."""
        self._schedule = schedule
        self._first = -1
        if is_new:
            self.memory = RateMemory(scales=((step, 1.0),))

    def evaluated(self, step: int, loss: float) -> None:
        """Take note of the loss after ``step`` updates."""
        before = self.memory.progress
        after = self._schedule.after_evaluation(before, loss)
        if after == before:
            return
        scales = self.memory.scales
        if after.scale != before.scale:
            scales = (*scales, (step, after.scale))
            self._first = -1
        self.memory = RateMemory(after, scales)
