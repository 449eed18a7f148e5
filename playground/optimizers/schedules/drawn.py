"""Rates drawn by hand."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import Declared, declare
from playground.optimizers.schedule import SCHEDULES, Floats, Schedule
from playground.optimizers.schedules.settings import steps_setting


class Point(Declared):
    """One point of a schedule drawn by hand."""

    at: float = declare(
        0.0, ge=0, le=1, slider=(0.0, 1.0), live=True, help="Where, as a share of the steps."
    )
    factor: float = declare(1.0, ge=0, slider=(0.0, 1.0), live=True, help="The factor there.")


@SCHEDULES.register
class Drawn(Schedule):
    """Straight lines between points that are set by hand; drag them in the plot."""

    LABEL = "Drawn by hand"
    kind: Literal["drawn"] = "drawn"
    steps: int = steps_setting(
        5000, "Steps", "Steps from the left end of the drawing to the right one."
    )
    points: tuple[Point, ...] = declare(
        (
            Point(at=0.0, factor=0.1),
            Point(at=0.2, factor=1.0),
            Point(at=0.6, factor=1.0),
            Point(at=1.0, factor=0.05),
        ),
        min_length=1,
        max_length=64,
        live=True,
        advanced=True,
        help="Where the lines begin and end; before the first and after the last they are level.",
    )

    def shape(self, steps: Floats) -> Floats:
        points = sorted(self.points, key=lambda point: point.at)
        at = np.array([point.at for point in points]) * self.steps
        return np.interp(steps, at, [point.factor for point in points])

    def length(self) -> float:
        return float(self.steps)
