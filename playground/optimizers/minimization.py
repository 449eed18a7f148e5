"""Any optimizer on any function, from a start, for a number of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.errors import SpecError
from playground.models.layout import Layout
from playground.optimizers.clipping import Clipping
from playground.optimizers.constraints import Constraints
from playground.optimizers.function import Function
from playground.optimizers.objective import Counts, Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, Method, Optimizer
from playground.optimizers.paths import NOISE, Paths, plain_layout
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import Rates, Schedule, schedule_refusal
from playground.optimizers.schedules.basic import Constant
from playground.optimizers.wrappers import Wrappers
from playground.randomness import Stream

CHANCE = "optimizer"
"""The purpose of a method's own random numbers."""


@dataclass(frozen=True)
class Trajectory:
    """A path down a function.

    Attributes
    ----------
    theta
        Shape (steps + 1, n); row 0 is the start.
    loss, gradient_norm
        Shape (steps + 1,), at the rows of ``theta``.
    evaluations
        Shape (steps + 1,): how often the optimizer had asked for the function (alone or with its
        gradient) when it reached a row.
    diverged_at
        The row whose loss or gradient is not finite, or None. The path stays there.
    """

    theta: Array
    loss: Array
    gradient_norm: Array
    evaluations: Array
    diverged_at: int | None = None


def minimize(
    objective: Callable[[Any], Any] | Function,
    start: Any,
    optimizer: Optimizer | str,
    steps: int,
    seed: int = 0,
    *,
    layout: Layout | None = None,
    schedule: Schedule | None = None,
    clipping: Clipping | None = None,
    wrappers: Wrappers | None = None,
    constraints: Constraints | None = None,
) -> Trajectory:
    """Move a point down a function.

    Parameters
    ----------
    objective
        A callable of one array, built from functions of :mod:`playground.autodiff`, that gives a
        scalar; or a :class:`Function`, which may offer more than derivatives.
    start
        Where the path begins, n numbers.
    optimizer
        One of :data:`OPTIMIZERS` with its settings, or its name.
    steps
        How many steps to do.
    seed
        Of chance, where optimizer or function use any.
    layout
        Names of θ's segments, for optimizers that treat layers or matrices by themselves.
    schedule
        What the learning rate is multiplied by; one that follows evaluations takes each step's
        loss for one.
    clipping, wrappers, constraints
        What surrounds a first-order rule. The path is θ's own where weights are averaged, and
        the loss is that at θ, not at the worst point near it.

    Returns
    -------
    Trajectory

    Raises
    ------
    SpecError
        Where the start is not a row of numbers or the steps are fewer than none; where the
        optimizer cannot move such a function, has no learning rate to schedule, or does not go
        with what surrounds it.

    Examples
    --------
    >>> path = minimize(lambda x: (x[0] - 3.0) ** 2, [0.0], "sgd", steps=200)
    >>> round(float(path.theta[-1, 0]), 4)
    3.0
    """
    if isinstance(optimizer, str):
        optimizer = OPTIMIZERS[optimizer]()
    function = objective if isinstance(objective, Function) else Function(objective)
    theta = np.array(start, np.float64)
    if theta.ndim != 1 or not theta.size:
        raise SpecError(f"start: must be one row of numbers, got an array of shape {theta.shape}")
    if steps < 0:
        raise SpecError(f"steps: must be ≥ 0, got {steps}")
    layout = layout or plain_layout(theta.size)
    recipe = Recipe(
        optimizer,
        clipping or Clipping(),
        schedule or Constant(),
        wrappers or Wrappers(),
        constraints or Constraints(),
    )
    refusal = (
        optimizer.refuses(theta.size, function.offers(), is_deterministic=function.n_noise == 0)
        or schedule_refusal(recipe.schedule, optimizer)
        or recipe.refuses()
    )
    if refusal:
        raise SpecError(f"optimizer.kind: {optimizer.name()} cannot move this: {refusal}")
    if isinstance(optimizer, Method):
        walk = MethodWalk(
            function, optimizer, theta, layout=layout, seed=seed, schedule=recipe.schedule
        )
        return _followed(walk, steps)
    return _ruled(Paths(function, recipe, theta, layout=layout, seed=seed), steps)


