"""The six data sets of TensorFlow Playground, generated as it does.

Source: ``src/dataset.ts`` of https://github.com/tensorflow/playground. Its labels −1 and +1 are the
classes 0 and 1 here, and an odd number of samples gives the first half one more, where the original
gives one sample too many. Each sample's numbers are drawn in the original's order.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.source import (
    DATASETS,
    SQUARE,
    DataSource,
    declare_n_samples,
    declare_noise,
    on_circle,
)
from playground.data.table import Floats, Table
from playground.tasks import Task

_NAMES = ("x₁", "x₂")
_RADIUS = 5.0


class _TwoColumns(DataSource):
    n_samples: int = declare_n_samples(500)

    def expected_shape(self) -> tuple[int, int]:
        return self.n_samples, 2

    @property
    def _n_first(self) -> int:
        return self.n_samples - self.n_samples // 2


def _classes(points: Floats, is_positive: NDArray[np.bool_]) -> Table:
    labels = is_positive.astype(np.int64)
    return Table(points, labels, Task.BINARY, _NAMES, "label", ("−1", "+1"), domain=SQUARE)


@DATASETS.register
class Circle(_TwoColumns):
    """A disc inside a ring; noise moves the point that is judged, not the point itself."""

    LABEL: ClassVar[str] = "Circle"
    kind: Literal["circle"] = "circle"
    noise: float = declare_noise("How far a point is moved before it is labelled; ±5 at 100 %.")

    def load(self, rng: np.random.Generator) -> Table:
        inner = np.arange(self.n_samples) < self._n_first
        low = np.where(inner, 0, 0.7 * _RADIUS)
        high = np.where(inner, 0.5 * _RADIUS, _RADIUS)
        ones = np.ones(self.n_samples)
        drawn = rng.uniform(
            np.column_stack([low, 0 * ones, -_RADIUS * ones, -_RADIUS * ones]),
            np.column_stack([high, 2 * np.pi * ones, _RADIUS * ones, _RADIUS * ones]),
        )
        points = on_circle(drawn[:, 0], drawn[:, 1])
        judged = points + drawn[:, 2:] * (self.noise / 100)
        return _classes(points, np.hypot(judged[:, 0], judged[:, 1]) < 0.5 * _RADIUS)


@DATASETS.register
class Xor(_TwoColumns):
    """Four squares, opposite ones of the same class: the exclusive or of two signs."""

    LABEL: ClassVar[str] = "Exclusive or"
    kind: Literal["xor"] = "xor"
    noise: float = declare_noise("How far a point is moved before it is labelled; ±5 at 100 %.")

    def load(self, rng: np.random.Generator) -> Table:
        drawn = rng.uniform(-_RADIUS, _RADIUS, (self.n_samples, 4))
        points = drawn[:, :2] + np.where(drawn[:, :2] > 0, 0.3, -0.3)
        judged = points + drawn[:, 2:] * (self.noise / 100)
        return _classes(points, judged[:, 0] * judged[:, 1] >= 0)


@DATASETS.register
class Gaussians(_TwoColumns):
    """Two round clouds around (2, 2) and (−2, −2)."""

    LABEL: ClassVar[str] = "Gaussians"
    kind: Literal["gaussians"] = "gaussians"
    noise: float = declare_noise("Widens the clouds: their variance is 0.5 + 7 · noise.")

    def load(self, rng: np.random.Generator) -> Table:
        first = np.arange(self.n_samples) < self._n_first
        centre = np.where(first, 2.0, -2.0)[:, np.newaxis]
        deviation = np.sqrt(0.5 + 7 * (self.noise / 100))
        return _classes(centre + deviation * rng.standard_normal((self.n_samples, 2)), first)


@DATASETS.register
class Spiral(_TwoColumns):
    """Two arms wound around each other."""

    LABEL: ClassVar[str] = "Spiral"
    kind: Literal["spiral"] = "spiral"
    noise: float = declare_noise("How far a point is moved; ±1 at 100 %.")

    def load(self, rng: np.random.Generator) -> Table:
        first = np.arange(self.n_samples) < self._n_first
        n_other = self.n_samples - self._n_first
        along = np.concatenate(
            [np.arange(self._n_first) / self._n_first, np.arange(n_other) / n_other]
        )
        angle = 1.75 * 2 * np.pi * along + np.where(first, 0, np.pi)
        moved = rng.uniform(-1, 1, (self.n_samples, 2)) * (self.noise / 100)
        return _classes(on_circle(_RADIUS * along, angle) + moved, first)


class _Surface(_TwoColumns):
    n_samples: int = declare_n_samples(1200)
    noise: float = declare_noise("How far a point is moved before it is valued; ±6 at 100 %.")

    def load(self, rng: np.random.Generator) -> Table:
        drawn = rng.uniform(-6, 6, (self.n_samples, 4))
        points = drawn[:, :2].copy()
        values = self.surface(points + drawn[:, 2:] * (self.noise / 100))
        return Table(points, values, Task.REGRESSION, _NAMES, domain=SQUARE, formula=self.surface)

    @staticmethod
    def surface(points: Floats) -> Floats:
        """Return the height (n,) of the surface at ``points`` (n, 2)."""
        raise NotImplementedError


@DATASETS.register
class RegressionPlane(_Surface):
    """A tilted plane, (x₁ + x₂) / 10."""

    LABEL: ClassVar[str] = "Regression: plane"
    kind: Literal["regression_plane"] = "regression_plane"

    @staticmethod
    def surface(points: Floats) -> Floats:
        return (points[:, 0] + points[:, 1]) / 10


_BUMPS = np.array([(-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5)])
_SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])


@DATASETS.register
class RegressionGaussians(_Surface):
    """Three hills and three hollows in two rows."""

    LABEL: ClassVar[str] = "Regression: hills"
    kind: Literal["regression_gaussians"] = "regression_gaussians"

    @staticmethod
    def surface(points: Floats) -> Floats:
        offsets = points[:, np.newaxis, :] - _BUMPS
        heights = np.maximum(0, 1 - np.hypot(offsets[..., 0], offsets[..., 1]) / 2)
        strongest = np.argmax(heights, axis=1)
        return _SIGNS[strongest] * np.max(heights, axis=1)
