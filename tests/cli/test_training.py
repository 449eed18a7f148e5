import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from playground.cli import main
from playground.cli.choosing import toml_value
from playground.optimizers import OPTIMIZERS
from playground.storage.runs import load_run
from playground.training.control import Control
from playground.training.trainer import Trainer

FILES = {"curves.csv", "run.toml", "summary.json", "weights.npz"}


def summary(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text())


def curves(folder: Path) -> dict[str, list[str]]:
    with (folder / "curves.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return {name: [row[i] for row in rows] for i, name in enumerate(header)}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    rng = np.random.default_rng(0)
    rows = [f"{u:.3f},{v:.3f},{'yes' if u > v else 'no'}" for u, v in rng.normal(size=(80, 2))]
    path.write_text("\n".join(["u,v,bigger", *rows]) + "\n")
    return path


# --- what is trained ---------------------------------------------------------------------------


def test_a_preset_is_trained_by_its_own_rule(tmp_path: Path, capsys) -> None:
    assert main(["train", "linear-regression", "--out", str(tmp_path / "new" / "out")]) == 0
    out, err = capsys.readouterr()
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} == FILES
    values = summary(tmp_path / "new" / "out")
    assert (values["outcome"], values["steps"], values["validation_loss"]) == (
        *("finished", 1000),
        None,
    )
    assert "1,000 steps are done" in out
    assert err == ""  # no terminal, no progress bar
    columns = curves(tmp_path / "new" / "out")
    assert list(columns)[:7] == [
        *("step", "epoch", "evaluations", "elapsed_s"),
        *("batch_loss", "train_loss", "validation_loss"),
    ]
    assert len(columns["step"]) == 1001


def test_a_run_is_replayed_to_the_last_digit(tmp_path: Path) -> None:
    changes = ["--set", "model.hidden.0.dropout=0.3", "--set", "training.evaluate_every=7"]
    for command in (
        ["train", "default", *changes, "--steps", "100", "--seed", "3", "--out", "a"],
        ["replay", "a/run.toml", "--out", "b"],
    ):
        done = subprocess.run([sys.executable, "-m", "playground", *command], cwd=tmp_path)
        assert done.returncode == 0
    first, second = curves(tmp_path / "a"), curves(tmp_path / "b")
    assert first.pop("elapsed_s") != second.pop("elapsed_s")
    assert first == second
    assert summary(tmp_path / "a")["steps"] == 100


def test_steps_and_epochs_replace_the_experiments_rules(tmp_path: Path) -> None:
    out = str(tmp_path)
    assert main(["train", "linear-regression", "--epochs", "1200", "--out", out]) == 0
    assert summary(tmp_path)["steps"] == 1200
    assert main(["train", "digits", "--steps", "30", "--out", out]) == 0
    assert summary(tmp_path)["steps"] == 30


def test_settings_are_changed_from_left_to_right(tmp_path: Path) -> None:
    changes = {
        "optimizer.kind": "sgd",
        "optimizer.learning_rate": "0.5",
        "data.n_samples": "50",
        "model.hidden": '[{units = 3, activation = "relu"}]',
        "title": "My run = mine",
        "split.stratify": "false",
        "seeds.weights": "9",
        "seeds.batches": "4",
    }
    given = [part for path, value in changes.items() for part in ("--set", f"{path}={value}")]
    arguments = ["train", "default", *given, "--steps", "3", "--out", str(tmp_path)]
    assert main(arguments) == 0
    experiment = load_run(tmp_path / "run.toml").experiment
    assert experiment.optimizer == OPTIMIZERS["sgd"](learning_rate=0.5)
    assert experiment.data.n_samples == 50
    assert [layer.units for layer in experiment.model.hidden] == [3]
    assert experiment.title == "My run = mine"
    assert not experiment.split.stratify
    assert experiment.seeds.model_dump() == {"data": 0, "weights": 9, "batches": 4}
    assert experiment.stop.steps == 3


def test_a_value_is_toml_or_text() -> None:
    values = {
        "1": 1,
        "1e-3": 1e-3,
        "true": True,
        "[1, 2]": [1, 2],
        "adam": "adam",
        "'1'": "1",
        "": "",
        "1\nother = 2": "1\nother = 2",
    }
    assert {text: toml_value(text) for text in values} == values


