"""What every data set becomes: a table of numbers, and its parts made ready for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.vocabulary import Vocabulary
from playground.tasks import Task

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """A data set before it is split.

    Attributes
    ----------
    inputs
        Array of shape (n_samples, n_columns); NaN where a value is missing and ``fill`` is given.
        Texts are whole symbol numbers, a position a column, padded at the right.
    targets
        Array of shape (n_samples,): numbers in a regression, class numbers from 0 otherwise. Where
        texts are written, symbol numbers of shape (n_samples, n_target_positions).
    task
        What is to be predicted.
    feature_names
        One name a column.
    target_name
        What the targets are called.
    class_names
        One name a class; empty in a regression.
    image_shape
        Height and width when a row is a picture.
    source_vocabulary, target_vocabulary
        The symbols of the inputs where they are texts, and of the targets where those are.
    domain
        For one or two columns, the (low, high) range of each that is drawn.
    formula
        The function that the targets were made from, where there is one, for drawing beside the
        fit; maps (n, n_columns) to (n,).
    fill
        Where values are missing: maps training rows (n, n_columns) to the values (n_columns,) that
        stand in for missing ones.
    sha256
        Digest of the file that it was read from; empty for generated data.
    """

    inputs: NDArray[Any]
    targets: NDArray[np.float64] | NDArray[np.int64]
    task: Task
    feature_names: tuple[str, ...]
    target_name: str = "y"
    class_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    source_vocabulary: Vocabulary | None = None
    target_vocabulary: Vocabulary | None = None
    domain: tuple[tuple[float, float], ...] | None = None
    formula: Callable[[Floats], Floats] | None = None
    fill: Callable[[Floats], Floats] | None = None
    sha256: str = ""

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 in a regression."""
        return len(self.class_names)

    @property
    def is_text(self) -> bool:
        """Whether the inputs are texts."""
        return self.source_vocabulary is not None


@dataclass(frozen=True)
class Part:
    """One part of a split, ready for the model.

    Attributes
    ----------
    inputs
        Array of shape (n_samples, n_features): features computed, standardised; or symbol numbers.
    targets
        Array of shape (n_samples,): standardised numbers or class numbers; or texts, as in the
        table.
    rows
        Array of shape (n_samples,): the rows of the table that they came from.
    """

    inputs: NDArray[Any]
    targets: NDArray[np.float64] | NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Scaling:
    """An affine map fitted on the training part: ``scaled = (raw - offset) / scale``."""

    offset: Floats
    scale: Floats

    def apply(self, raw: Floats) -> Floats:
        """Return scaled values."""
        return (raw - self.offset) / self.scale

    def invert(self, scaled: Floats) -> Floats:
        """Return values in their own units again."""
        return scaled * self.scale + self.offset


@dataclass(frozen=True)
class Prepared:
    """A table, its three parts and the maps between raw columns and the model's inputs.

    Attributes
    ----------
    table
        The data set before it was split.
    train, validation, test
        Its parts; any but the first may be empty.
    features
        Maps raw columns (n, n_columns) to the model's inputs (n, n_features); for drawing what the
        model says at any point.
    feature_names
        One name a model input.
    target_scaling
        Scaling of the targets in a regression; the identity unless they were standardised.
    """

    table: Table
    train: Part
    validation: Part
    test: Part
    features: Callable[[Floats], Floats]
    feature_names: tuple[str, ...]
    target_scaling: Scaling = field(default_factory=lambda: Scaling(np.zeros(()), np.ones(())))

    def part(self, name: str) -> Part:
        """Return the part called ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]
