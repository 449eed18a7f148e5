import errno
import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from playground.errors import StorageError
from playground.storage.files import (
    check_folder,
    read_toml,
    replacing,
    replacing_together,
    writing_text,
)


def write_half(path: Path, failure: BaseException | None) -> None:
    with writing_text(path) as file:
        file.write("half")
        file.flush()
        if failure:
            raise failure


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.txt"
    with writing_text(path) as file:
        file.write("å\r\nb\n")
        assert not path.exists()
    assert path.read_bytes() == "å\r\nb\n".encode()
    assert names(path.parent) == ["file.txt"]


def test_the_temporary_file_has_the_same_suffix(tmp_path: Path) -> None:
    with replacing(tmp_path / "window.png") as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path


@pytest.mark.parametrize("failure", [ValueError("bug"), KeyboardInterrupt()])
def test_a_failure_leaves_what_was_there(tmp_path: Path, failure: BaseException) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(type(failure)):
        write_half(path, failure)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file.txt"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "permission denied"), (errno.EIO, "")],
)
@pytest.mark.parametrize("when", ["write", "fsync"])
def test_the_reason_is_told(tmp_path: Path, monkeypatch, code, reason, when) -> None:
    failure = OSError(code, os.strerror(code))
    path = tmp_path / "file.txt"
    if when == "fsync":
        monkeypatch.setattr(os, "fsync", Mock(side_effect=failure))
    reason = reason or os.strerror(code)
    with pytest.raises(StorageError, match=f"file.txt: cannot be written: {reason}") as raised:
        write_half(path, failure if when == "write" else None)
    assert str(raised.value).startswith(str(path))
    assert names(tmp_path) == []


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for act in (lambda path: replacing(path).__enter__(), check_folder):
        for path in (tmp_path / "file" / "x", tmp_path / "file" / "x" / "y"):
            with pytest.raises(StorageError, match="a part of its path is a file"):
                act(path)
    with pytest.raises(StorageError, match="must be a folder, got a file"):
        check_folder(tmp_path / "file")
    assert names(tmp_path) == ["file"]


def test_only_files_are_replaced(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="must be a file, got a folder"), replacing(tmp_path):
        pass
    fifo = tmp_path / "fifo"
    if hasattr(os, "mkfifo"):
        os.mkfifo(fifo)
        with pytest.raises(StorageError, match="got a device"), replacing(fifo):
            pass
        assert fifo.is_fifo()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with writing_text(tmp_path / "link") as file:
        file.write("x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "x"


def test_a_folder_is_checked_without_a_trace(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert names(tmp_path) == []
    (tmp_path / "there").mkdir()
    check_folder(tmp_path / "there" / "in it")
    assert names(tmp_path) == ["there"]


def test_a_failed_file_leaves_no_folder(tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(StorageError, match="disk is full"), replacing(tmp_path / "there/a/b/f.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == ["there"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 1\nb =\n", "not TOML: .*line 2, column 4"),
        (b"a = 1\na = 2\n", "not TOML: .*line 2"),
        (b"\x89PNG\r\n\xff\xfe", "must be a TOML file in UTF-8"),
        (b"#" * 10_000_001, "must be at most 10,000,000 bytes, got 10,000,001"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=message) as raised:
        read_toml(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_a_toml_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read: there is no such file"):
        read_toml(tmp_path / "x.toml")
    with pytest.raises(StorageError, match="must be a file, got a folder"):
        read_toml(tmp_path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_toml(tmp_path / "x.toml") == {"a": 1}


def test_no_file_takes_its_place_before_all_are_on_the_disk(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("before")
    flushed = []

    def fsync(number):
        flushed.append(number)
        if len(flushed) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    def write():
        with replacing_together(tmp_path) as place:
            for name in ("a.csv", "b.csv", "c.csv"):
                place(name).write_text("after")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError, match=r"b\.csv: cannot be written: the disk is full"):
        write()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "before"}
