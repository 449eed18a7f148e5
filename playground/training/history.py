"""What a run has measured, step by step, at full resolution.

Row s is θ after s updates; row 0 is the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from playground.training.columns import Floats, Pyramid, SparseColumn, Steps
from playground.training.scores import is_higher_better

CHUNK_ROWS = 65_536

DENSE = ("step", "epoch", "evaluations", "elapsed_s", "batch_loss")


class History:
    """Append-only columns, written by one thread and read by any.

    Dense columns have a value in every row: ``step``, ``epoch``, ``evaluations``, ``elapsed_s`` and
    ``batch_loss``. The latter is the loss at a row's θ on the next mini-batch, so it is NaN in the
    last row; ``evaluations`` is how often the optimizer had asked for the loss so far.
    Sparse columns have values where somebody recorded them.

    Parameters
    ----------
    columns
        Names of the sparse columns, in the order in which they are listed and exported.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns: tuple[str, ...] = (*DENSE, *columns)
        self._sparse = {name: SparseColumn() for name in columns}
        self._chunks: dict[str, list[Floats]] = {name: [] for name in DENSE[1:]}
        self._pyramids = {name: Pyramid(partial(self._dense_rows, name)) for name in DENSE[1:]}
        self._length = 0
        self._last = 0  # where the last row stands in its chunk
        self._grow()

    def start(self, epoch: float = 0.0) -> None:
        """Publish row 0."""
        if self._length:
            raise RuntimeError("the history has already started")
        self._epoch[0] = epoch
        self._evaluations[0] = self._elapsed_s[0] = 0.0
        self._length = 1

    def append(self, batch_loss: float, elapsed_s: float, epoch: float, evaluations: float) -> None:
        """Give the last row its ``batch_loss`` and publish the next row.

        This is called once a step, so it costs well under a microsecond.
        """
        last = self._last
        self._batch_loss[last] = batch_loss
        last += 1
        if last == CHUNK_ROWS:
            self._grow()
            last = 0
        self._elapsed_s[last] = elapsed_s
        self._epoch[last] = epoch
        self._evaluations[last] = evaluations
        self._last = last
        # Published last: a reader never sees half a row.
        self._length += 1

    def record(self, name: str, value: float) -> None:
        """Give a sparse column its value in the last row."""
        self._sparse[name].add(self._length - 1, value)

    def withdraw(self, step: int, names: Iterable[str]) -> None:
        """Take back the newest values of sparse columns where they stand at ``step``."""
        for name in names:
            self._sparse[name].withdraw(step)

    def copy(self) -> History:
        """Return an independent history with the same rows, to be called by the writer."""
        twin = History(self.columns[len(DENSE) :])
        twin._chunks = {name: [c.copy() for c in chunks] for name, chunks in self._chunks.items()}
        twin._sparse = {name: column.copy() for name, column in self._sparse.items()}
        twin._length, twin._last = self._length, self._last
        twin._open_chunk()
        return twin

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> Floats:
        """Return a column of shape (n_rows,), NaN where nothing was measured."""
        return self.rows(name, 0, self._length)

    def rows(self, name: str, first: int, last: int) -> Floats:
        """Return the rows ``first`` … ``last - 1`` of a column, NaN where nothing was measured.

        All of them must exist.
        """
        if name == "step":
            return np.arange(first, last, dtype=np.float64)
        if name in self._chunks:
            return self._dense_rows(name, first, last)
        steps, values = self.sparse(name)
        start, stop = np.searchsorted(steps, [first, last])
        column = np.full(last - first, np.nan)
        column[steps[start:stop] - first] = values[start:stop]
        return column

    def sparse(self, name: str) -> tuple[Steps, Floats]:
        """Return the steps and the values of a sparse column, as read-only views."""
        return self._sparse[name].read()

    def at(self, name: str, steps: NDArray[np.integer]) -> Floats:
        """Return a dense column's values at some rows, in the shape of ``steps``."""
        steps = np.asarray(steps, np.int64)
        if name == "step":
            return steps.astype(np.float64)
        chunks, rows = np.divmod(steps, CHUNK_ROWS)
        values = np.empty(steps.shape)
        for number in np.unique(chunks):
            here = chunks == number
            values[here] = self._chunks[name][number][rows[here]]
        return values

    def envelope(
        self, name: str, first: int, last: int, n_bins: int
    ) -> tuple[Steps, Floats, Floats]:
        """Return the lowest and the highest value of a dense column in each of some bins.

        It takes time proportional to ``n_bins``, however long the run is.

        Parameters
        ----------
        name
            ``epoch``, ``evaluations``, ``elapsed_s`` or ``batch_loss``.
        first, last
            The rows ``first`` … ``last - 1``, cut to those that exist.
        n_bins
            At most so many bins; each holds at least one row.

        Returns
        -------
        steps
            First row of each bin; a bin ends where the next one starts, the last one at ``last``.
        low, high
            Extremes of each bin, NaN where all its values are.
        """
        n_rows = self._length
        first, last = max(first, 0), min(last, n_rows)
        if first >= last:
            return np.empty(0, np.int64), np.empty(0), np.empty(0)
        # The last row still waits for its batch_loss.
        return self._pyramids[name].envelope(first, last, n_bins, complete=n_rows - 1)

    def last(self, name: str) -> tuple[int, float] | None:
        """Return step and value of the newest entry, or None where nothing was measured."""
        if name in self._sparse:
            steps, values = self.sparse(name)
            return (int(steps[-1]), float(values[-1])) if len(steps) else None
        step = self._length - (2 if name == "batch_loss" else 1)
        return (step, float(self.at(name, np.array(step)))) if step >= 0 else None

    def best(self, name: str) -> tuple[int, float] | None:
        """Return step and value of the best entry, the first of equals, or None without any.

        The best loss is the lowest, and so is the best perplexity; the best accuracy and R² are the
        highest.
        """
        if name in self._sparse:
            steps, values = self.sparse(name)
        else:
            values = self[name]
            steps = np.arange(len(values))
        known = ~np.isnan(values)
        if not known.any():
            return None
        steps, values = steps[known], values[known]
        index = np.argmax(values) if is_higher_better(name) else np.argmin(values)
        return int(steps[index]), float(values[index])

    def _grow(self) -> None:
        for chunks in self._chunks.values():
            chunks.append(np.full(CHUNK_ROWS, np.nan))
        self._open_chunk()

    def _open_chunk(self) -> None:
        self._epoch = _items(self._chunks["epoch"][-1])
        self._evaluations = _items(self._chunks["evaluations"][-1])
        self._elapsed_s = _items(self._chunks["elapsed_s"][-1])
        self._batch_loss = _items(self._chunks["batch_loss"][-1])

    def _dense_rows(self, name: str, first: int, last: int) -> Floats:
        parts = []
        for number in range(first // CHUNK_ROWS, -(-last // CHUNK_ROWS)):
            start = number * CHUNK_ROWS
            parts.append(self._chunks[name][number][max(first - start, 0) : last - start])
        return np.concatenate(parts) if parts else np.empty(0)


def _items(array: Floats) -> memoryview[float]:
    """Return a view whose items are written in half the time that an array's take."""
    return cast("memoryview[float]", array.data)
