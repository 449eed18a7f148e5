"""From a data set to the parts that a model is trained, validated and tested on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from playground.data.features import Features
from playground.data.source import DataSource
from playground.data.splits import Rows, Split, split_rows
from playground.data.table import Floats, Part, Prepared, Scaling, Table
from playground.errors import DataError
from playground.randomness import generator
from playground.tasks import Task

_BYTES_PER_NUMBER = 8


@dataclass(frozen=True)
class InputMap:
    """Maps raw columns (n, n_columns) to model inputs (n, n_features).

    Attributes
    ----------
    features
        Features to compute; None keeps the columns.
    fill
        Array of shape (n_columns,): what stands in for missing values; None where none are.
    scaling
        Standardisation of the features; None leaves them as they are.
    """

    features: Features | None
    fill: Floats | None
    scaling: Scaling | None = None

    def __call__(self, columns: Floats) -> Floats:
        """Return the model inputs of ``columns``."""
        values = columns if self.fill is None else np.where(np.isnan(columns), self.fill, columns)
        values = values if self.features is None else self.features.apply(values)
        return values if self.scaling is None else self.scaling.apply(values)


def prepare(source: DataSource, features: Features, split: Split, seed: int) -> Prepared:
    """Load, divide, compute features and standardise.

    Whatever is fitted (scaling, stand-ins for missing values) is fitted on the training part alone.

    Parameters
    ----------
    source
        The data set.
    features
        Features of a generated data set; real ones keep their columns.
    split
        How rows are divided and standardised.
    seed
        Seed of the data: generation and split.

    Raises
    ------
    DataError
        Where the data cannot be used as they are.
    SpecError
        Where no feature is switched on.
    """
    table = source.load(generator(seed, "data"))
    train, validation, test = split_rows(table, split, seed)
    unscaled = InputMap(
        features if features.act_on(table) else None, _fitted_fill(table, table.inputs[train])
    )
    names = table.feature_names
    if unscaled.features is not None:
        names = features.names(len(names))
    inputs = unscaled(table.inputs)
    scaling = None
    # Symbol numbers are names, which no scale fits.
    if not table.is_text and _is_on(split.standardize, source):
        scaling = _fitted_scaling(inputs[train], names)
        inputs = scaling.apply(inputs)
    target_scaling = Scaling(np.zeros(()), np.ones(()))
    targets = table.targets
    if table.task is Task.REGRESSION and _is_on(split.standardize_target, source):
        target_scaling = _fitted_target_scaling(table, train)
        targets = target_scaling.apply(targets.astype(np.float64))

    def part(rows: Rows) -> Part:
        return Part(inputs[rows], targets[rows], rows)

    return Prepared(
        table=table,
        train=part(train),
        validation=part(validation),
        test=part(test),
        features=InputMap(unscaled.features, unscaled.fill, scaling),
        feature_names=names,
        target_scaling=target_scaling,
    )


def estimate_bytes(source: DataSource, features: Features) -> int:
    """Return about how many bytes the prepared data will take, without loading them."""
    n_samples, n_columns = source.expected_shape()
    n_features = max(n_columns, len(type(features).model_fields)) if n_columns <= 2 else n_columns
    # The columns, then the inputs once whole and once in parts; targets and rows beside them.
    return n_samples * (n_columns + 2 * n_features + 3) * _BYTES_PER_NUMBER


def _is_on(switch: str, source: DataSource) -> bool:
    return switch == "on" or (switch == "auto" and source.STANDARDIZE)


def _fitted_fill(table: Table, train_inputs: Floats) -> Floats | None:
    if table.fill is None:
        return None
    absent = np.flatnonzero(np.isnan(train_inputs).all(axis=0))
    if len(absent):
        raise DataError(
            f"column {table.feature_names[absent[0]]!r}: has no value in the training part that "
            "could stand in for the missing ones; leave the column out or train on more rows"
        )
    return table.fill(train_inputs)


def _fitted_scaling(train_values: Floats, names: tuple[str, ...]) -> Scaling:
    """Return the scaling to mean 0 and deviation 1; a constant column keeps scale 1."""
    # Values near the end of the range overflow here; the check below says so in words.
    with np.errstate(over="ignore", invalid="ignore"):
        mean = train_values.mean(axis=0)
        deviation = train_values.std(axis=0)
    is_constant = (train_values == train_values[0]).all(axis=0)
    scale = np.where(is_constant | (deviation == 0), 1.0, deviation)
    too_large = np.flatnonzero(~np.isfinite(mean) | ~np.isfinite(scale))
    if len(too_large):
        raise DataError(
            f"column {names[too_large[0]]!r}: values are too large to be standardised; "
            "give them in a larger unit"
        )
    return Scaling(mean, scale)


def _fitted_target_scaling(table: Table, train: Rows) -> Scaling:
    values = table.targets[train].astype(np.float64)
    columns = _fitted_scaling(values[:, np.newaxis], (table.target_name,))
    return Scaling(columns.offset[0], columns.scale[0])
