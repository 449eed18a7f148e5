"""Tables in Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.data.reading.checks import column_names, first_line
from playground.errors import DataError


def read(path: Path) -> Any:
    """Return the data frame in a Parquet file."""
    import pyarrow

    try:
        with _opened(path) as file:
            table = file.read()
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path.name}: is damaged: {first_line(error)}") from None
    names = column_names(path.name, table.column_names)
    for field in table.schema:
        if pyarrow.types.is_nested(field.type) or pyarrow.types.is_binary(field.type):
            raise DataError(
                f"{path.name}: column {field.name!r}: must hold numbers or texts, got {field.type}"
            )
    # The metadata may ask for an index or other types; only the columns are wanted.
    return table.rename_columns(names).to_pandas(ignore_metadata=True)


def estimated_shape(path: Path) -> tuple[int, int]:
    """Return how many rows and columns the file says it has."""
    with _opened(path) as file:
        return file.metadata.num_rows, file.metadata.num_columns


def _opened(path: Path) -> Any:
    import pyarrow
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise DataError(f"{path.name}: is no Parquet file: {first_line(error)}") from None
