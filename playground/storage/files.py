"""Files written whole or not at all, and read without executing anything."""

from __future__ import annotations

import errno
import os
import secrets
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from playground.errors import StorageError

MAX_TOML_BYTES = 10_000_000

_REASONS = {
    errno.EACCES: "permission denied",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "it would be too large for this disk",
    errno.EISDIR: "it is a folder",
    errno.ENOENT: "there is no such file",
    errno.ENOSPC: "the disk is full",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.EEXIST: "a part of its path is a file, not a folder",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path whose file takes the place of ``path`` when all went well.

    It lies in the same folder, which is created where it is missing, and has the same suffix. When
    anything fails it is removed, and what stood at ``path`` before stays.

    Raises
    ------
    StorageError
        Where the file cannot be written; says why.
    """
    with _explained(path):
        target = path.resolve()
        _check_target(target)
        made = _made(target.parent)
        temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
        try:
            temporary.touch(exist_ok=False)
            yield temporary
            _flush_to_disk(temporary)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            _remove_empty(made)
            raise


@contextmanager
def replacing_together(folder: Path) -> Iterator[Callable[[str], Path]]:
    """Yield what gives each file of a folder its temporary path, by the file's name.

    All take their places when all are written and on the disk; see :func:`replacing`.

    Raises
    ------
    StorageError
        Where one of them cannot be written; says which and why.
    """
    temporaries: dict[Path, Path] = {}
    with ExitStack() as files:

        def place(name: str) -> Path:
            path = folder / name
            temporaries[path] = files.enter_context(replacing(path))
            return temporaries[path]

        yield place
        for path, temporary in temporaries.items():
            with _explained(path):
                _flush_to_disk(temporary)


@contextmanager
def writing_text(path: Path) -> Iterator[IO[str]]:
    """Yield a UTF-8 text file that takes the place of ``path`` when all went well."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield file


def check_folder(folder: Path) -> None:
    """Check that a folder is there or can be made, and that files can be written into it.

    It leaves everything as it was: whoever writes into the folder makes it.

    Raises
    ------
    StorageError
        Where they cannot; better known before an hour of training than after it.
    """
    with _explained(folder):
        if folder.exists() and not folder.is_dir():
            raise StorageError(f"{folder}: must be a folder, got a file")
        _probe(folder)


def check_file(path: Path) -> None:
    """Check that a file can be written, or written anew; it leaves everything as it was.

    Raises
    ------
    StorageError
        Where it cannot.
    """
    with _explained(path):
        _check_target(path.resolve())
        _probe(path.resolve().parent)


def _probe(folder: Path) -> None:
    """Write a file into a folder and remove it again, with the folder where that was missing."""
    made = _made(folder)
    probe = folder / f".{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"\0")
    finally:
        probe.unlink(missing_ok=True)
        _remove_empty(made)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the values in a TOML file.

    Raises
    ------
    StorageError
        Where it cannot be read; names line and column of a mistake.
    """
    with _explained(path, "read"):
        if path.exists() and not path.is_file():
            raise StorageError(f"{path}: must be a file, got a folder or a device")
        if (size := path.stat().st_size) > MAX_TOML_BYTES:
            raise StorageError(f"{path}: must be at most {MAX_TOML_BYTES:,} bytes, got {size:,}")
        text = path.read_bytes()
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StorageError(
            f"{path}: must be a TOML file in UTF-8, got a byte that is not at {error.start}"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise StorageError(f"{path}: not TOML: {error}") from None


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays in an ``.npz`` file by name; nothing in it is executed.

    Raises
    ------
    StorageError
        Where it cannot be read.
    """
    with _explained(path, "read"), path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        # TypeError: a single array is not opened as several are.
        except (ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
            raise StorageError(f"{path}: must be a file of arrays (.npz): {error}") from None


@contextmanager
def _explained(path: Path, verb: str = "written") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
        raise StorageError(f"{path}: cannot be {verb}: {reason}") from error


def _made(folder: Path) -> list[Path]:
    """Make a folder where it is missing; return what had to be made, innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _check_target(target: Path) -> None:
    if target.is_dir():
        raise StorageError(f"{target}: must be a file, got a folder")
    if target.exists():
        if not target.is_file():
            # Replacing a device such as /dev/null by a file would break the machine.
            raise StorageError(f"{target}: must be a file, got a device")
        if not os.access(target, os.W_OK):
            raise StorageError(f"{target}: cannot be written: it is read-only")


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
