"""Tables as text: a line of names, then one line a row, separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from playground.data.reading.checks import (
    column_names,
    first_line,
    is_number,
    refuse_numbers_as_header,
)
from playground.errors import DataError

_SEPARATORS = ",;\t"
_SAMPLE_BYTES = 1 << 20
_QUOTES = "; is a quotation mark left open or misplaced?"


def read(path: Path) -> Any:
    """Return the data frame in a text file; see :func:`playground.data.reading.read_frame`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, separator, n_header_lines = _header_of(path.name, file)
            where = f"{path.name}: line {n_header_lines}"
            refuse_numbers_as_header(where, header)
            names = column_names(where, header)
            decimal = _check_rows(path.name, file, separator, n_header_lines, len(names))
            file.seek(0)
            for _ in range(n_header_lines):
                file.readline()
            return parse(path.name, file, names, separator, decimal)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name}: must be text in UTF-8, got the byte 0x{error.object[error.start]:02x}, "
            "which is none; save it as 'CSV UTF-8'"
        ) from None


def parse(
    name: str, file: TextIO, names: Sequence[str], separator: str = ",", decimal: str = "."
) -> Any:
    """Return the data frame of rows without a header."""
    import pandas as pd

    try:
        return pd.read_csv(
            file,
            sep=separator,
            header=None,
            names=list(names),
            index_col=False,
            skipinitialspace=True,
            low_memory=False,  # in one piece, so that a column has one type
            decimal=decimal,
        )
    except pd.errors.EmptyDataError:
        raise DataError(f"{name}: has column names but no rows") from None
    except (pd.errors.ParserError, OverflowError) as error:
        raise DataError(f"{name}: cannot be read as a table: {first_line(error)}") from None


def estimated_shape(path: Path) -> tuple[int, int]:
    """Return about how many rows and columns there are, judged by the file's beginning."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    header = sample.partition(b"\n")[0]
    n_columns = 1 + max(header.count(separator.encode()) for separator in _SEPARATORS)
    n_lines = max(1, sample.count(b"\n"))
    return path.stat().st_size * n_lines // len(sample), n_columns


def _header_of(name: str, file: TextIO) -> tuple[list[str], str, int]:
    """Return the header's fields, the separator and the number of lines up to the header's end."""
    for n_lines, line in enumerate(_text_only(name, file, 1), start=1):
        if not line.strip():
            continue
        # The separator that makes most columns; data may hold decimal commas, names hardly do.
        try:
            fields = {s: next(csv.reader([line], delimiter=s)) for s in _SEPARATORS}
            separator = max(fields, key=lambda s: len(fields[s]))
            (header,) = csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True)
        except csv.Error as error:
            raise DataError(f"{name}: line {n_lines}: {error}{_QUOTES}") from None
        return header, separator, n_lines
    raise DataError(f"{name}: is empty")


def _check_rows(name: str, file: TextIO, separator: str, n_before: int, n_fields: int) -> str:
    """Refuse ragged and binary rows; return the decimal mark.

    pandas fills short rows silently, so their fields are counted here.
    """
    lines = _text_only(name, file, n_before + 1)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    n_commas = n_points = 0
    try:
        for row in reader:
            if not "".join(row):
                continue
            if len(row) != n_fields:
                raise DataError(
                    f"{name}: line {n_before + reader.line_num}: must have {n_fields} fields like "
                    f"the header, got {len(row)}"
                )
            if separator != ",":
                n_commas += sum("," in f and is_number(f.replace(",", ".")) for f in row)
                n_points += sum("." in f and is_number(f) for f in row)
    except csv.Error as error:
        raise DataError(f"{name}: line {n_before + reader.line_num}: {error}{_QUOTES}") from None
    return "," if n_commas > n_points else "."


def _text_only(name: str, lines: Iterable[str], first: int) -> Iterator[str]:
    for number, line in enumerate(lines, start=first):
        if "\0" in line:
            raise DataError(f"{name}: line {number}: must be text, got binary data")
        yield line