def test_what_nothing_ends_ends_after_a_while(capsys, tmp_path: Path) -> None:
    arguments = ["train", "default", "--set", "data.n_samples=10", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "nothing ends this run, so it takes 500 epochs" in capsys.readouterr().err
    assert summary(tmp_path)["epochs"] == 500
    assert "500 epochs" in subprocess.run(
        [sys.executable, "-m", "playground", "train", "--help"], capture_output=True, text=True
    ).stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("target", "score", "least", "loss"),
    [("bigger", "accuracy", 0.8, "binary_cross_entropy"), ("u", "r2", 0.2, "mean_squared_error")],
)
def test_an_own_table_is_trained_on(table, tmp_path, capsys, target, score, least, loss) -> None:
    out = tmp_path / "out"
    arguments = ["--data", str(table), "--target", target, "--steps", "200", "--out", str(out)]
    assert main(["train", *arguments]) == 0
    assert summary(out)[f"validation_{score}"] > least
    experiment = load_run(out / "run.toml").experiment
    assert experiment.loss.kind == loss
    assert experiment.title == "table.csv"
    assert (loss in capsys.readouterr().err) == (loss != "binary_cross_entropy")
    assert main(["replay", str(out / "run.toml"), "--out", str(tmp_path / "again")]) == 0
    assert curves(out)["batch_loss"] == curves(tmp_path / "again")["batch_loss"]
    assert capsys.readouterr().err == ""
    table.write_text(table.read_text().replace("yes", "no", 1))
    assert main(["replay", str(out / "run.toml")]) == 0
    assert "the data file has changed" in capsys.readouterr().err


def test_a_new_task_gets_a_loss_that_fits_unless_one_is_given(refuses, capsys) -> None:
    assert main(["train", "default", "--set", "data=iris", "--steps", "5"]) == 0
    assert "the loss is cross_entropy" in capsys.readouterr().err
    given = ["--set", "data=iris", "--set", "loss=binary_cross_entropy"]
    assert "loss.kind: must be one of" in refuses("train", "default", *given, "--steps", "5")


def test_an_experiment_file_is_trained_and_so_is_a_saved_run(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("title = 'mine'\ndata = {kind = 'moons'}\nstop = {steps = 20}\n")
    assert main(["train", str(path), "--out", str(tmp_path / "a")]) == 0
    assert main(["train", str(tmp_path / "a" / "run.toml"), "--out", str(tmp_path / "b")]) == 0
    assert curves(tmp_path / "a")["batch_loss"] == curves(tmp_path / "b")["batch_loss"]
    assert load_run(tmp_path / "b" / "run.toml").experiment.title == "mine"


def test_divergence_is_a_result(tmp_path: Path, capsys) -> None:
    changes = ["--set", "optimizer.learning_rate=1e30", "--steps", "500"]
    assert main(["train", "linear-regression", *changes, "--out", str(tmp_path)]) == 0
    assert summary(tmp_path)["outcome"] == "diverged"
    assert "non-finite at step" in capsys.readouterr().out


def test_an_interruption_ends_cleanly(tmp_path: Path, monkeypatch) -> None:
    run = Trainer.run

    def interrupted_run(self: Trainer, *, control: Control) -> object:
        run(self, 40)
        os.kill(os.getpid(), signal.SIGINT)
        return run(self, control=control)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Trainer, "run", interrupted_run)
    assert main(["train", "default", "--out", str(tmp_path)]) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert summary(tmp_path)["outcome"] == "stopped"
    assert summary(tmp_path)["steps"] == 40


