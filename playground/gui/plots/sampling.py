"""From the history of a run to the points of a curve, at most two a pixel however long the run."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.training.columns import Pyramid
from playground.training.history import History

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]
Column = Literal["step", "epoch", "evaluations", "elapsed_s"]

Envelope = Callable[[int, int, int], tuple[Steps, Floats, Floats]]


def masked_log10(values: Floats) -> Floats:
    """Return the decimal logarithm, NaN where there is none."""
    positive = np.where(values > 0, values, np.nan)
    return np.log10(positive)


@dataclass(frozen=True)
class Window:
    """The part of a horizontal axis that is seen.

    Attributes
    ----------
    column, is_log
        What x counts, and whether ``low`` and ``high`` are decimal logarithms of it.
    low, high
        The visible range.
    n_bins
        How many pixels wide it is.
    """

    column: Column = "step"
    is_log: bool = False
    low: float = 0.0
    high: float = math.inf
    n_bins: int = 1000

    def x(self, history: History, steps: Steps) -> Floats:
        """Return where steps lie on the axis, NaN for 0 on a logarithmic one."""
        values = history.at(self.column, steps)
        return masked_log10(values) if self.is_log else values

    def rows(self, history: History) -> tuple[int, int]:
        """Return the first visible row and the one after the last, with one beyond either end."""
        n_rows = len(history)
        low, high = self._natural(self.low), self._natural(self.high)
        # A row's number is its step.
        value = None if self.column == "step" else self._value(history)
        first = bisect_left(range(n_rows), low, key=value)
        last = bisect_right(range(n_rows), high, key=value)
        return max(first - 1, 0), min(last + 1, n_rows)

    def row_at(self, history: History, position: float) -> int:
        """Return the row that lies nearest to a position on the axis."""
        last = len(history) - 1
        value = self._natural(position)
        right = min(bisect_left(range(last + 1), value, key=self._value(history)), last)
        left = max(right - 1, 0)
        at_left, at_right = history.at(self.column, np.array([left, right]))
        return left if value - at_left < at_right - value else right

    def pieces(self, first: int, last: int) -> list[tuple[int, int, int]]:
        """Divide a range of rows into pieces (first, last, bins) of even density on the axis."""
        if not self.is_log:
            return [(first, last, self.n_bins)]
        edges = [first]
        while edges[-1] < last:
            edges.append(min(max(2 * edges[-1], 1), last))
        bins = max(self.n_bins // max(len(edges) - 1, 1), 2)
        return [(a, b, bins) for a, b in pairwise(edges)]

    def _value(self, history: History) -> Callable[[int], float]:
        return lambda row: float(history.at(self.column, np.array(row)))

    def _natural(self, position: float) -> float:
        if not self.is_log:
            return position
        return math.inf if position > 300 else 10.0**position


def bounds(curves: list[Floats]) -> tuple[float, float]:
    """Return the lowest and the highest finite value of some curves, NaN where there is none."""
    values = np.concatenate([np.empty(0), *curves])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (math.nan, math.nan)


def thinned(envelope: Envelope, pieces: list[tuple[int, int, int]]) -> tuple[Steps, Floats]:
    """Return a zigzag between the extremes of bins: rows and values, two a bin."""
    parts = [envelope(*piece) for piece in pieces]
    rows = np.concatenate([rows for rows, _, _ in parts])
    low = np.concatenate([low for _, low, _ in parts])
    high = np.concatenate([high for _, _, high in parts])
    return np.repeat(rows, 2), np.column_stack([low, high]).ravel()


def batch_loss_band(history: History, window: Window) -> tuple[Floats, Floats]:
    """Return x and batch loss of a zigzag that fills the band between its extremes."""
    first, last = window.rows(history)
    if last - first < 2:
        return np.empty(0), np.empty(0)

    def envelope(a: int, b: int, n_bins: int) -> tuple[Steps, Floats, Floats]:
        return history.envelope("batch_loss", a, b, n_bins)

    rows, values = thinned(envelope, window.pieces(first, last))
    return window.x(history, rows), values


class Series:
    """A sparse column of a run as the points of a curve.

    Parameters
    ----------
    history, name
        The column, which may still grow.
    weight
        Share of the past in an exponential moving average; 0 leaves the values as they are.
    """

    def __init__(self, history: History, name: str, weight: float = 0.0) -> None:
        self.history = history
        self.name = name
        self._average = MovingAverage(weight) if weight else None
        self._pyramid = Pyramid(lambda first, last: self._values()[first:last])

    def points(self, window: Window) -> tuple[Floats, Floats]:
        """Return x and y of at most two points a bin, and one beyond either end."""
        steps, _ = self.history.sparse(self.name)
        values = self._values()
        steps = steps[: len(values)]
        first_row, last_row = window.rows(self.history)
        first, last = np.searchsorted(steps, [first_row, last_row])
        first, last = max(int(first) - 1, 0), min(int(last) + 1, len(steps))
        if last - first <= 2 * window.n_bins:
            shown, values = steps[first:last], values[first:last]
        else:
            entries, values = thinned(self._envelope, window.pieces(first, last))
            # The newest entry ends the curve where it really is.
            shown = np.append(steps[entries], steps[last - 1])
            values = np.append(values, self._values()[last - 1])
        return window.x(self.history, shown), values

    def nearest(self, step: int) -> tuple[int, float] | None:
        """Return the entry closest to a step, or None where there is none."""
        steps, _ = self.history.sparse(self.name)
        values = self._values()
        steps = steps[: len(values)]
        if not len(steps):
            return None
        right = min(int(np.searchsorted(steps, step)), len(steps) - 1)
        left = max(right - 1, 0)
        index = left if step - steps[left] < steps[right] - step else right
        return int(steps[index]), float(values[index])

    def _values(self) -> Floats:
        _, values = self.history.sparse(self.name)
        return self._average.of(values) if self._average else values

    def _envelope(self, first: int, last: int, n_bins: int) -> tuple[Steps, Floats, Floats]:
        # A repeated record replaces the newest value, so that one is not settled yet.
        complete = len(self._values()) - 1
        return self._pyramid.envelope(first, last, n_bins, complete=complete)


class MovingAverage:
    """Exponential moving average of a growing column, corrected for its start (as Adam's moments).

    Parameters
    ----------
    weight
        Share of the past in each average, above 0 and below 1.
    """

    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._averages = np.empty(64)
        self._settled = 0
        self._total = 0.0
        self._count = 0

    def of(self, values: Floats) -> Floats:
        """Return the averages, shape (n,); a value that is not finite has none and changes none.

        ``values`` begins with those of the call before; only its last value may have changed.
        """
        n = len(values)
        if n > len(self._averages):
            self._averages = np.concatenate([self._averages, np.empty(n)])
        new = values[self._settled :]
        finite = np.isfinite(new)
        known = new[finite]
        totals = decayed_sums(known, self._weight, self._total)
        counts = self._count + np.arange(1, len(known) + 1)
        averages = self._averages[self._settled : n]
        averages[:] = np.nan
        averages[finite] = totals / (1.0 - self._weight**counts)
        n_settling = int(finite[:-1].sum())
        if n_settling:
            self._total = float(totals[n_settling - 1])
            self._count += n_settling
        self._settled = max(n - 1, 0)
        return self._averages[:n]


def decayed_sums(values: Floats, weight: float, before: float) -> Floats:
    """Return ``s[i] = weight · s[i-1] + (1 - weight) · values[i]`` with ``s[-1] = before``."""
    sums = (1.0 - weight) * values
    shift = 1
    # Each pass doubles how many terms are summed; those further back are below rounding.
    while shift < len(sums) and weight**shift > 1e-17:
        sums[shift:] += weight**shift * sums[:-shift]
        shift *= 2
    return sums + before * weight ** np.arange(1, len(sums) + 1)
