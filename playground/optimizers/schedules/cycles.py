"""Rates that follow waves, once or again and again."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.optimizers.schedule import SCHEDULES, Floats, Schedule
from playground.optimizers.schedules.settings import end_setting, steps_setting


@SCHEDULES.register
class Cosine(Schedule):
    """Falls along half a cosine wave to its end."""

    SOURCE = "Loshchilov & Hutter 2017, eq. 5, without restarts"
    kind: Literal["cosine"] = "cosine"
    steps: int = steps_setting(5000, "Steps", "Steps until the end is reached; it stays there.")
    end: float = end_setting()

    def shape(self, steps: Floats) -> Floats:
        return _half_wave(np.minimum(steps / self.steps, 1.0), 1.0, self.end)

    def length(self) -> float:
        return 1.15 * self.steps


@SCHEDULES.register
class CosineRestarts(Schedule):
    """Half cosine waves one after the other, each starting from the whole rate again."""

    LABEL = "Cosine with restarts"
    SOURCE = "Loshchilov & Hutter 2017 (SGDR), eq. 5"
    kind: Literal["cosine_restarts"] = "cosine_restarts"
    steps: int = steps_setting(1000, "First cycle", "Steps of the first cycle.")
    growth: int = declare(
        2,
        ge=1,
        le=10,
        slider=(1, 5),
        live=True,
        help="How many times as long each cycle is as the one before.",
    )
    end: float = end_setting()

    def shape(self, steps: Floats) -> Floats:
        if self.growth == 1:
            start, cycle = np.floor(steps / self.steps) * self.steps, float(self.steps)
            return _half_wave((steps - start) / cycle, 1.0, self.end)
        starts = [0.0]
        last = float(np.max(steps, initial=0.0))
        while starts[-1] <= last:  # few, for each cycle is at least twice as long
            starts.append(starts[-1] + self.steps * float(self.growth) ** (len(starts) - 1))
        edges = np.array(starts)
        index = np.searchsorted(edges, steps, side="right") - 1
        return _half_wave((steps - edges[index]) / (edges[index + 1] - edges[index]), 1.0, self.end)

    def length(self) -> float:
        return float(self.steps * (3 if self.growth == 1 else 1 + self.growth + self.growth**2))


@SCHEDULES.register
class OneCycle(Schedule):
    """Up to the whole rate and down again to almost nothing; momentum goes the other way."""

    LABEL = "One-cycle"
    SOURCE = "Smith & Topin 2018; Smith 2018, section 4; two phases as in PyTorch and fast.ai"
    kind: Literal["one_cycle"] = "one_cycle"
    steps: int = steps_setting(
        5000, "Steps", "Steps of the whole cycle; the rate stays at its end."
    )
    rise: float = declare(
        0.3,
        gt=0,
        lt=1,
        slider=(0.01, 0.99),
        live=True,
        label="Share of rise",
        help="Share of the cycle in which the rate grows.",
    )
    start_divisor: float = declare(
        25.0,
        ge=1,
        slider=(1, 1000),
        scale="log",
        live=True,
        label="Start: rate ÷",
        help="The first rate is the whole one over this.",
    )
    end_divisor: float = declare(
        1e4,
        ge=1,
        slider=(1, 1e6),
        scale="log",
        live=True,
        label="End: start ÷",
        help="The last rate is the first one over this.",
    )
    curve: Literal["cosine", "linear"] = declare(
        "cosine", live=True, help="How the rate goes from one to the other."
    )
    cycle_momentum: bool = declare(
        True,
        live=True,
        help="Whether momentum falls while the rate rises and rises again with the rate's fall, "
        "whatever the optimizer's own is: β, or β₁ of Adam's family. One without stays without.",
    )
    least_momentum: float = declare(
        0.85,
        ge=0,
        lt=1,
        slider=(0.0, 0.999),
        live=True,
        advanced=True,
        label="Momentum at the peak",
        help="The momentum at the highest rate.",
    )
    most_momentum: float = declare(
        0.95,
        ge=0,
        lt=1,
        slider=(0.0, 0.999),
        live=True,
        advanced=True,
        label="Momentum at the ends",
        help="The momentum at the first and at the last rate.",
    )

    @property
    def cycles_momentum(self) -> bool:
        return self.cycle_momentum

    def shape(self, steps: Floats) -> Floats:
        start = 1.0 / self.start_divisor
        return self._through(steps, start, 1.0, start / self.end_divisor)

    def momentum_shape(self, steps: Floats) -> Floats:
        return self._through(steps, self.most_momentum, self.least_momentum, self.most_momentum)

    def _through(self, steps: Floats, start: float, top: float, end: float) -> Floats:
        """Return a curve through the three numbers at the first step, the peak and the last."""
        last = max(self.steps - 1.0, 1.0)
        # The peak need not lie on a step, as in PyTorch.
        peak = min(max(self.rise * self.steps - 1.0, 1e-9), last - 1e-9)
        between = _half_wave if self.curve == "cosine" else _line
        up = between(np.minimum(steps / peak, 1.0), start, top)
        down = np.clip((steps - peak) / (last - peak), 0.0, 1.0)
        return np.where(steps <= peak, up, between(down, top, end))

    def length(self) -> float:
        return 1.1 * self.steps


@SCHEDULES.register
class Cyclical(Schedule):
    """Up and down in straight lines, again and again."""

    SOURCE = "Smith 2017 (cyclical learning rates), section 3.1"
    kind: Literal["cyclical"] = "cyclical"
    up: int = steps_setting(1000, "Steps up", "Steps of a rise.")
    down: int = steps_setting(1000, "Steps down", "Steps of a fall.")
    low: float = declare(
        0.1, ge=0, le=1, slider=(0.0, 1.0), live=True, help="Factor between two rises."
    )
    decay: Literal["none", "half each cycle", "exponential"] = declare(
        "none", live=True, help="How the peaks become lower: not, by half, or with γ each step."
    )
    gamma: float = declare(
        0.9998,
        gt=0,
        le=1,
        slider=(0.99, 1.0),
        live=True,
        advanced=True,
        label="Factor γ",
        help="What an exponential decay multiplies the height of a peak by in every step.",
    )

    def shape(self, steps: Floats) -> Floats:
        period = float(self.up + self.down)
        cycle = np.floor(steps / period)
        within = steps - cycle * period
        height = np.where(within <= self.up, within / self.up, (period - within) / self.down)
        if self.decay == "half each cycle":
            height = height / 2.0**cycle
        elif self.decay == "exponential":
            height = height * self.gamma**steps
        return self.low + (1.0 - self.low) * height

    def length(self) -> float:
        return 4.0 * (self.up + self.down)


def _half_wave(share: Floats, start: float, end: float) -> Floats:
    return end + (start - end) * (1.0 + np.cos(np.pi * share)) / 2.0


def _line(share: Floats, start: float, end: float) -> Floats:
    return start + (end - start) * share
