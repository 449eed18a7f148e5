"""A surface seen from above: shades by height, and isolines as sharp as the pixels allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.gui.plots.ranges import next_nice
from playground.gui.plots.regions import Image, rgb
from playground.gui.theme import Theme
from playground.objectives.surface import Scale as ScaleKind

Floats = NDArray[np.floating[Any]]

HIGHEST = 1e300
"""Heights beyond this one, up or down, are drawn but set no scale."""

N_LEVELS = 14
"""Isolines over the heights in sight, about."""

LOW = {"light": "#8fb0d6", "dark": "#4a6f9c"}
HIGH = {"light": "#fbfcfd", "dark": "#1e2229"}
LINE = {"light": "#5f7fa6", "dark": "#86a5cc"}
"""Colours that no racer has, pale enough for all of theirs."""

LINE_STRENGTH = 0.5
LINE_PX = 0.9


@dataclass(frozen=True)
class HeightScale:
    """From heights to levels: equal steps of height, or of its logarithm above the lowest."""

    kind: ScaleKind
    low: float
    high: float
    step: float

    def levels(self, heights: Floats) -> Floats:
        """Return heights in units of isolines; whole numbers are on one."""
        if self.kind == "linear":
            return heights / self.step
        with np.errstate(invalid="ignore", divide="ignore"):
            above = np.maximum(heights - self.low, 10.0 ** (math.log10(self.high - self.low) - 12))
            return np.log10(above) / self.step

    def shares(self, heights: Floats) -> Floats:
        """Return 0 at the lowest to 1 at the highest height in sight."""
        low, high = self.levels(np.array([self.low, self.high]))
        if self.kind == "log":
            low = high - 6 / self.step  # six decades are enough for the eye
        return np.clip((self.levels(heights) - low) / (high - low), 0.0, 1.0)

    def value(self, level: float) -> float:
        """Return the height of an isoline."""
        if self.kind == "linear":
            return level * self.step
        return float(self.low + 10.0 ** (level * self.step))


def scale_of(heights: Floats, kind: ScaleKind, lowest: float | None = None) -> HeightScale:
    """Return the scale that suits the heights in sight.

    Parameters
    ----------
    heights
        Any shape; NaN, infinities and what comes near them are left out.
    kind
        Linear or logarithmic.
    lowest
        The least height of the whole surface, where it is known.
    """
    # Differences of larger ones would not be finite; NaN is no smaller than anything.
    known = heights[np.abs(heights) < HIGHEST]
    if not known.size:
        return HeightScale("linear", 0.0, 1.0, 1.0)
    low, high = float(known.min()), float(known.max())
    if kind == "log":
        base = low if lowest is None else min(low, lowest)
        return HeightScale("log", base, max(high, base + 1e-12 * max(abs(base), 1.0)), 0.5)
    # A few steep corners would leave the rest without lines.
    usual = float(np.quantile(known, 0.97)) if known.size > 100 else high
    width = usual - low or abs(low) or 1.0
    return HeightScale("linear", low, max(usual, low + width * 1e-9), next_nice(width / N_LEVELS))


def shaded(heights: Floats, scale: HeightScale, theme: Theme) -> Image:
    """Return the picture of heights of shape (height, width), shape (height, width, 3)."""
    table = _table(theme)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        shares = scale.shares(heights)
        colors = table[(255 * np.nan_to_num(shares, nan=1.0)).astype(np.uint8)]
        coverage = isolines(scale.levels(heights))
    ink = (LINE_STRENGTH * coverage)[..., None].astype(np.float32)
    mixed = colors + ink * (rgb(LINE[theme.name]).astype(np.float32) - colors)
    mixed[~np.isfinite(heights)] = rgb(theme.background)
    return mixed.astype(np.uint8)


def isolines(levels: Floats) -> Floats:
    """Return how much of each pixel an isoline covers: its distance over the slope, in pixels."""
    down, right = np.gradient(levels.astype(np.float32))
    slope = np.hypot(down, right)
    distance = np.abs(levels - np.round(levels)) / np.maximum(slope, 1e-9)
    coverage = np.clip(LINE_PX - distance + 0.5, 0.0, 1.0)
    # Lines closer than a few pixels would be a solid area.
    coverage *= np.clip(2.0 - 5.0 * slope, 0.0, 1.0)
    return np.nan_to_num(coverage)


def _table(theme: Theme) -> NDArray[np.float32]:
    low, high = rgb(LOW[theme.name]), rgb(HIGH[theme.name])
    x = np.linspace(0.0, 1.0, 256)[:, None] ** 0.8
    return (low + x * (high - low)).astype(np.float32)
