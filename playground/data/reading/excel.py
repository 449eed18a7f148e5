"""Tables in Excel workbooks: the values that are shown, never their formulas."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playground.data.reading.checks import (
    column_names,
    first_line,
    refuse_huge,
    refuse_numbers_as_header,
)
from playground.data.reading.text import parse
from playground.declarations import suggest
from playground.errors import DataError

# About what a cell takes as XML, and a guess at the columns, for sizing alone.
_BYTES_PER_CELL = 32
_N_COLUMNS = 10
# While it is read a cell is an object of some 100 bytes.
_MEMORY_PER_XML = 3


def read(path: Path, sheet: str) -> Any:
    """Return the data frame in one sheet of a workbook; the first where ``sheet`` is empty."""
    refuse_huge(path.name, _xml_bytes(path) * _MEMORY_PER_XML)
    with path.open("rb") as file, _undamaged(path.name):
        rows = _rows(path.name, file, sheet)
    while rows and all(cell is None for cell in rows[0]):
        del rows[0]
    if not rows:
        raise DataError(f"{path.name}: the sheet is empty")
    n_columns = max(n for row in rows for n, cell in enumerate(row, start=1) if cell is not None)
    cells = [[*row, *[None] * n_columns][:n_columns] for row in rows]
    refuse_numbers_as_header(f"{path.name}: the first row", cells[0])
    names = column_names(path.name, cells[0])
    # Through text, so that numbers, gaps and texts are told apart by the same rules as in a CSV.
    text = io.StringIO(newline="")
    csv.writer(text).writerows(cells[1:])
    text.seek(0)
    return parse(path.name, text, names)


def estimated_shape(path: Path) -> tuple[int, int]:
    """Return about how many rows and columns there are, judged by the size of the XML."""
    return _xml_bytes(path) // (_BYTES_PER_CELL * _N_COLUMNS), _N_COLUMNS


def _xml_bytes(path: Path) -> int:
    with _undamaged(path.name), zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _rows(name: str, file: Any, sheet: str) -> list[tuple[Any, ...]]:
    import openpyxl

    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    if sheet and sheet not in workbook.sheetnames:
        raise DataError(f"{name}: no sheet {sheet!r}{suggest(sheet, workbook.sheetnames)}")
    worksheet = workbook[sheet or workbook.sheetnames[0]]
    # Some writers state a wrong extent; without one every row is read.
    worksheet.reset_dimensions()
    return list(worksheet.iter_rows(values_only=True))


@contextmanager
def _undamaged(name: str) -> Iterator[None]:
    """Say in words that a workbook, a zip of XML, is damaged in one of the many possible ways."""
    import zlib
    from xml.etree.ElementTree import ParseError

    from openpyxl.utils.exceptions import InvalidFileException

    damage = (zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, KeyError)
    try:
        yield
    except (*damage, ValueError, EOFError) as error:
        raise DataError(
            f"{name}: is no readable Excel workbook (.xlsx): {first_line(error)}"
        ) from None
