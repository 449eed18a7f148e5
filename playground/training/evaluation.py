"""Scores over whole parts, in evaluation mode."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.models.losses import Loss
from playground.tasks import Task
from playground.training.encoded import Encoded
from playground.training.programs import Programs

CHUNK = 4096
"""Rows evaluated at once; bounds the memory of large parts."""


def outputs_and_loss(programs: Programs, data: Encoded) -> tuple[NDArray[Any], float]:
    """Return the model's outputs of shape (n, n_outputs) and the mean loss over all rows."""
    n = len(data.inputs)
    outputs = np.empty(data.targets.shape, data.targets.dtype)
    total = 0.0
    for first in range(0, n, CHUNK):
        rows = slice(first, min(first + CHUNK, n))
        bound = programs.evaluation(rows.stop - first)
        bound.inputs["inputs"][...] = data.inputs[rows]
        bound.inputs["targets"][...] = data.targets[rows]
        bound.run()
        outputs[rows] = bound.outputs["outputs"]
        total += float(bound.outputs["loss"]) * (rows.stop - first)
    return outputs, total / n if n else float("nan")


def score(part: str, programs: Programs, data: Encoded, loss: Loss, task: Task) -> dict[str, float]:
    """Return a part's loss and its accuracy or R², named ``train_loss`` …; empty without rows."""
    if not len(data.inputs):
        return {}
    outputs, mean = outputs_and_loss(programs, data)
    if task.is_classification:
        accuracy = float(np.mean(loss.decide(outputs) == data.true))
        return {f"{part}_loss": mean, f"{part}_accuracy": accuracy}
    return {f"{part}_loss": mean, f"{part}_r2": r_squared(outputs, data.targets)}


def r_squared(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the coefficient of determination, NaN where all targets are equal."""
    predicted, true = outputs.astype(np.float64), targets.astype(np.float64)
    spread = float(np.sum(np.square(true - np.mean(true))))
    if spread == 0.0:
        return float("nan")
    return 1.0 - float(np.sum(np.square(true - predicted))) / spread
