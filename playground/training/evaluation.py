"""Scores over whole parts, in evaluation mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.models.losses import Loss
from playground.tasks import PADDING, Task
from playground.training.decoding import TEXTS_AT_ONCE, greedy
from playground.training.encoded import Encoded
from playground.training.programs import Programs
from playground.training.scores import score_of

CHUNK = 4096
"""Rows of numbers evaluated at once, if they are not large."""

CHUNK_BYTES = 2**30
"""Memory that they may need by the model's estimate; the same on every machine, because where rows
are cut decides the last digit of a mean."""

MOST_WRITTEN = 256
"""Rows of a part whose texts are written for its exact match; each takes a pass a symbol."""


def outputs_and_loss(programs: Programs, data: Encoded) -> tuple[NDArray[Any], float]:
    """Return the model's outputs, (n, n_outputs) or one such row a position, and the mean loss."""
    if not len(data.inputs):
        return np.empty(data.targets.shape, data.targets.dtype), float("nan")
    outputs: NDArray[Any] | None = None
    total, n_terms = 0.0, 0
    for rows, made, loss, terms in _evaluated(programs, data):
        if outputs is None:
            outputs = np.empty((len(data.inputs), *made.shape[1:]), made.dtype)
        outputs[rows] = made
        total += loss * terms
        n_terms += terms
    assert outputs is not None
    return outputs, total / n_terms


def mean_loss(programs: Programs, data: Encoded) -> float:
    """Return the mean loss over all rows, of texts over all symbols; NaN without rows."""
    total, n_terms = 0.0, 0
    for _, _, loss, terms in _evaluated(programs, data):
        total += loss * terms
        n_terms += terms
    return total / n_terms if n_terms else float("nan")


def _evaluated(
    programs: Programs, data: Encoded
) -> Iterator[tuple[slice, NDArray[Any], float, int]]:
    """Yield rows, their outputs and mean loss, and of how many terms that is the mean."""
    n = len(data.inputs)
    most = TEXTS_AT_ONCE if data.reads_text else rows_at_once(programs)
    for first in range(0, n, most):
        rows = slice(first, min(first + most, n))
        size = rows.stop - first
        # The last texts are filled up to a chunk, with targets that no loss counts: compiling a
        # program of their own number would take longer.
        bound = programs.evaluation(min(most, n) if data.writes_text else size)
        inputs, targets = bound.inputs["inputs"], bound.inputs["targets"]
        inputs[:size], inputs[size:] = data.inputs[rows], data.inputs[first]
        targets[:size], targets[size:] = data.targets[rows], PADDING
        bound.run()
        terms = int(np.count_nonzero(targets)) if data.writes_text else size
        yield rows, bound.outputs["outputs"][:size], float(bound.outputs["loss"]), terms


def rows_at_once(programs: Programs) -> int:
    """Return how many rows of numbers are evaluated at once."""
    return max(1, min(CHUNK, CHUNK_BYTES // programs.bytes_per_row))


def score(part: str, programs: Programs, data: Encoded, loss: Loss, task: Task) -> dict[str, float]:
    """Return a part's loss and its task's score, named ``train_loss`` …; empty without rows."""
    if not len(data.inputs):
        return {}
    if task.writes_text:
        mean = mean_loss(programs, data)
        value = perplexity(mean) if task is Task.CONTINUATION else exact_match(programs, data)
    else:
        outputs, mean = outputs_and_loss(programs, data)
        if task.is_classification:
            value = float(np.mean(loss.decide(outputs) == data.true))
        else:
            value = r_squared(outputs, data.targets)
    return {f"{part}_loss": mean, f"{part}_{score_of(task).name}": value}


def r_squared(outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    """Return the coefficient of determination, NaN where all targets are equal."""
    predicted, true = outputs.astype(np.float64), targets.astype(np.float64)
    spread = float(np.sum(np.square(true - np.mean(true))))
    if spread == 0.0:
        return float("nan")
    return 1.0 - float(np.sum(np.square(true - predicted))) / spread


def exact_match(programs: Programs, data: Encoded) -> float:
    """Return the share of texts that are written right in every symbol, of the first 256 rows."""
    some = data.head(MOST_WRITTEN)
    written = greedy(programs, some.inputs, some.targets.shape[1])
    return float(np.mean((written == some.targets).all(axis=1)))


def perplexity(loss: float) -> float:
    """Return exp(loss), infinite where that overflows."""
    with np.errstate(over="ignore"):
        return float(np.exp(loss))
