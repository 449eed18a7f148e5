"""Loss curves as CSV, JSON and Parquet: every step, floats that read back exactly."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from playground.errors import StorageError
from playground.storage.files import replacing
from playground.training.history import History

Floats = NDArray[np.float64]

BLOCK_ROWS = 65_536

Block = tuple[str, int, int]
"""A run's label, the first of some of its rows and the one after the last."""


def write_curves(path: Path, histories: Mapping[str, History]) -> None:
    """Write the curves of one or several runs to one file.

    Parameters
    ----------
    path
        Its suffix ``.csv``, ``.json`` or ``.parquet`` decides the format. Where nothing was
        evaluated, cells are empty (CSV) or null.
    histories
        By the runs' labels. With more than one, the first column ``run`` tells them apart.

    Raises
    ------
    StorageError
        Where the suffix is another one or the file cannot be written.
    """
    with replacing(path) as temporary:
        fill_with_curves(temporary, histories)


def fill_with_curves(path: Path, histories: Mapping[str, History]) -> None:
    """Do as :func:`write_curves`, but straight into a file that is not precious yet."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise StorageError(f"{path}: must end in {', '.join(_WRITERS)}, got {path.suffix!r}")
    writer(path, _Curves(histories))


class _Curves:
    """The rows that the runs have now, in blocks; runs that go on do not disturb it."""

    def __init__(self, histories: Mapping[str, History]) -> None:
        self.histories = histories
        self.lengths = {label: len(history) for label, history in histories.items()}
        names = dict.fromkeys(name for h in histories.values() for name in h.columns)
        # Stable: the order of each history, with the layers' norms behind everything else.
        self.columns = sorted(names, key=lambda name: name.startswith("gradient_norm/"))
        self.has_labels = len(histories) > 1

    def blocks(self) -> Iterator[Block]:
        """Yield every block, run by run."""
        for label, n_rows in self.lengths.items():
            for first in range(0, n_rows, BLOCK_ROWS):
                yield label, first, min(first + BLOCK_ROWS, n_rows)

    def values(self, name: str, block: Block) -> Floats:
        """Return a column's rows in a block; all NaN in a run that does not have it."""
        label, first, last = block
        history = self.histories[label]
        if name not in history.columns:
            return np.full(last - first, np.nan)
        return history.rows(name, first, last)


def _write_csv(path: Path, curves: _Curves) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        header = ["run", *curves.columns] if curves.has_labels else curves.columns
        file.write(_csv_row(header))
        for block in curves.blocks():
            label, first, last = block
            columns = [_texts(name, curves.values(name, block), "") for name in curves.columns]
            if curves.has_labels:
                columns.insert(0, [_csv_row([label]).rstrip("\n")] * (last - first))
            file.write("\n".join(map(",".join, zip(*columns, strict=True))))
            file.write("\n")


def _csv_row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _texts(name: str, values: Floats, nothing: str) -> list[str]:
    """Return each number as text that reads back exactly."""
    if name == "step":
        return list(map(str, values.astype(np.int64).tolist()))
    known = np.flatnonzero(~np.isnan(values))
    # Most cells of an evaluated column are empty.
    texts = [nothing] * len(values)
    for row, value in zip(known.tolist(), values[known].tolist(), strict=True):
        texts[row] = repr(value)
    return texts


def _write_json(path: Path, curves: _Curves) -> None:
    import json

    def labels(block: Block) -> list[str]:
        return [json.dumps(block[0])] * (block[2] - block[1])

    def numbers(name: str) -> Callable[[Block], list[str]]:
        # JSON has no infinity; a number beyond the largest double reads as one everywhere.
        infinities = {"inf": "1e999", "-inf": "-1e999"}
        return lambda block: [
            infinities.get(text, text) for text in _texts(name, curves.values(name, block), "null")
        ]

    with path.open("w", encoding="utf-8", newline="") as file:
        columns: dict[str, Callable[[Block], list[str]]] = {}
        if curves.has_labels:
            columns["run"] = labels
        columns |= {name: numbers(name) for name in curves.columns}
        for index, (name, cells) in enumerate(columns.items()):
            file.write("{\n" if index == 0 else ",\n")
            file.write(f"{json.dumps(name)}: [")
            _write_joined(file, (cells(block) for block in curves.blocks()))
            file.write("]")
        file.write("\n}\n")


def _write_joined(file: IO[str], blocks: Iterator[list[str]]) -> None:
    for index, cells in enumerate(blocks):
        file.write(", " if index else "")
        file.write(", ".join(cells))


def _write_parquet(path: Path, curves: _Curves) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    types: dict[str, Any] = {"run": pa.string()} if curves.has_labels else {}
    types |= {name: pa.int64() if name == "step" else pa.float64() for name in curves.columns}
    schema = pa.schema(list(types.items()))

    def array(name: str, block: Block) -> Any:
        if name == "run":
            return pa.array([block[0]] * (block[2] - block[1]), pa.string())
        values = curves.values(name, block)
        if name == "step":
            return pa.array(values.astype(np.int64))
        return pa.array(values, mask=np.isnan(values))

    with parquet.ParquetWriter(path, schema) as writer:
        for block in curves.blocks():
            writer.write_table(pa.table([array(name, block) for name in types], schema=schema))


_WRITERS: dict[str, Callable[[Path, _Curves], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".parquet": _write_parquet,
}
