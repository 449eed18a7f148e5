"""The constant rate, and rates that fall."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import Declared, declare
from playground.optimizers.schedule import SCHEDULES, Floats, Schedule
from playground.optimizers.schedules.settings import end_setting, gamma_setting, steps_setting


@SCHEDULES.register
class Constant(Schedule):
    """The same rate all the time."""

    kind: Literal["constant"] = "constant"

    @property
    def is_flat(self) -> bool:
        return self.warmup_steps == 0

    def shape(self, steps: Floats) -> Floats:
        return np.ones_like(steps)


@SCHEDULES.register
class Step(Schedule):
    """Times γ after every so many steps."""

    kind: Literal["step"] = "step"
    every: int = steps_setting(1000, "Every", "Steps between two drops.")
    gamma: float = gamma_setting(0.5, "What the rate is multiplied by at a drop.")

    def shape(self, steps: Floats) -> Floats:
        return self.gamma ** np.floor(steps / self.every)

    def length(self) -> float:
        return 6.0 * self.every


class Milestone(Declared):
    """A step at which the rate drops."""

    step: int = declare(
        1000, ge=0, slider=(0, 100_000), scale="log", live=True, help="Where it drops."
    )


@SCHEDULES.register
class MultiStep(Schedule):
    """Times γ at chosen steps."""

    LABEL = "Multi-step"
    kind: Literal["multi_step"] = "multi_step"
    milestones: tuple[Milestone, ...] = declare(
        (Milestone(step=1000), Milestone(step=2000)),
        max_length=20,
        live=True,
        help="The steps at which the rate drops, counted from the end of the warm-up.",
    )
    gamma: float = gamma_setting(0.1, "What the rate is multiplied by at each of them.")

    def shape(self, steps: Floats) -> Floats:
        drops = np.sort([float(m.step) for m in self.milestones])
        return self.gamma ** np.searchsorted(drops, steps, side="right").astype(np.float64)

    def length(self) -> float:
        return 1.3 * max((m.step for m in self.milestones), default=0)


@SCHEDULES.register
class Exponential(Schedule):
    """Falls by the same share in every step: γ to the power t / steps."""

    kind: Literal["exponential"] = "exponential"
    steps: int = steps_setting(1000, "Steps", "Steps in which the rate falls to γ times itself.")
    gamma: float = gamma_setting(0.5, "What the rate is multiplied by in so many steps.")

    def shape(self, steps: Floats) -> Floats:
        return self.gamma ** (steps / self.steps)

    def length(self) -> float:
        return 6.0 * self.steps


@SCHEDULES.register
class Polynomial(Schedule):
    """Falls to its end with a power of the steps that are left."""

    SOURCE = "Chen et al. 2017 (DeepLab), section 4.1, with an end of one's own choice"
    kind: Literal["polynomial"] = "polynomial"
    steps: int = steps_setting(5000, "Steps", "Steps until the end is reached; it stays there.")
    power: float = declare(
        1.0,
        gt=0,
        slider=(0.1, 5.0),
        live=True,
        help="1 is a straight line; more falls quickly at first.",
    )
    end: float = end_setting()

    def shape(self, steps: Floats) -> Floats:
        left = 1.0 - np.minimum(steps / self.steps, 1.0)
        return self.end + (1.0 - self.end) * left**self.power

    def length(self) -> float:
        return 1.15 * self.steps


@SCHEDULES.register
class InverseSquareRoot(Schedule):
    """Falls as one over the root of the steps; with a warm-up as long, the Transformer's own."""

    SOURCE = "Vaswani et al. 2017, eq. 3"
    kind: Literal["inverse_square_root"] = "inverse_square_root"
    steps: int = steps_setting(
        1000, "Steps", "Steps after which the rate has fallen to 0.71; as many as the warm-up has."
    )

    def shape(self, steps: Floats) -> Floats:
        return np.sqrt(self.steps / (self.steps + steps))

    def length(self) -> float:
        return 20.0 * self.steps
