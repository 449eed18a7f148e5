import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import numpy as np
import pytest

from playground import __version__
from playground.cli import main
from playground.cli.choosing import toml_value
from playground.optimizers import OPTIMIZERS
from playground.storage import runs
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


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "default", "--out", ""],
        ["train", "--data", " "],
        ["replay", ""],
        ["replay", "run.toml", "--out", ""],
        ["compare", "default", "--optimizers", "sgd", "--out", ""],
        ["descend", "--out", ""],
        ["descend", "--race", ""],
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


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("", "Invalid value for '--out'"),
        ("window", "--out: must end in one of .png, .jpg, .jpeg, .webp, got window"),
        ("file/x.png", "a part of its path is a file"),
        ("folder.png", "must be a file, got a folder"),
    ],
)
def test_where_a_picture_cannot_be_written_is_known_before_it_is_made(
    window: Mock, tmp_path: Path, monkeypatch, capsys, out: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    assert main(["snapshot", "default", "--out", out]) == 2
    assert message in capsys.readouterr().err
    window.render.assert_not_called()
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.png"}


@pytest.mark.parametrize(
    "arguments",
    [["trian"], ["train", "default", "--step"], ["list", "optimisers"], ["--nonsense"]],
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


# --- the other commands ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("datasets", "breast_cancer"),
        ("optimizers", "adam"),
        ("activations", "relu"),
        ("initializers", "he_normal"),
        ("losses", "huber"),
        ("models", "mlp"),
        ("presets", "tf-playground"),
        ("surfaces", "rosenbrock"),
    ],
)
def test_lists_are_for_people_and_programs(noun: str, name: str, capsys) -> None:
    assert main(["list", noun]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["list", noun, "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [line.split()[0] for line in lines] == [entry["name"] for entry in entries]
    assert name in [entry["name"] for entry in entries]
    assert all(entry["summary"] for entry in entries)


def test_a_listed_surface_has_formula_and_minima(capsys) -> None:
    main(["list", "surfaces", "--json"])
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    rosenbrock = entries["rosenbrock"]
    assert rosenbrock["source"] == "Rosenbrock 1960"
    assert rosenbrock["domain"] == [-2, 2, -1, 3]
    (minimum,) = rosenbrock["minima"]
    assert (minimum["x"], minimum["y"], minimum["value"]) == (1, 1, 0)
    assert all(entry["formula"] for entry in entries.values())


def test_a_listed_setting_has_its_declaration(capsys) -> None:
    main(["list", "optimizers", "--json"])
    (adam,) = [entry for entry in json.loads(capsys.readouterr().out) if entry["name"] == "adam"]
    settings = {setting["name"]: setting for setting in adam["settings"]}
    rate = settings["learning_rate"]
    assert (rate["default"], rate["minimum"], rate["bounds"]) == (0.001, 0, "> 0")
    assert (rate["type"], rate["scale"], rate["live"]) == ("number", "log", True)
    assert rate["help"]
    main(["list", "models", "--json"])
    (mlp,) = [entry for entry in json.loads(capsys.readouterr().out) if entry["name"] == "mlp"]
    settings = {setting["name"]: setting for setting in mlp["settings"]}
    assert "he_normal" in settings["initializer"]["choices"]
    units = settings["hidden"]["settings"][0]
    assert (units["name"], units["minimum"], units["maximum"]) == ("units", 1, 4096)


def test_the_version_is_shown(capsys) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"playground {__version__}\n"


@pytest.fixture
def window(monkeypatch) -> Mock:
    """Stands in for the room that knows Qt."""
    mock = Mock()
    mock.main.return_value = 0
    for name in ("playground.gui.app", "playground.gui.snapshot"):
        module = ModuleType(name)
        module.main, module.render = mock.main, mock.render  # type: ignore[attr-defined]
        module.render_workspace = mock.render_workspace  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
    return mock


def test_without_a_command_the_window_opens(window: Mock, tmp_path: Path) -> None:
    assert main([]) == 0
    window.main.assert_called_once_with([])
    path = tmp_path / "x.toml"
    path.write_text("")
    assert main([str(path)]) == 0
    window.main.assert_called_with([str(path)])
    window.main.return_value = 3
    assert main([]) == 3


def test_a_snapshot_is_rendered_by_the_window(window: Mock, tmp_path: Path, capsys) -> None:
    picture = tmp_path / "window.png"
    arguments = ["snapshot", "tf-playground", "--steps", "7", "--out", str(picture)]
    assert main([*arguments, "--size", "800x600", "--theme", "dark", "--curves", "demo"]) == 0
    (experiment, *others), options = window.render.call_args
    assert experiment.title == "TensorFlow Playground"
    assert others == [7, picture]
    assert options == {"size": (800, 600), "theme": "dark", "curves": Path("demo")}
    assert main([*arguments, "--size", "800"]) == 2
    assert "--size: must be WIDTHxHEIGHT" in capsys.readouterr().err
    assert window.render.call_count == 1


def test_a_snapshot_of_another_workspace_opens_a_race_or_a_formula(
    window: Mock, tmp_path: Path, capsys
) -> None:
    picture = tmp_path / "window.png"
    options = ["--out", str(picture), "--size", "800x600", "--steps", "9"]
    formula = ["snapshot", "sin(x)/x", "--workspace", "derivative", "--page", "rules", *options]
    assert main(formula) == 0
    expected = ("derivative", "sin(x)/x", 9, picture, (800, 600), "light", "rules")
    assert window.render_workspace.call_args.args == expected
    surface = ["snapshot", "himmelblau", "--workspace", "descent", *options]
    assert main(surface) == 0
    (name, race, *_), _ = window.render_workspace.call_args
    assert (name, race.surface.name()) == ("descent", "himmelblau")
    assert (
        main(["snapshot", "himmelblau", "--workspace", "descent", "--curves", "x", *options]) == 2
    )
    assert "--curves" in capsys.readouterr().err
    assert main(["snapshot", "himmelblau", "--workspace", "descent", "--page", "x", *options]) == 2
    assert main(["snapshot", "default", "--page", "limit", *options]) == 2
    assert capsys.readouterr().err.count("--page: only derivative has pages") == 2
    assert window.render_workspace.call_count == 2
    window.render.assert_not_called()


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


def test_compare_writes_tables(tmp_path: Path, capsys) -> None:
    words = ["compare", "default", "--optimizers", "sgd, adam(learning_rate=0.02)"]
    assert main([*words, "--steps", "30", "--seeds", "2", "--out", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[1].startswith("sgd ")
    assert out.count("±") == 2 * 3
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"curves.csv", "summary.csv", "compare.toml"}
    assert main([*words, "--steps", "5"]) == 0
    assert "±" not in capsys.readouterr().out


def test_a_comparison_is_repeated_from_its_file(tmp_path: Path, capsys) -> None:
    words = ["compare", "xor", "--optimizers", "sgd(learning_rate=0.5), adam", "--seeds", "2"]
    sweep = ["--sweep", "learning_rate=0.01..0.1:2", "--set", "training.batch_size=7"]
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*words, *sweep, "--steps", "20", "--out", str(first)]) == 0
    shown = capsys.readouterr().out.replace(str(first), "")
    saved = str(first / "compare.toml")
    assert main(["compare", saved, "--out", str(second)]) == 0
    assert capsys.readouterr().out.replace(str(second), "") == shown
    assert (second / "compare.toml").read_bytes() == (first / "compare.toml").read_bytes()
    assert main(["compare", saved, "--seeds", "1", "--optimizers", "sgd", "--steps", "3"]) == 0
    out = capsys.readouterr().out
    assert "adam" not in out
    assert "±" not in out
    # What is trained can be trained alone.
    assert main(["train", saved, "--steps", "3"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--optimizers: must be given, as in --optimizers sgd,adam"),
        (["--optimizers", "sgd", "--set", "optimizer=adam"], "a comparison has those of --optimiz"),
        (["--optimizers", "sgd", "--steps", "3", "--set", "stop.steps=4"], "contradicts --set"),
        (["--optimizers", "adam(beta1=2)"], "--optimizers, column 12: adam.beta1: must be < 1"),
        (["--optimizers", "sgd, nelder_mead"], "nelder_mead cannot train this"),
        (["--optimizers", "sgd", "--sweep", "rate"], "sweep: must be SETTING=LOW..HIGH:COUNT"),
    ],
)
def test_compare_refuses(capsys, words: list[str], message: str) -> None:
    assert main(["compare", "default", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
