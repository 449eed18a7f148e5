"""Where the legend of curves that grow stands."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from playground.gui.plots.overlay import Overlay

PERIOD_S = 1.0
"""How often a better place is looked for while curves grow."""

PATIENCE = 0.5
"""Another corner has to hide less than this share of what the present one hides."""


def parted(curves: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return points of curves, each of shape (n, 2), with a NaN behind each curve."""
    gap = np.full((1, 2), np.nan)
    return np.concatenate([np.empty((0, 2)), *(part for c in curves for part in (c, gap))])


class LegendPlace:
    """Keeps a legend where it hides little of the curves, without moving it often."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._due_s = 0.0

    def look(self, curves: Iterable[pg.PlotCurveItem], *, is_still: bool) -> None:
        """Take a better corner where there is one; seldom unless the curves are still."""
        now_s = perf_counter()
        if not is_still and now_s < self._due_s:
            return
        self._due_s = now_s + PERIOD_S
        points = parted([np.stack(data, axis=1) for c in curves if len((data := c.getData())[0])])
        self._overlay.take_corner(points, np.ones(len(points)), patience=PATIENCE)
