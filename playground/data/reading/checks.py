"""What is refused of a file whatever its format."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground.declarations import suggest
from playground.errors import DataError

MEMORY_LIMIT_BYTES = 2 * 10**9
_SAMPLE_BYTES = 1 << 16


def check_file(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse what is no readable file of a known kind.

    Raises
    ------
    DataError
        Where it is missing, a directory, unreadable, empty or ends in none of ``suffixes``.
    """
    with readable(path):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(f"{path.name or path}: must be a file, got a directory")
        # A pipe or a device may never end.
        if not stat.S_ISREG(mode):
            raise DataError(f"{path.name}: must be an ordinary file")
        if path.suffix.lower() not in suffixes:
            raise DataError(
                f"{path.name}: must end in one of {', '.join(suffixes)}, "
                f"got {path.suffix or 'no ending'}"
            )
        with path.open("rb") as file:
            if not file.read(_SAMPLE_BYTES).strip():
                raise DataError(f"{path.name}: is empty")


def check_name(path: Path) -> Path:
    """Return a path that a text file can hold, as every saved run does.

    Raises
    ------
    ValueError
        Where it has bytes that are no UTF-8; the system itself takes any.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        raise ValueError(
            f"must have a name in UTF-8, got {shown}; rename the file or its folder"
        ) from None
    return path


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in words what the file system refuses."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{path}: no such file{_nearest_file(path)}") from None
    except PermissionError:
        raise DataError(f"{path}: may not be read; its permissions forbid it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def _nearest_file(path: Path) -> str:
    if not (path.parent.is_dir() and os.access(path.parent, os.R_OK)):
        return ""
    near, _, _ = suggest(path.name, [entry.name for entry in path.parent.iterdir()]).partition(" (")
    return near


def refuse_huge(name: str, n_bytes: int) -> None:
    """Refuse a table above the limit, with the estimate.

    Raises
    ------
    DataError
        Where ``n_bytes`` exceeds :data:`MEMORY_LIMIT_BYTES`.
    """
    if n_bytes > MEMORY_LIMIT_BYTES:
        raise DataError(
            f"{name}: would take about {n_bytes / 1e9:.1f} GB of memory, at most "
            f"{MEMORY_LIMIT_BYTES / 1e9:g} GB are allowed; use fewer rows or columns"
        )


def column_names(where: str, header: Sequence[object]) -> list[str]:
    """Return the names in a header; a column without one is called by its number.

    Raises
    ------
    DataError
        Where two columns have the same name.
    """
    texts = ["" if field is None else str(field).strip() for field in header]
    names = [text or f"column {number}" for number, text in enumerate(texts, start=1)]
    seen: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if name in seen:
            raise DataError(
                f"{where}: column names must differ, got {name!r} for columns "
                f"{seen[name]} and {number}"
            )
        seen[name] = number
    return names


def refuse_numbers_as_header(where: str, header: Sequence[object]) -> None:
    """Refuse a first row of numbers, which names no column.

    Raises
    ------
    DataError
        Where every field that is not empty is a number.
    """
    texts = [str(field).strip() for field in header if field is not None and str(field).strip()]
    if all(is_number(text) for text in texts):
        raise DataError(f"{where}: must name the columns, got numbers: {', '.join(texts[:5])}")


def is_number(text: str) -> bool:
    """Return whether ``text`` reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def first_line(error: Exception) -> str:
    """Return the first line of a library's message."""
    return (str(error) or type(error).__name__).splitlines()[0]
