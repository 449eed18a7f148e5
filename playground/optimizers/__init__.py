"""Optimizers: what moves θ down an objective, each one class in the file of its family."""

from playground.optimizers.function import Function
from playground.optimizers.minimization import Trajectory, minimize
from playground.optimizers.objective import Counts, Objective
from playground.optimizers.optimizer import OPTIMIZERS, Method, Moment, Optimizer, UpdateRule
from playground.optimizers.schedule import SCHEDULES, Schedule

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Counts",
    "Function",
    "Method",
    "Moment",
    "Objective",
    "Optimizer",
    "Schedule",
    "Trajectory",
    "UpdateRule",
    "minimize",
]
