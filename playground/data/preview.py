"""What a file holds, before anything is chosen from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.data.encoding import ColumnType, column_type, task_of
from playground.data.reading import read_frame


@dataclass(frozen=True)
class ColumnPreview:
    """One column: its name, what it holds, and how many values are missing or different.

    ``task`` is what predicting it would be by default.
    """

    name: str
    type: ColumnType
    task: Literal["regression", "classification"]
    n_missing: int
    n_unique: int


@dataclass(frozen=True)
class Preview:
    """The columns, the first rows as text (empty where missing) and the number of all rows."""

    columns: tuple[ColumnPreview, ...]
    rows: tuple[tuple[str, ...], ...]
    n_rows: int


def preview(path: Path, rows: int = 50, sheet: str = "") -> Preview:
    """Return what an import dialog shows of the file at ``path``.

    Raises
    ------
    DataError
        Where the file cannot be read as a table.
    """
    frame = read_frame(path, sheet)
    columns = tuple(
        ColumnPreview(
            name=name,
            type=column_type(frame[name]),
            task=task_of(frame[name]),
            n_missing=int(frame[name].isna().sum()),
            n_unique=int(frame[name].nunique()),
        )
        for name in frame
    )
    head = frame.head(rows)
    texts = head.astype(object).where(head.notna(), "").astype(str)
    return Preview(columns, tuple(texts.itertuples(index=False, name=None)), len(frame))
