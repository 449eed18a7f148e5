"""The learning-rate range test: what each rate does to the loss, on a copy of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playground.errors import SpecError
from playground.optimizers.curvature import largest_eigenvalue
from playground.optimizers.schedule import has_rate
from playground.optimizers.schedules.basic import Constant
from playground.randomness import generator
from playground.training.threads import at_work

if TYPE_CHECKING:
    from playground.training.machine import Machine
    from playground.training.trainer import Trainer

Floats = NDArray[np.float64]

LOW, HIGH, N_RATES = 1e-6, 10.0, 150

SMOOTH_DECADES = 0.12
"""Standard deviation of the bell over which a mean of neighbouring losses is taken."""

TOO_MUCH = 4.0
"""The test ends where the loss is so many times its lowest, and above its first."""

RISE = 0.1
"""What the loss must rise again at high rates, as a share of what it fell before."""

AVERAGED = 5
"""Losses that are averaged to decide that; one batch may be an unlucky one."""

BLOCK = 5
"""Rates between two results."""

HOW = (
    "Each rate is used for one update of a copy, from the lowest up, and then judged by the loss "
    "on the next mini-batch, less what that batch differs from others at the first weights. The "
    f"curve is a mean over neighbours, weighted by a bell of {SMOOTH_DECADES:g} decades."
)


@dataclass(frozen=True)
class RangeTest:
    """What a range test has found so far (Smith 2017, section 3.3).

    Attributes
    ----------
    rates, losses
        A rate, and the loss with penalties on the next mini-batch after an update with it, both
        of shape (n,). Of each loss is taken what its batch's loss at the first weights differs
        from the mean of those: batches differ more than most updates change.
    smoothed
        The losses averaged over neighbours, shape (n,).
    n_rates
        How many rates are to be tried.
    has_diverged
        Whether the loss grew so much that the test ended there.
    is_done
        Whether it has ended.
    stability_limit
        2/λ of the largest eigenvalue λ of the loss's Hessian at the start: beyond it plain
        gradient descent leaves a valley. None on mini-batches, or where λ ≤ 0.
    """

    rates: Floats
    losses: Floats
    smoothed: Floats
    n_rates: int
    has_diverged: bool = False
    is_done: bool = False
    stability_limit: float | None = None

    @property
    def steepest(self) -> float | None:
        """The rate at which the smoothed loss falls most by the rate's logarithm, or None."""
        lowest = self._lowest()
        if lowest < 2:
            return None
        slopes = np.gradient(self.smoothed[: lowest + 1], np.log(self.rates[: lowest + 1]))
        index = int(np.argmin(slopes))
        return float(self.rates[index]) if slopes[index] < 0 else None

    @property
    def largest_stable(self) -> float | None:
        """The rate at which the smoothed loss is lowest, if it rises beyond; else None."""
        lowest, curve = self._lowest(), self.smoothed
        if not 0 < lowest < len(curve) - 1:
            return None
        rises = curve[-1] - curve[lowest] > RISE * (curve[0] - curve[lowest])
        return float(self.rates[lowest]) if rises else None

    def _lowest(self) -> int:
        return int(np.argmin(self.smoothed)) if len(self.smoothed) else 0


def check_rates(low: float, high: float, n_rates: int) -> None:
    """Check that rates are a range.

    Raises
    ------
    SpecError
        Where they are none.
    """
    if not 0 < low < high < math.inf:
        raise SpecError(f"rates: must be finite and 0 < low < high, got {low:g} and {high:g}")
    if not 5 <= n_rates <= 10_000:
        raise SpecError(f"rates: must be 5 to 10000 of them, got {n_rates}")