# --- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["default", "--set", "optimizer.learning_rat=1"], "did you mean 'optimizer.learning_rate"),
        (["default", "--set", "optimizer.learning_rate=-1"], "must be > 0, got -1"),
        (["default", "--set", "optimizer.learning_rate=fast"], "optimizer.learning_rate: .*'fast'"),
        (["default", "--set", "optimizer.learning_rate"], "must be PATH=VALUE"),
        (["default", "--set", "optimizer=adm"], "did you mean 'adam'"),
        (["default", "--set", "seeds.data=-1"], "must be ≥ 0"),
        (["default", "--steps", "3", "--epochs", "3"], "must be one of them"),
        (
            ["default", "--steps", "3", "--set", "stop.steps=4"],
            "--steps 3: contradicts --set, .* 4",
        ),
        (["default", "--epochs", "3", "--set", "stop={epochs=4}"], "--epochs 3: contradicts --set"),
        (
            ["default", "--seed", "3", "--set", "seeds.data=4"],
            "--seed 3: contradicts .*seeds.data 4",
        ),
        (["--data", "x.csv", "--set", "data=iris"], "--data x.csv: contradicts --set"),
        (["defualt"], "unknown preset 'defualt'; did you mean 'default'"),
        (["missing.toml"], "missing.toml: cannot be read: there is no such file"),
        ([], "needs a preset"),
        (["default", "--target", "y"], "--target: needs --data"),
        (["--data", "missing.csv"], "missing.csv"),
        (["default", "--set", "model.hidden=[{units=5000}]"], "model.hidden.0.units: must be ≤"),
    ],
)
def test_a_mistake_is_one_line(refuses, arguments: list[str], message: str) -> None:
    error = refuses("train", *arguments, "--out", "out")
    assert re.search(message, error), error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "setting", "value", "bound"),
    [
        ("adam", "beta2", "1", "< 1"),
        ("lion", "beta1", "1.5", "< 1"),
        ("muon", "learning_rate", "-0.1", "> 0"),
        ("muon", "iterations", "0", "≥ 1"),
        ("adafactor", "threshold", "0.5", "≥ 1"),
        ("rprop", "growth", "1", "> 1"),
        ("lbfgs", "history", "0", "≥ 1"),
    ],
)
def test_a_bad_setting_of_an_optimizer_is_named_with_its_bound(
    refuses, kind: str, setting: str, value: str, bound: str
) -> None:
    given = ["--set", f"optimizer.kind={kind}", "--set", f"optimizer.{setting}={value}"]
    error = refuses("train", "default", *given, "--steps", "1", "--out", "out")
    assert f"optimizer.{setting}: must be {bound}, got {value}" in error


@pytest.mark.parametrize(
    ("content", "target", "message"),
    [
        (b"", "y", "empty"),
        (b"a,y\n1,2\n1,2,3\n", "y", "3"),
        (b"\x00\x01\xff\xfe" * 50, "y", "table.csv"),
        (b"a,y\n1,2\n2,\n3,4\n", "y", "missing"),
        (b"a,y\n1,2\n2,inf\n3,4\n", "y", "inf"),
        (b"a,a,y\n1,2,3\n2,3,4\n", "y", "'a'"),
        (b"a,y\n" + b"1,same\n2,same\n3,same\n", "y", "same|class|constant"),
        (b"a,y\n1,2\n2,3\n3,4\n", "z", "no column 'z'"),
    ],
)
def test_a_bad_table_is_refused(refuses, tmp_path: Path, content, target, message) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    error = refuses("train", "--data", "table.csv", "--target", target, "--steps", "5")
    assert re.search(message, error), error


def test_an_experiment_with_mistakes_names_each(refuses, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("[training]\nbatch_size = 0\nbatchsize = 1\n")
    error = refuses("train", "x.toml", "--out", "out")
    assert len(error.splitlines()) == 2
    assert all(line.startswith("playground: x.toml: training.") for line in error.splitlines())
    (tmp_path / "x.toml").write_text("[training\n")
    assert "x.toml: not TOML" in refuses("replay", "x.toml")
    (tmp_path / "x.toml").write_text("title = 'no run'\n")
    assert "experiment: is missing" in refuses("replay", "x.toml")


def test_an_unwritable_folder_is_known_before_training(refuses, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Trainer, "run", Mock(side_effect=AssertionError("trained for nothing")))
    (tmp_path / "file").write_text("")
    assert "a part of its path is a file" in refuses("train", "default", "--out", "file/out")
    assert "must be a folder, got a file" in refuses("train", "default", "--out", "file")


def test_a_full_disk_leaves_nothing_behind_but_the_numbers(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(np, "savez", Mock(side_effect=full))
    assert main(["train", "default", "--steps", "5", "--out", str(tmp_path / "a" / "b")]) == 2
    out, err = capsys.readouterr()
    assert "5 steps are done" in out
    assert "weights.npz: cannot be written: the disk is full" in err
    assert list(tmp_path.iterdir()) == []
