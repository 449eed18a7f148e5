"""Columns that grow while another thread reads them, and a pyramid that draws them at any width."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]


class SparseColumn:
    """Values at some rows; one thread adds, others may read at any time.

    The arrays are replaced when they are full and the length is published last, so a reader that
    takes the length first always finds that many finished entries.
    """

    def __init__(self) -> None:
        self._steps: Steps = np.empty(64, np.int64)
        self._values: Floats = np.empty(64, np.float64)
        self._length = 0

    def add(self, step: int, value: float) -> None:
        """Add a value, or replace the last one where it stands at the same step."""
        n = self._length
        if n and self._steps[n - 1] == step:
            self._values[n - 1] = value
            return
        if n == len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty(n // 2, np.int64)])
            self._values = np.concatenate([self._values, np.empty(n // 2, np.float64)])
        self._steps[n] = step
        self._values[n] = value
        self._length = n + 1

    def withdraw(self, step: int) -> None:
        """Take the last value back if it stands at ``step``."""
        n = self._length
        if n and self._steps[n - 1] == step:
            self._length = n - 1
            # What readers still look at must not change under them when the entry is used again.
            self._steps, self._values = self._steps.copy(), self._values.copy()

    def copy(self) -> SparseColumn:
        """Return an independent column with the same values."""
        twin = SparseColumn()
        twin._steps, twin._values = self._steps.copy(), self._values.copy()
        twin._length = self._length
        return twin

    def read(self) -> tuple[Steps, Floats]:
        """Return read-only views of the steps and their values."""
        n = self._length
        steps, values = self._steps[:n], self._values[:n]
        steps.flags.writeable = values.flags.writeable = False
        return steps, values


class Pyramid:
    """Lowest and highest value of ever larger blocks of a growing column, NaN left out.

    Level k holds one entry for every complete block of ``FACTOR**k`` rows; it is brought up to
    date by whoever reads, never by the thread that writes the column.

    Parameters
    ----------
    rows
        Returns the column's values from one row up to another, shape (last - first,).
    """

    FACTOR = 16

    def __init__(self, rows: Callable[[int, int], Floats]) -> None:
        self._rows = rows
        self._lows: list[Floats] = []
        self._highs: list[Floats] = []
        self._counts: list[int] = []
        self._lock = threading.Lock()

    def envelope(
        self, first: int, last: int, n_bins: int, complete: int
    ) -> tuple[Steps, Floats, Floats]:
        """Return the first row, the lowest and the highest value of at most ``n_bins`` bins.

        Parameters
        ----------
        first, last
            The rows ``first`` … ``last - 1`` are divided into bins of nearly equal width.
        n_bins
            Upper bound on the number of bins.
        complete
            How many rows will not change any more.
        """
        width = (last - first) / n_bins
        with self._lock:
            self._extend(complete)
            level = 0
            # Two blocks a bin: moving a bin's edge to a block's then changes little.
            while level < len(self._counts) and 2 * self.FACTOR ** (level + 1) <= width:
                level += 1
            if level == 0:
                return self._from_rows(first, last, n_bins)
            return self._from_blocks(level, first, last, n_bins)

    def _from_rows(self, first: int, last: int, n_bins: int) -> tuple[Steps, Floats, Floats]:
        starts = np.unique(np.linspace(first, last, n_bins + 1)[:-1].astype(np.int64))
        values = self._rows(first, last)
        low, high = _reduce(values, values, starts - first)
        return starts, low, high

    def _from_blocks(
        self, level: int, first: int, last: int, n_bins: int
    ) -> tuple[Steps, Floats, Floats]:
        block = self.FACTOR**level
        # The innermost edges lie on blocks; the two outer bins also hold what sticks out.
        inner = np.rint(np.linspace(first, last, n_bins + 1)[1:-1] / block).astype(np.int64)
        inner = np.unique(inner[inner <= self._counts[level - 1]])
        if not len(inner):
            only = self._extremes(level, first, last)
            return np.array([first]), np.array([only[0]]), np.array([only[1]])
        a, b = int(inner[0]), int(inner[-1])
        lows, highs = self._lows[level - 1][a:b], self._highs[level - 1][a:b]
        low, high = _reduce(lows, highs, inner[:-1] - a)
        head = self._extremes(level, first, a * block)
        tail = self._extremes(level, b * block, last)
        steps = np.concatenate([[first], inner * block])
        return (
            steps,
            np.concatenate([[head[0]], low, [tail[0]]]),
            np.concatenate([[head[1]], high, [tail[1]]]),
        )

    def _extremes(self, level: int, first: int, last: int) -> tuple[float, float]:
        """Return lowest and highest over a range, from the largest blocks that fit into it."""
        if first >= last:
            return np.nan, np.nan
        if level == 0:
            values = self._rows(first, last)
            return np.fmin.reduce(values), np.fmax.reduce(values)
        block = self.FACTOR**level
        a, b = -(-first // block), min(last // block, self._counts[level - 1])
        if a >= b:
            return self._extremes(level - 1, first, last)
        parts = (
            self._extremes(level - 1, first, a * block),
            (
                np.fmin.reduce(self._lows[level - 1][a:b]),
                np.fmax.reduce(self._highs[level - 1][a:b]),
            ),
            self._extremes(level - 1, b * block, last),
        )
        return np.fmin.reduce([low for low, _ in parts]), np.fmax.reduce([h for _, h in parts])

    def _extend(self, complete: int) -> None:
        level = 0
        while True:
            n_below = complete if level == 0 else self._counts[level - 1]
            count = n_below // self.FACTOR
            if level == len(self._counts):
                if not count:
                    return
                self._lows.append(np.empty(0))
                self._highs.append(np.empty(0))
                self._counts.append(0)
            if count > self._counts[level]:
                self._fill(level, count)
            level += 1

    def _fill(self, level: int, count: int) -> None:
        done = self._counts[level]
        span = slice(done * self.FACTOR, count * self.FACTOR)
        if level == 0:
            lows = highs = self._rows(span.start, span.stop)
        else:
            lows, highs = self._lows[level - 1][span], self._highs[level - 1][span]
        self._lows[level] = _with_room(self._lows[level], count)
        self._highs[level] = _with_room(self._highs[level], count)
        self._lows[level][done:count] = np.fmin.reduce(lows.reshape(-1, self.FACTOR), axis=1)
        self._highs[level][done:count] = np.fmax.reduce(highs.reshape(-1, self.FACTOR), axis=1)
        self._counts[level] = count


def _reduce(lows: Floats, highs: Floats, starts: Steps) -> tuple[Floats, Floats]:
    if not len(starts):
        return np.empty(0), np.empty(0)
    return np.fmin.reduceat(lows, starts), np.fmax.reduceat(highs, starts)


def _with_room(array: Floats, count: int) -> Floats:
    if count <= len(array):
        return array
    return np.concatenate([array, np.empty(max(count - len(array), len(array) // 2))])
