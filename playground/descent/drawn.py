"""What racers have in mind: velocities, quadratic models, ellipses, simplices and populations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.descent.race import Racer
from playground.descent.track import Track
from playground.objectives.surface import Floats, Surface


@dataclass(frozen=True)
class Quadratic:
    """The surface's second-order Taylor polynomial at a point, which Newton's step makes smallest.

    Attributes
    ----------
    point, gradient
        Shape (2,).
    value
        f there.
    hessian
        Shape (2, 2).
    """

    point: Floats
    value: float
    gradient: Floats
    hessian: Floats

    @classmethod
    def of(cls, surface: Surface, point: Any) -> Quadratic:
        """Return the model at a point."""
        x, y = point = np.array(point, np.float64)
        return cls(point, *surface.derivatives_at(x, y))

    def grid(self, x: Any, y: Any) -> Floats:
        """Return the model's values at x and y, arrays that broadcast."""
        dx, dy = np.asarray(x) - self.point[0], np.asarray(y) - self.point[1]
        (xx, xy), (_, yy) = self.hessian
        slope = self.gradient[0] * dx + self.gradient[1] * dy
        bend: Floats = 0.5 * (xx * dx * dx + yy * dy * dy) + xy * dx * dy
        return self.value + slope + bend

    @property
    def stationary(self) -> Floats | None:
        """Where the model is flat, the end of Newton's step; None where that is no single point."""
        if not np.isfinite(self.hessian).all() or np.linalg.matrix_rank(self.hessian) < 2:
            return None
        return np.asarray(self.point - np.linalg.solve(self.hessian, self.gradient))

    @property
    def curvatures(self) -> tuple[Floats, Floats]:
        """The Hessian's eigenvalues in rising order, (2,), and its axes as columns, (2, 2)."""
        values, axes = np.linalg.eigh(self.hessian)
        return values, axes


def velocity(racer: Racer, track: Track, row: int) -> Floats | None:
    """Return where momentum carries a racer at a row, shape (2,); None without momentum.

    A velocity times the learning rate is the step that it does alone. A first moment, which rules
    divide by the gradients' size, gives the direction, and the step before the length.
    """
    state: Mapping[str, Any] = track.state(row)
    if "velocity" in state:
        rate = getattr(racer.optimizer, "learning_rate", 1.0)
        return np.asarray(-rate * state["velocity"], np.float64)
    if "first_moment" not in state or row == 0:
        return None
    moment = np.asarray(state["first_moment"], np.float64)
    norm = float(np.linalg.norm(moment))
    step = float(np.linalg.norm(track.theta[row] - track.theta[row - 1]))
    return -step / norm * moment if norm else None
