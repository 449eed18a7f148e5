"""From columns of numbers and texts to a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.reading.checks import refuse_huge
from playground.data.table import Floats
from playground.errors import DataError
from playground.tasks import Task

ColumnType = Literal["numeric", "categorical", "text"]
TaskChoice = Literal["auto", "regression", "classification"]

# More different texts than this are names or sentences, not categories; nor are there more classes.
MAX_CATEGORIES = 100
# Up to so many are categories even where they are more than half of the rows.
_MAX_RARE_CATEGORIES = 20
# An integer target is taken for classes up to so many of them, and so large a part of the rows.
_MAX_INTEGER_CLASSES = 20
_MAX_CLASSES_SHARE = 0.1


def column_type(series: Any) -> ColumnType:
    """Return what a column of a data frame holds."""
    if is_numeric(series):
        return "numeric"
    return "categorical" if series.nunique() <= _most_categories(series) else "text"


def _most_categories(series: Any) -> int:
    return min(MAX_CATEGORIES, max(_MAX_RARE_CATEGORIES, int(series.count()) // 2))


def is_numeric(series: Any) -> bool:
    """Return whether a column holds numbers, or truth values, which count as 0 and 1."""
    from pandas.api.types import is_complex_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(series)) and not is_complex_dtype(series)


def task_of(series: Any) -> Literal["regression", "classification"]:
    """Return what predicting a column is by default.

    Text and truth values are classes; so are integers when there are two of them or few (at most
    20, and a tenth of the rows).
    """
    from pandas.api.types import is_bool_dtype

    if is_bool_dtype(series) or not is_numeric(series):
        return "classification"
    numbers = series.dropna().to_numpy(dtype=np.float64)
    values = np.unique(numbers)
    if not np.isfinite(values).all() or (values != np.round(values)).any():
        return "regression"
    few = min(_MAX_INTEGER_CLASSES, _MAX_CLASSES_SHARE * len(numbers))
    return "classification" if len(values) == 2 or 1 < len(values) <= few else "regression"


@dataclass(frozen=True)
class Fill:
    """What stands in for missing values: a statistic of numbers, the most frequent category.

    Attributes
    ----------
    statistic
        ``"mean"`` or ``"median"`` of a numeric column.
    groups
        (start, stop) of the columns that one-hot encode each categorical column.
    """

    statistic: Literal["mean", "median"]
    groups: tuple[tuple[int, int], ...]

    def __call__(self, rows: Floats) -> Floats:
        """Return the stand-ins (n_columns,) according to ``rows`` (n, n_columns)."""
        values: Floats = (np.nanmean if self.statistic == "mean" else np.nanmedian)(rows, axis=0)
        for start, stop in self.groups:
            frequent = np.argmax(np.nansum(rows[:, start:stop], axis=0))
            values[start:stop] = np.arange(stop - start) == frequent
        return values


@dataclass(frozen=True)
class Inputs:
    """Encoded features: values (n, n_columns) with NaN where missing, and one name a column."""

    values: Floats
    names: tuple[str, ...]
    groups: tuple[tuple[int, int], ...]


def encode_inputs(file_name: str, frame: Any) -> Inputs:
    """Return the columns of ``frame`` as numbers; categories are one-hot encoded.

    Raises
    ------
    DataError
        Where a column is empty, infinite, or text with too many different values.
    """
    categories = {
        name: sorted(frame[name].dropna().astype(str).unique())
        for name in frame
        if not is_numeric(frame[name]) and _is_categorical(file_name, name, frame[name])
    }
    n_columns = sum(len(categories[name]) if name in categories else 1 for name in frame)
    refuse_huge(file_name, len(frame) * n_columns * 8)
    values = np.empty((len(frame), n_columns))
    names: list[str] = []
    groups = []
    for name in frame:
        start = len(names)
        if name in categories:
            values[:, start : start + len(categories[name])] = _one_hot(
                frame[name], categories[name]
            )
            names += [f"{name}={category}" for category in categories[name]]
            groups.append((start, len(names)))
        else:
            values[:, start] = _numbers(file_name, name, frame[name])
            names.append(name)
    return Inputs(values, tuple(names), tuple(groups))


def encode_target(
    file_name: str, series: Any, choice: TaskChoice
) -> tuple[NDArray[np.float64] | NDArray[np.int64], Task, tuple[str, ...]]:
    """Return targets, task and class names of a column without missing values.

    ``"auto"`` leaves the task to :func:`task_of`.

    Raises
    ------
    DataError
        Where it is constant, has one class or too many, or holds text in a regression.
    """
    where = f"{file_name}: column {series.name!r}"
    if choice == "auto" and not is_numeric(series):
        _refuse_a_number_misspelt(where, series, series.nunique())
    if choice == "auto":
        choice = task_of(series)
    if choice == "regression":
        numbers = _numbers(file_name, series.name, series)
        if (numbers == numbers[0]).all():
            raise DataError(
                f"{where}: the target must vary, got {numbers[0]:g} in each of {len(numbers)} rows"
            )
        return numbers, Task.REGRESSION, ()
    if is_numeric(series):
        _numbers(file_name, series.name, series)
    classes, labels = np.unique(_texts_or_numbers(series), return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"{where}: a classification needs at least two classes, got only {str(classes[0])!r}"
        )
    if len(classes) > MAX_CATEGORIES:
        raise DataError(
            f"{where}: a classification takes at most {MAX_CATEGORIES} classes, got {len(classes)} "
            "different values; choose another target, or regression where they are numbers"
        )
    task = Task.BINARY if len(classes) == 2 else Task.MULTICLASS
    return labels.astype(np.int64), task, tuple(_class_name(value) for value in classes)


def _is_categorical(file_name: str, name: str, series: Any) -> bool:
    """Return True, or say why a text column cannot be a feature."""
    where = f"{file_name}: column {name!r}"
    n_unique = series.nunique()
    if n_unique == 0:
        raise DataError(f"{where}: is empty; leave it out of the features")
    _refuse_a_number_misspelt(where, series, n_unique)
    if n_unique > _most_categories(series):
        raise DataError(
            f"{where}: a text column can be a feature with at most {_most_categories(series)} "
            f"different values, got {n_unique}; leave it out of the features"
        )
    return True


def _refuse_a_number_misspelt(where: str, series: Any, n_unique: int) -> None:
    """Name the first text among what is otherwise a column of numbers."""
    is_text = _is_text(series)
    if n_unique > _MAX_INTEGER_CLASSES and 0 < is_text.sum() <= series.notna().sum() / 2:
        first = is_text.idxmax()
        raise DataError(
            f"{where}, data row {first + 1}: must be a number like most of the column, "
            f"got {series[first]!r}"
        )


def _is_text(series: Any) -> Any:
    """Return for each value whether it is present and no number."""
    import pandas as pd

    return series.notna() & pd.to_numeric(series, errors="coerce").isna()


def _one_hot(series: Any, categories: Sequence[str]) -> Floats:
    encoded = series.astype(str).to_numpy()[:, np.newaxis] == np.array(categories, dtype=object)
    return np.where(series.isna().to_numpy()[:, np.newaxis], np.nan, encoded.astype(np.float64))


def _numbers(file_name: str, name: str, series: Any) -> Floats:
    """Return a column as floats with NaN where missing; refuse texts and infinities."""
    where = f"{file_name}: column {name!r}"
    if not is_numeric(series):
        first = _is_text(series).idxmax()
        raise DataError(
            f"{where}, data row {first + 1}: must be a number in a regression, "
            f"got {series[first]!r}"
        )
    numbers: Floats = series.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.flatnonzero(np.isinf(numbers))
    if len(infinite):
        first = series.index[infinite[0]]
        raise DataError(
            f"{where}, data row {first + 1}: must be finite, got {numbers[infinite[0]]} "
            f"({len(infinite)} such values)"
        )
    if np.isnan(numbers).all():
        raise DataError(f"{where}: is empty; leave it out of the features")
    return numbers


def _texts_or_numbers(series: Any) -> NDArray[Any]:
    from pandas.api.types import is_bool_dtype

    if is_bool_dtype(series) or not is_numeric(series):
        return series.astype(str).to_numpy(dtype=object)
    return series.to_numpy(dtype=np.float64)


def _class_name(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    return str(value)
