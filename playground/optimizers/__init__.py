"""Optimizers: what moves θ down an objective, each one class in the file of its family."""

from playground.optimizers.clipping import Clipping
from playground.optimizers.constraints import Constraints
from playground.optimizers.function import Function
from playground.optimizers.minimization import Trajectory, minimize
from playground.optimizers.objective import Counts, Objective
from playground.optimizers.optimizer import OPTIMIZERS, Method, Moment, Optimizer, UpdateRule
from playground.optimizers.schedule import SCHEDULES, Schedule
from playground.optimizers.wrappers import Wrappers

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Clipping",
    "Constraints",
    "Counts",
    "Function",
    "Method",
    "Moment",
    "Objective",
    "Optimizer",
    "Schedule",
    "Trajectory",
    "UpdateRule",
    "Wrappers",
    "minimize",
]
