"""Two-column classification: moons, rings and blobs."""

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
    labels_in_turn,
    on_circle,
)
from playground.data.table import Floats, Table
from playground.declarations import declare
from playground.tasks import Task


class _Planar(DataSource):
    n_samples: int = declare_n_samples(500)

    def expected_shape(self) -> tuple[int, int]:
        return self.n_samples, 2


def _table(points: Floats, labels: NDArray[np.int64], class_names: tuple[str, ...]) -> Table:
    task = Task.BINARY if len(class_names) == 2 else Task.MULTICLASS
    return Table(points, labels, task, ("x₁", "x₂"), "class", class_names, domain=SQUARE)


def _numbered(noun: str, count: int) -> tuple[str, ...]:
    return tuple(f"{noun} {number}" for number in range(1, count + 1))


@DATASETS.register
class Moons(_Planar):
    """Two half circles that reach into each other."""

    LABEL: ClassVar[str] = "Moons"
    kind: Literal["moons"] = "moons"
    noise: float = declare_noise("Standard deviation in percent of a moon's radius.", 10.0)

    def load(self, rng: np.random.Generator) -> Table:
        labels = labels_in_turn(self.n_samples, 2)
        angle = rng.uniform(0, np.pi, self.n_samples)
        upper = np.column_stack([np.cos(angle), np.sin(angle)])
        # The lower moon is the upper one turned by half about (0.5, 0.25), the centre of both.
        centred = (upper - (0.5, 0.25)) * np.where(labels == 0, 1, -1)[:, np.newaxis]
        noise = rng.standard_normal((self.n_samples, 2)) * (self.noise / 100)
        return _table(3 * (centred + noise), labels, ("upper", "lower"))


@DATASETS.register
class Rings(_Planar):
    """Rings around one centre, one class each."""

    LABEL: ClassVar[str] = "Rings"
    kind: Literal["rings"] = "rings"
    n_classes: int = declare(2, ge=2, le=10, slider=(2, 6), label="Rings", help="Number of rings.")
    noise: float = declare_noise("Standard deviation in percent of the gap between rings.", 10.0)

    def load(self, rng: np.random.Generator) -> Table:
        labels = labels_in_turn(self.n_samples, self.n_classes)
        gap = 5 / self.n_classes
        points = on_circle(
            gap * (labels.astype(np.float64) + 1), rng.uniform(0, 2 * np.pi, self.n_samples)
        )
        noise = rng.standard_normal((self.n_samples, 2)) * (gap * self.noise / 100)
        return _table(points + noise, labels, _numbered("ring", self.n_classes))


@DATASETS.register
class Blobs(_Planar):
    """Round clouds, one class each, evenly spaced on a circle."""

    LABEL: ClassVar[str] = "Blobs"
    kind: Literal["blobs"] = "blobs"
    n_classes: int = declare(3, ge=2, le=10, slider=(2, 8), label="Blobs", help="Number of blobs.")
    spread: float = declare(
        0.7, ge=0, le=5, slider=(0.1, 2), help="Standard deviation of each blob."
    )

    def load(self, rng: np.random.Generator) -> Table:
        labels = labels_in_turn(self.n_samples, self.n_classes)
        radius = np.full(self.n_samples, 3.5)
        centres = on_circle(radius, labels.astype(np.float64) * (2 * np.pi / self.n_classes))
        noise = rng.standard_normal((self.n_samples, 2)) * self.spread
        return _table(centres + noise, labels, _numbered("blob", self.n_classes))