class RateFinder:
    """Tries ever higher rates on a copy of a run; the run itself stays as it is.

    Parameters
    ----------
    trainer
        Whose weights, optimizer state and batches are copied.
    low, high
        The first and the last rate.
    n_rates
        How many there are, evenly spaced by their logarithms.

    Raises
    ------
    SpecError
        Where the optimizer has no learning rate, or the rates are no range.
    """

    def __init__(
        self, trainer: Trainer, low: float = LOW, high: float = HIGH, n_rates: int = N_RATES
    ) -> None:
        experiment = trainer.experiment
        if not has_rate(experiment.optimizer):
            name = experiment.optimizer.name()
            raise SpecError(f"optimizer.kind: {name} has no learning rate to find")
        check_rates(low, high, n_rates)
        self._rates = np.geomspace(low, high, n_rates)
        self._experiment = experiment.model_copy(update={"schedule": Constant()})
        self._machine: Machine = trainer.branch()
        self._is_deterministic = self._machine.is_deterministic()

    def run(self) -> Iterator[RangeTest]:
        """Yield what is known after each few rates; the last result is the whole test."""
        machine, losses = self._machine, _Losses(self._machine)
        with np.errstate(all="ignore"), at_work(machine.team):
            limit = self._stability_limit()
        for first in range(0, len(self._rates), BLOCK):
            # Not around the yields, where the thread does other work.
            with np.errstate(all="ignore"), at_work(machine.team):
                for rate in self._rates[first : first + BLOCK]:
                    self._take_rate(rate)
                    machine.move()
                    losses.measure()
                    if losses.have_diverged():
                        break
            done = losses.have_diverged() or losses.count == len(self._rates)
            yield self._result(losses, limit, is_done=done)
            if done:
                return

    def _take_rate(self, rate: float) -> None:
        optimizer = self._experiment.optimizer.model_copy(update={"learning_rate": float(rate)})
        self._machine.configure(self._experiment.model_copy(update={"optimizer": optimizer}))

    def _result(self, losses: _Losses, limit: float | None, *, is_done: bool) -> RangeTest:
        values = losses.values()
        rates = self._rates[: len(values)]
        smoothed, n_rates = smooth(rates, values), len(self._rates)
        diverged = losses.have_diverged()
        return RangeTest(rates, values, smoothed, n_rates, diverged, is_done, limit)

    def _stability_limit(self) -> float | None:
        if not self._is_deterministic:
            return None
        machine = self._machine
        theta, objective = machine.theta.copy(), machine.objective()
        is_single = theta.dtype == np.float32
        value = largest_eigenvalue(
            lambda v: objective.hessian_product(theta, v.astype(theta.dtype)),
            theta.size,
            generator(0, "curvature"),
            tolerance=1e-5 if is_single else 1e-8,
        )
        return 2.0 / value if value > 0 and math.isfinite(value) else None


class _Losses:
    """The loss after each update, on the mini-batch to come, and that batch's at the start."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._start = machine.theta.copy()
        self._now: list[float] = []
        self._at_start: list[float] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._now)

    def measure(self) -> None:
        """Take the next one."""
        objective = self._machine.objective()
        self._at_start.append(objective.value(self._start))
        self._now.append(objective.value(self._machine.theta))

    def values(self) -> Floats:
        """Return the finite ones, comparable across batches."""
        now, at_start = np.array(self._now), np.array(self._at_start)
        losses = now - (at_start - at_start.mean())
        return losses[np.isfinite(losses)]

    def have_diverged(self) -> bool:
        """Whether the last ones are much higher than the lowest ones were."""
        if not math.isfinite(self._now[-1]):
            return True
        if self.count <= 2 * AVERAGED:
            return False
        means = np.convolve(self.values(), np.full(AVERAGED, 1 / AVERAGED), "valid")
        return bool(means[-1] > max(TOO_MUCH * means.min(), means[0]))


def smooth(rates: Floats, losses: Floats) -> Floats:
    """Return each loss averaged with its neighbours, by how near their rates' logarithms are."""
    if not len(rates):
        return losses
    decades = np.log10(rates)
    weights = np.exp(-0.5 * ((decades[:, None] - decades) / SMOOTH_DECADES) ** 2)
    return np.asarray(weights @ losses / weights.sum(axis=1))
