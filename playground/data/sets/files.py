"""The user's own table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator

from playground.data.encoding import Fill, TaskChoice, encode_inputs, encode_target
from playground.data.reading import estimated_shape, read_frame, sha256_of
from playground.data.reading.checks import check_name
from playground.data.source import DATASETS, DataSource
from playground.data.table import Table
from playground.declarations import declare, suggest
from playground.errors import DataError


@DATASETS.register
class File(DataSource):
    """A table of your own: CSV, TSV, Parquet or Excel."""

    LABEL: ClassVar[str] = "File (CSV, Parquet, Excel)"
    STANDARDIZE: ClassVar[bool] = True
    kind: Literal["file"] = "file"
    path: Path = declare(help="A .csv, .tsv, .parquet or .xlsx file with column names.")
    target: str = declare("", help="Column to predict; the last one where empty.")
    features: tuple[str, ...] = declare((), help="Columns to predict from; all others where empty.")
    task: TaskChoice = declare("auto", help="Numbers or classes; auto decides by the target.")
    missing: Literal["refuse", "drop rows", "mean", "median"] = declare(
        "refuse",
        label="Missing values",
        help="Of numbers, the mean or median stands in; of categories, the most frequent.",
    )
    sheet: str = declare("", advanced=True, help="Sheet of an Excel file; the first where empty.")

    @field_validator("path")
    @classmethod
    def _is_named(cls, path: Path) -> Path:
        return check_name(path)

    def load(self, rng: np.random.Generator) -> Table:
        frame = read_frame(self.path, self.sheet)
        target = self._target(frame)
        features = self._features(frame, target)
        frame = self._without_gaps(frame[[*features, target]], target)
        inputs = encode_inputs(self.path.name, frame[features])
        targets, task, class_names = encode_target(self.path.name, frame[target], self.task)
        fill = None
        if self.missing in ("mean", "median") and np.isnan(inputs.values).any():
            fill = Fill(self.missing, inputs.groups)
        return Table(
            inputs=inputs.values,
            targets=targets,
            task=task,
            feature_names=inputs.names,
            target_name=target,
            class_names=class_names,
            fill=fill,
            sha256=sha256_of(self.path),
        )

    def expected_shape(self) -> tuple[int, int]:
        return estimated_shape(self.path)

    def _target(self, frame: Any) -> str:
        names = [str(name) for name in frame.columns]
        target = self.target or names[-1]
        if target not in names:
            raise DataError(f"{self.path.name}: no column {target!r}{suggest(target, names)}")
        return target

    def _features(self, frame: Any, target: str) -> list[str]:
        names = [str(name) for name in frame.columns if name != target]
        for position, name in enumerate(self.features):
            if name == target:
                raise DataError(f"{self.path.name}: {name!r} is the target, so it is no feature")
            if name not in names:
                raise DataError(f"{self.path.name}: no column {name!r}{suggest(name, names)}")
            if name in self.features[:position]:
                raise DataError(f"{self.path.name}: feature {name!r} is listed twice")
        return list(self.features) or names

    def _without_gaps(self, frame: Any, target: str) -> Any:
        """Return the rows to keep; only features may still have gaps, and only to be filled."""
        gaps = frame.isna()
        if self.missing == "refuse" and gaps.to_numpy().any():
            name = next(name for name in [target, *frame] if gaps[name].any())
            raise DataError(
                f"{self.path.name}: column {name!r}, data row {gaps[name].idxmax() + 1}: "
                f"is missing ({gaps[name].sum()} such values); fill them, or set 'missing' to "
                "'drop rows', 'mean' or 'median'"
            )
        columns = list(frame) if self.missing == "drop rows" else [target]
        kept = frame.dropna(subset=columns)
        if len(kept) < 2:
            raise DataError(
                f"{self.path.name}: needs at least 2 rows, got {len(kept)} of {len(frame)} "
                "without missing values"
            )
        return kept
