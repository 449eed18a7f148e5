"""Everything that a run needs to go on bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from playground.optimizers.schedule import RateMemory
from playground.training.experiment import Experiment
from playground.training.history import History
from playground.training.snapshots import Edit


@dataclass(frozen=True)
class Position:
    """Where training stands: what a step reads and moves, and nothing else.

    Attributes
    ----------
    theta, state, running
        The weights, the optimizer's arrays and the model's running statistics by name.
    optimizer_step
        Updates since the optimizer's state was new.
    step
        Updates since the start.
    evaluations
        How often the optimizers have asked for the loss so far.
    cursor
        The batch order's position.
    """

    theta: NDArray[Any]
    state: dict[str, NDArray[Any]]
    running: dict[str, NDArray[Any]]
    optimizer_step: int
    step: int
    evaluations: int
    cursor: dict[str, int]


@dataclass(frozen=True)
class Checkpoint:
    """A position with all that led to it.

    ``rates`` is what the schedule has seen of the run; ``rested_at`` is the row that was scored
    only because the run paused there, or None.
    """

    first_experiment: Experiment
    experiment: Experiment
    edits: tuple[Edit, ...]
    position: Position
    history: History
    elapsed_s: float
    best: float
    since_best: int
    rates: RateMemory
    rested_at: int | None
    best_position: Position | None = None
