import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from playground import __version__, presets
from playground.calculus.methods import Methods
from playground.cli import main
from playground.descent.run import RaceRun
from playground.storage import runs
from playground.training.gradient_check import GradientCheck
from playground.training.rate_finder import RateFinder
from playground.training.trainer import Trainer


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "default", "--out", ""],
        ["train", "--data", " "],
        ["replay", ""],
        ["replay", "run.toml", "--out", ""],
        ["compare", "default", "--optimizers", "sgd", "--out", ""],
        ["descend", "--out", ""],
        ["snapshot", "default", "--out", ""],
        ["snapshot", "default", "--out", "x.png", "--curves", ""],
    ],
)
def test_an_empty_path_is_not_the_working_directory(
    arguments, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert "must name a file or a folder ('.' is this one), got '" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_is_no_folder(refuses) -> None:
    assert "unknown preset ''" in refuses("check", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["a" * 300],
        [""],
        ["trian"],
        ["train", "default", "--step"],
        ["list", "optimisers"],
        ["--nonsense"],
    ],
)
def test_a_wrong_word_is_refused(arguments: list[str], capsys) -> None:
    assert main(arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_a_defect_keeps_its_traceback(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(runs, "summary", Mock(side_effect=ZeroDivisionError("a defect")))
    assert main(["train", "default", "--steps", "3"]) == 1
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert "ZeroDivisionError: a defect" in error
    (log,) = tmp_path.rglob("playground.log")
    assert str(log) in error
    assert "ZeroDivisionError: a defect" in log.read_text()


def interrupt(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (["check", "xor"], (GradientCheck, "run")),
        (["find-rate", "xor"], (RateFinder, "run")),
        (["find-rate", "xor", "--after", "100"], (Trainer, "run")),
        (["descend"], (RaceRun, "advance")),
        (["derive", "x^2"], (Methods, "at")),
        (["list", "presets"], (presets, "load")),
    ],
)
def test_an_interruption_is_told(command, where, monkeypatch, capsys) -> None:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(*where, interrupt)
    assert main(command) == 130
    assert capsys.readouterr().err == "playground: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interruption_ends_a_snapshot_although_qt_swallows_exceptions(
    window: Mock, tmp_path: Path, monkeypatch, capsys
) -> None:
    class Gone(BaseException):
        pass

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(os, "_exit", Mock(side_effect=Gone))
    window.render.side_effect = interrupt
    with pytest.raises(Gone):
        main(["snapshot", "xor", "--out", str(tmp_path / "x.png")])
    os._exit.assert_called_once_with(130)
    assert capsys.readouterr().err == "playground: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is before


def test_a_reader_that_goes_away_is_no_defect() -> None:
    command = [sys.executable, "-m", "playground", "list", "optimizers", "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout.readline() == "[\n"
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_under_the_output_is_said() -> None:
    command = [sys.executable, "-m", "playground", "list", "presets"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "playground: the output cannot be written: the disk is full\n"


def test_the_version_is_shown(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"playground {__version__}\n"


def test_without_a_command_the_window_opens(window: Mock, tmp_path: Path) -> None:
    assert main([]) == 0
    window.main.assert_called_once_with([])
    path = tmp_path / "x.toml"
    path.write_text("")
    assert main([str(path)]) == 0
    window.main.assert_called_with([str(path)])
    window.main.return_value = 3
    assert main([]) == 3


@pytest.mark.parametrize("command", [["list", "presets"], ["train", "xor", "--steps", "3"]])
def test_commands_without_a_window_leave_qt_alone(command: list[str]) -> None:
    code = (
        f"import sys; from playground.cli import main; status = main({command!r}); "
        "sys.exit(status or 'PySide6' in sys.modules or 'pyqtgraph' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_a_missing_file_is_no_unknown_command(tmp_path: Path, capsys) -> None:
    path = tmp_path / "none.toml"
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == f"playground: {path}: there is no such file\n"
