"""Axis ranges that follow growing data in steps instead of twitching with every frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)

_LEAST, _FINEST = 1e-100, 1e-9
"""What an axis spans at least, alone and as a share of its values: floats end not far below."""

Range = tuple[float, float]


def next_nice(value: float) -> float:
    """Return the smallest round number that is not below a positive value."""
    scale = 10.0 ** math.floor(math.log10(value))
    return next((nice * scale for nice in _NICE if nice * scale >= value), 10.0 * scale)


@dataclass
class Extent:
    """The range of a horizontal axis that starts at its first step and grows to the right."""

    is_log: bool = False
    end: float = 0.0

    def fit(self, end: float) -> Range:
        """Return the range that shows everything up to ``end``, in the axis's natural unit."""
        if not self.end / 3 <= end <= self.end:
            self.end = next_nice(max(end * 1.02, 1e-6))
        if self.is_log:
            # From the first step on; a fraction of it for epochs and seconds.
            low = min(0.0, math.log10(self.end) - 3)
            return low, math.log10(self.end)
        return 0.0, self.end


@dataclass
class Span:
    """The range of a vertical axis: wide enough for the data, yet not much too wide."""

    is_log: bool = False
    range: Range | None = None

    def fit(self, low: float, high: float) -> Range:
        """Return the range that shows ``low`` … ``high`` (logarithms on a logarithmic axis)."""
        if self.range is None or not self._suits(self.range, low, high):
            self.range = self._around(low, high)
        return self.range

    def _suits(self, shown: Range, low: float, high: float) -> bool:
        if low < shown[0] or high > shown[1]:
            return False
        if not self.is_log and 0 < high - low < 0.1 * (shown[1] - shown[0]) and shown[0] < 0:
            return False  # what lies on both sides of the middle has shrunk
        # Shrink only when more than half of the axis is empty.
        middle = (shown[0] + shown[1]) / 2
        return low == high or (high > middle and (low < middle or shown[0] == 0))

    def _around(self, low: float, high: float) -> Range:
        if self.is_log:
            return math.floor(2 * low - 0.1) / 2, math.ceil(2 * high + 0.1) / 2
        if low == high == 0:
            return 0.0, 1.0
        if 0 <= low < 0.5 * high:
            return 0.0, next_nice(max(1.05 * high, _LEAST))
        largest = max(abs(low), abs(high))
        width = high - low or 0.1 * largest
        width = max(width, _FINEST * largest, _LEAST)
        unit = next_nice(width) / 10
        return (
            (math.floor((low - 0.05 * width) / unit)) * unit,
            (math.ceil((high + 0.05 * width) / unit)) * unit,
        )
