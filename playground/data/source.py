"""The base of every data set, and the registry that finds one by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from playground.data.table import Floats, Table
from playground.declarations import Kind, Registry, declare


class DataSource(Kind, ABC):
    """A data set that can be loaded.

    Attributes
    ----------
    STANDARDIZE
        Whether the columns come in units of their own, so that ``auto`` standardises them.
    """

    LABEL: ClassVar[str]
    STANDARDIZE: ClassVar[bool] = False

    @abstractmethod
    def load(self, rng: np.random.Generator) -> Table:
        """Return the data set; everything random in it comes from ``rng``."""

    @abstractmethod
    def expected_shape(self) -> tuple[int, int]:
        """Return about how many samples and columns there will be, without loading them."""


DATASETS: Registry[DataSource] = Registry("dataset", "playground.data.sets")

# The square on which every generated data set of two columns is drawn.
SQUARE = ((-6.0, 6.0), (-6.0, 6.0))


def declare_n_samples(default: int) -> Any:
    """Declare the number of samples of a generated data set."""
    return declare(
        default,
        ge=10,
        le=1_000_000,
        slider=(50, 5000),
        scale="log",
        label="Samples",
        help="Samples to generate.",
    )


def declare_noise(help: str, default: float = 0.0) -> Any:
    """Declare the noise of a generated data set, in percent."""
    return declare(default, ge=0, le=100, slider=(0, 50), unit="%", help=help)


def labels_in_turn(n_samples: int, n_classes: int) -> NDArray[np.int64]:
    """Return class numbers 0 … k−1 in ascending order whose counts differ by at most one."""
    return np.arange(n_samples) * n_classes // n_samples


def on_circle(radius: Floats, angle: Floats) -> Floats:
    """Return points (n, 2) at ``angle`` from the second axis, as TensorFlow Playground has it."""
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
