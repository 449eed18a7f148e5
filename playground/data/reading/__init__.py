"""Reading a user's table: CSV, TSV, Parquet or Excel, refused in words where it is no table.

Nothing in a file is executed: no pickle, no formulas, no extension types.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

from playground.data.reading import excel, parquet, text
from playground.data.reading.checks import check_file, readable, refuse_huge
from playground.errors import DataError

_READERS: dict[str, ModuleType] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".data"), text),
    ".parquet": parquet,
    ".xlsx": excel,
}


def read_frame(path: Path, sheet: str = "") -> Any:
    """Return a ``pandas.DataFrame`` of the file's columns, in their order and under their names.

    Rows without any value are left out; the index keeps each row's number from 0.

    Parameters
    ----------
    path
        A file ending in .csv, .tsv, .tab, .txt, .data, .parquet or .xlsx. Text is UTF-8, separated
        by commas, semicolons or tabs (found from the header), one line of names first.
    sheet
        Sheet of an Excel file; the first where empty.

    Raises
    ------
    DataError
        Where the file cannot be read, is no table, or would not fit in memory.
    """
    refuse_huge(path.name, estimated_bytes(path))
    reader = _reader_of(path)
    with readable(path):
        frame = reader.read(path, sheet) if reader is excel else reader.read(path)
    unnamed = [name for name in frame if name.startswith("column ") and frame[name].isna().all()]
    frame = _with_plain_numbers(frame.drop(columns=unnamed).dropna(how="all"))
    if len(frame.columns) < 2:
        raise DataError(
            f"{path.name}: needs at least two columns, a feature and a target, separated by comma, "
            f"semicolon or tab; got {len(frame.columns)}"
        )
    if not len(frame):
        raise DataError(f"{path.name}: has column names but no rows")
    return frame


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, read in pieces."""
    with readable(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def estimated_shape(path: Path) -> tuple[int, int]:
    """Return about how many rows and columns a file has, from its beginning or its metadata.

    Raises
    ------
    DataError
        Where the file cannot be read or is of no known kind.
    """
    check_file(path, tuple(_READERS))
    with readable(path):
        n_rows, n_columns = _reader_of(path).estimated_shape(path)
    return n_rows, n_columns


def estimated_bytes(path: Path) -> int:
    """Return about how many bytes the table takes in memory, at least those of the file."""
    n_rows, n_columns = estimated_shape(path)
    return max(path.stat().st_size, n_rows * n_columns * 8)


def _reader_of(path: Path) -> ModuleType:
    return _READERS[path.suffix.lower()]


def _with_plain_numbers(frame: Any) -> Any:
    """Return ``frame`` with columns of number objects (decimals, huge integers) as floats."""
    import pandas as pd

    plain = {}
    for name in filter(lambda name: pd.api.types.is_object_dtype(frame[name]), frame):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        if numbers.notna().any() and (numbers.notna() == frame[name].notna()).all():
            plain[name] = numbers.astype("float64")
    return frame.assign(**plain)