class MethodWalk:
    """One point that a method moves down a function, a step at a time.

    Parameters
    ----------
    function, method
        What is made small, and what moves the point.
    start
        Shape (n,); copied.
    layout, seed, schedule
        As for :func:`minimize`.

    Attributes
    ----------
    theta
        Where it stands, shape (n,).
    loss, gradient_norm
        There.
    state
        What the method remembers.
    objective
        The function with its counts.
    is_finite
        Whether loss and gradient are.
    """

    def __init__(
        self,
        function: Function,
        method: Method,
        start: Array,
        *,
        layout: Layout | None = None,
        seed: int = 0,
        schedule: Schedule | None = None,
    ) -> None:
        start = np.array(start)
        self.layout = layout or plain_layout(start.size)
        fixed = {"noise": np.zeros(function.n_noise)} if function.n_noise else {}
        self._noise = fixed.get("noise")
        self.objective = Objective(function, self.layout, dtype=start.dtype, fixed=fixed)
        self.restart(method, start, seed=seed, schedule=schedule)

    def restart(
        self, method: Method, start: Array, *, seed: int = 0, schedule: Schedule | None = None
    ) -> None:
        """Begin anew with what was compiled before."""
        self.method = method
        self.theta = np.array(start)
        self._recipe = Recipe(method, schedule=schedule or Constant())
        self._rates = Rates(self._recipe.schedule)
        self.objective.counts = Counts()
        self.objective.renew()
        self.state = method.initial(self.theta, self.layout)
        self.n_steps = 0
        self._noise_stream = Stream(seed, NOISE)
        self._chance = Stream(seed, CHANCE)
        self._meet()

    def step(self) -> None:
        """Do one step; where loss or gradient are not finite, stay."""
        if self.is_finite:
            rng = self._chance.at(self.n_steps)
            method = self._recipe.method_at(self._rates, self.n_steps)
            with np.errstate(all="ignore"):
                self.theta = method.step(self.objective, self.theta, self.state, rng)
        self.n_steps += 1
        self._meet()
        self._rates.evaluated(self.n_steps, self.loss)

    @property
    def is_steady(self) -> bool:
        """Whether θ and state alone decided the last step: no noise, no chance, no schedule."""
        is_fixed = self._noise is None and not self._recipe.is_scheduled
        return is_fixed and not self._chance.was_drawn

    def _meet(self) -> None:
        """See what the function is here, with this step's noise."""
        if self._noise is not None:
            self._noise_stream.at(self.n_steps).standard_normal(out=self._noise)
            self.objective.renew()
        with np.errstate(all="ignore"):
            self.loss, gradient = self.objective.observe(self.theta)
            self.gradient_norm = float(np.sqrt(np.sum(np.square(gradient))))
        self.is_finite = bool(np.isfinite(self.loss) and np.isfinite(self.gradient_norm))


def _followed(walk: MethodWalk, steps: int) -> Trajectory:
    rows = []
    for step in range(steps + 1):
        if step:
            walk.step()
        counts = walk.objective.counts
        rows.append((walk.theta, walk.loss, walk.gradient_norm, counts.values))
    theta, loss, norm, evaluations = (np.array(column) for column in zip(*rows, strict=True))
    return Trajectory(theta, loss, norm, evaluations, _first_bad(loss, norm))


def _ruled(paths: Paths, steps: int) -> Trajectory:
    theta = np.empty((steps + 1, paths.theta.size))
    loss, norm = np.empty((2, steps + 1))
    for step in range(steps + 1):
        theta[step] = paths.theta
        paths.step()  # one more than asked for, which measures the last row
        loss[step], norm[step] = paths.loss, paths.gradient_norm
    evaluations = np.arange(steps + 1) * paths.evaluations_per_step
    return Trajectory(theta, loss, norm, evaluations, _first_bad(loss, norm))


def _first_bad(loss: Array, norm: Array) -> int | None:
    bad = np.flatnonzero(~(np.isfinite(loss) & np.isfinite(norm)))
    return int(bad[0]) if bad.size else None
