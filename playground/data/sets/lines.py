"""One-column regression: the five points and a noisy sine."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from playground.data.source import DATASETS, DataSource, declare_n_samples, declare_noise
from playground.data.table import Floats, Table
from playground.declarations import declare
from playground.tasks import Task


@DATASETS.register
class Line(DataSource):
    """The five points (1, 2), (2, 3), (3, 5), (4, 7), (5, 9)."""

    LABEL: ClassVar[str] = "Line: five points"
    kind: Literal["line"] = "line"

    def load(self, rng: np.random.Generator) -> Table:
        inputs = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
        targets = np.array([2.0, 3.0, 5.0, 7.0, 9.0])
        return Table(inputs, targets, Task.REGRESSION, ("x₁",), domain=((0.0, 6.0),))

    def expected_shape(self) -> tuple[int, int]:
        return 5, 1


@DATASETS.register
class Sine(DataSource):
    """A sine between −π and π with Gaussian noise on its values."""

    LABEL: ClassVar[str] = "Noisy sine"
    kind: Literal["sine"] = "sine"
    n_samples: int = declare_n_samples(200)
    noise: float = declare_noise("Standard deviation in percent of the amplitude.", 10.0)
    periods: float = declare(1.5, gt=0, le=20, slider=(0.5, 5), help="Full waves between −π and π.")

    def load(self, rng: np.random.Generator) -> Table:
        inputs = rng.uniform(-np.pi, np.pi, (self.n_samples, 1))
        targets = self.wave(inputs) + rng.standard_normal(self.n_samples) * (self.noise / 100)
        domain = ((-np.pi, np.pi),)
        return Table(inputs, targets, Task.REGRESSION, ("x₁",), domain=domain, formula=self.wave)

    def wave(self, inputs: Floats) -> Floats:
        """Return the values (n,) without noise at ``inputs`` (n, 1)."""
        return np.sin(self.periods * inputs[:, 0])

    def expected_shape(self) -> tuple[int, int]:
        return self.n_samples, 1
