"""What a trainer shows to whoever watches it: histograms and the task's view, on a budget."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from playground.training.control import Subscription
from playground.training.diagnostics import (
    TaskViewer,
    activation_histograms,
    parameter_histograms,
)
from playground.training.encoded import Encoded
from playground.training.experiment import Experiment
from playground.training.internals import optimizer_view
from playground.training.machine import Machine
from playground.training.model_picture import ModelViewer
from playground.training.moment_log import MomentLog
from playground.training.network_picture import NetworkViewer
from playground.training.problem import Problem
from playground.training.views import (
    Histograms,
    ModelView,
    NetworkView,
    OptimizerView,
    Quantity,
    TaskView,
)

QUANTITIES: tuple[Quantity, ...] = ("weights", "gradients", "activations")

SHARE = 0.1
"""Largest share of the run time that diagnostics may take."""

LEAST_PERIOD_S = 0.08
"""Pictures change at most some twelve times a second; the eye asks for no more."""


class Viewer:
    """Looks into a machine without moving it.

    Attributes
    ----------
    logs
        The histograms that were shown so far, by quantity.
    optimizer_log
        What was shown of the optimizer.
    """

    def __init__(
        self, problem: Problem, machine: Machine, experiment: Experiment, parts: dict[str, Encoded]
    ) -> None:
        self._problem = problem
        self._machine = machine
        self._train = parts["train"]
        self._task = TaskViewer(problem, experiment.loss, parts)
        self._network = NetworkViewer(problem, experiment.model, parts["train"])
        self._model = ModelViewer(problem, experiment.loss, parts)
        self._budget = Budget()
        self.logs: dict[Quantity, MomentLog[Histograms]] = {q: MomentLog() for q in QUANTITIES}
        self.optimizer_log: MomentLog[OptimizerView] = MomentLog()

    def views(self, wanted: frozenset[Subscription], *, at_rest: bool) -> dict[str, Any]:
        """Return what is wanted, named as in a snapshot.

        Parameters
        ----------
        wanted
            Names of diagnostics.
        at_rest
            Whether they must be of this very step; otherwise they are as fresh as their share of
            time allows.
        """
        n_sharing = 0 if at_rest else len(wanted)
        step = self._machine.step
        if self._model.is_out_of_date:
            self._budget.forget("model")
        views: dict[str, Any] = {
            name: self._budget.get(name, step, self._maker(name, at_rest), n_sharing)
            for name in wanted
        }
        histograms = {q: views.pop(q) for q in QUANTITIES if q in views}
        return {"histograms": histograms, **views}

    def look_at(self, row: int | None) -> None:
        """Show a row of the table from the inside; any thread may call this."""
        self._model.row = row

    def forget(self, name: Subscription | None = None) -> None:
        """Make one view anew, or all: somebody has changed something between two steps."""
        self._budget.forget(name)

    def _maker(
        self, name: Subscription, at_rest: bool
    ) -> Callable[[], Histograms | TaskView | NetworkView | ModelView | OptimizerView]:
        if name == "task":
            return lambda: self._task.view(self._machine.programs, self._machine.step)
        if name == "network":
            return lambda: self._network.view(self._machine, at_rest=at_rest)
        if name == "model":
            return lambda: self._model.view(self._machine)
        if name == "optimizer":
            return self._optimizer
        return lambda: self._histograms(name)

    def _optimizer(self) -> OptimizerView:
        made = optimizer_view(self._machine, self._problem.layout)
        self.optimizer_log.add(made)
        return made

    def _histograms(self, quantity: Quantity) -> Histograms:
        machine = self._machine
        if quantity == "activations":
            made = activation_histograms(machine.programs, self._train, machine.step)
        else:
            values = machine.theta if quantity == "weights" else machine.gradient()
            made = parameter_histograms(quantity, self._problem, machine.step, values)
        self.logs[quantity].add(made)
        return made


class Budget:
    """Lets each diagnostic run again once its share of time has gone by."""

    def __init__(self) -> None:
        self._due_s: dict[str, float] = {}
        self._kept: dict[str, tuple[int, Any]] = {}

    def forget(self, name: Subscription | None = None) -> None:
        """Drop what was kept of one diagnostic, or of all."""
        for dropped in [name] if name else list(self._kept):
            self._kept.pop(dropped, None)

    def get(self, name: Subscription, step: int, make: Callable[[], Any], n_sharing: int) -> Any:
        """Return a diagnostic: as it was at this step, or made anew when its time has come.

        Parameters
        ----------
        name, step
            Which diagnostic, and of which moment.
        make
            Makes it.
        n_sharing
            How many diagnostics share the budget; 0 spends without counting.
        """
        now = perf_counter()
        kept = self._kept.get(name)
        if kept and (kept[0] == step or (n_sharing and now < self._due_s[name])):
            return kept[1]
        made = make()
        cost_s = perf_counter() - now
        self._kept[name] = (step, made)
        self._due_s[name] = now + max(LEAST_PERIOD_S, cost_s * n_sharing / SHARE)
        return made
