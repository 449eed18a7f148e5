import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from playground.declarations import with_value
from playground.errors import SpecError, StorageError
from playground.storage import runs
from playground.storage.experiments import read_experiment
from playground.storage.runs import SavedRun, load_run, replay, save_run, summary
from playground.training.control import Control
from playground.training.experiment import Experiment
from playground.training.trainer import Trainer

FILES = {"curves.csv", "run.toml", "summary.json", "weights.npz"}


def an_experiment(**changes: object) -> Experiment:
    """A quick regression with dropout."""
    experiment = Experiment()
    values = {
        "data": {"kind": "sine", "n_samples": 60},
        "loss": "mean_squared_error",
        "model.hidden": [{"units": 5, "dropout": 0.2}],
        "training.batch_size": 7,
    }
    for path, value in (values | changes).items():
        experiment = with_value(experiment, path, value)
    return experiment


def an_edited_run() -> Trainer:
    trainer = Trainer(an_experiment())
    trainer.edit("optimizer.learning_rate", 0.01)
    trainer.run(10)
    trainer.edit("training.batch_size", 11)
    trainer.edit("model.hidden.0.dropout", 0.0)
    trainer.run(13)
    trainer.edit("optimizer", {"kind": "momentum", "learning_rate": 0.003})
    trainer.run(30)
    trainer.edit("penalties.l2", 0.1)
    trainer.run(9)
    trainer.edit("schedule", {"kind": "drawn", "steps": 20})
    trainer.edit("schedule.points", [{"at": 0.0, "factor": 2.0}, {"at": 1.0, "factor": 0.5}])
    trainer.run(7)
    return trainer


def repeated(saved: SavedRun) -> tuple[Trainer, list[str]]:
    remarks: list[str] = []
    return replay(saved, notify=remarks.append), remarks


def curves(folder: Path) -> list[list[str]]:
    """The cells of curves.csv without the clock's column."""
    rows = [line.split(",") for line in (folder / "curves.csv").read_text().splitlines()]
    clock = rows[0].index("elapsed_s")
    return [row[:clock] + row[clock + 1 :] for row in rows]


def test_a_run_with_edits_is_repeated_bit_for_bit(tmp_path: Path) -> None:
    trainer = an_edited_run()
    save_run(trainer, tmp_path / "a")
    twin, remarks = repeated(load_run(tmp_path / "a" / "run.toml"))
    save_run(twin, tmp_path / "b")
    assert remarks == []
    assert twin.edits == trainer.edits
    assert len(trainer.edits) == 7
    assert twin.experiment == trainer.experiment
    assert curves(tmp_path / "a") == curves(tmp_path / "b")
    assert (tmp_path / "a" / "run.toml").read_bytes() == (tmp_path / "b" / "run.toml").read_bytes()
    for name, array in trainer.parameters().items():
        np.testing.assert_array_equal(twin.parameters()[name], array)


def test_a_run_that_went_on_after_its_end_is_repeated(tmp_path: Path) -> None:
    trainer = Trainer(an_experiment(**{"stop.target_loss": 0.5, "optimizer.learning_rate": 0.01}))
    assert trainer.run(5000) is not None
    trainer.run(200)
    save_run(trainer, tmp_path)
    twin, _ = repeated(load_run(tmp_path / "run.toml"))
    assert twin.step == trainer.step
    np.testing.assert_array_equal(twin.history["batch_loss"], trainer.history["batch_loss"])


def test_a_diverged_run_is_saved_and_repeated(tmp_path: Path) -> None:
    changes = {"optimizer": {"kind": "sgd", "learning_rate": 1e30}}
    trainer = Trainer(an_experiment(**changes))
    trainer.run(500)
    save_run(trainer, tmp_path)
    saved = json.loads((tmp_path / "summary.json").read_text())
    assert saved["outcome"] == "diverged"
    assert "hidden1" in saved["reason"] or "output" in saved["reason"]
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as weights:
        assert all(np.isfinite(weights[name]).all() for name in weights)
    twin, _ = repeated(load_run(tmp_path / "run.toml"))
    assert twin.ending == trainer.ending
    assert twin.step == trainer.step


def test_the_files_say_what_happened(tmp_path: Path) -> None:
    trainer = Trainer(an_experiment(**{"stop.steps": 25}))
    trainer.run()
    save_run(trainer, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert {path.name for path in folder.iterdir()} == FILES
    saved = json.loads((folder / "summary.json").read_text())
    assert saved == summary(trainer)
    assert (saved["outcome"], saved["steps"]) == ("finished", 25)
    assert saved["epochs"] == pytest.approx(trainer.epoch)
    assert saved["n_parameters"] == 5 + 5 + 5 + 1
    assert saved["steps_per_s"] == pytest.approx(25 / saved["elapsed_s"])
    scores = trainer.scores()
    assert {name: saved[name] for name in scores} == pytest.approx(scores)
    column = trainer.history["validation_loss"]
    assert saved["best_validation_loss"] == np.nanmin(column)
    assert saved["best_validation_step"] == np.nanargmin(column)
    with np.load(folder / "weights.npz", allow_pickle=False) as weights:
        assert {name: weights[name].shape for name in weights} == {
            "hidden1.weight": (1, 5),
            "hidden1.bias": (5,),
            "output.weight": (5, 1),
            "output.bias": (1,),
        }
        for name, array in trainer.parameters().items():
            np.testing.assert_array_equal(weights[name], array)
    assert load_run(folder / "run.toml").experiment == trainer.first_experiment
    assert read_experiment(folder / "run.toml") == trainer.first_experiment


def test_weights_start_another_run(tmp_path: Path) -> None:
    trainer = Trainer(an_experiment())
    trainer.run(20)
    save_run(trainer, tmp_path)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as weights:
        other = Trainer(trainer.experiment, initial=dict(weights))
    assert other.scores() == trainer.scores()


def test_a_run_from_given_weights_is_repeated_bit_for_bit(tmp_path: Path) -> None:
    experiment = an_experiment()
    drawn = Trainer(experiment).parameters()
    given = {name: 0.5 * array for name, array in drawn.items()}
    trainer = Trainer(experiment, given)
    trainer.run(20)
    save_run(trainer, tmp_path / "a")
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES | {"initial.npz"}
    (tmp_path / "a").rename(tmp_path / "moved")
    twin, remarks = repeated(load_run(tmp_path / "moved" / "run.toml"))
    assert remarks == []
    save_run(twin, tmp_path / "b")
    assert curves(tmp_path / "moved") == curves(tmp_path / "b")
    np.testing.assert_array_equal(twin.theta, trainer.theta)
    drawn_run = Trainer(experiment)
    drawn_run.run(20)
    assert not np.array_equal(drawn_run.theta, trainer.theta)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "initial.npz: cannot be read: there is no such file"),
        (b"", "initial.npz: must be a file of arrays"),
        (b"no arrays", "initial.npz: must be a file of arrays"),
        (
            b"\x93NUMPY\x01\x00v\x00"
            + b"{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }".ljust(118),
            "arrays",
        ),
        (b"PK\x03\x04 torn", "initial.npz: must be a file of arrays"),
    ],
)
def test_first_weights_that_cannot_be_read_are_named(tmp_path: Path, content, message) -> None:
    experiment = an_experiment()
    save_run(Trainer(experiment, Trainer(experiment).parameters()), tmp_path)
    file = tmp_path / "initial.npz"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StorageError, match=message):
        repeated(load_run(tmp_path / "run.toml"))


def test_running_statistics_are_saved_with_the_weights(tmp_path: Path) -> None:
    hidden = [{"units": 5, "normalization": "batch"}]
    trainer = Trainer(an_experiment(**{"model.hidden": hidden}))
    trainer.run(20)
    save_run(trainer, tmp_path)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as weights:
        for name, array in trainer.running().items():
            np.testing.assert_array_equal(weights[name], array)
        other = Trainer(trainer.experiment, initial=dict(weights))
    assert other.scores() == trainer.scores()
    twin, _ = repeated(load_run(tmp_path / "run.toml"))
    assert twin.scores() == trainer.scores()


def test_averaged_weights_are_saved_beside_the_weights(tmp_path: Path) -> None:
    trainer = Trainer(an_experiment(**{"wrappers.average_decay": 0.9, "stop.steps": 10}))
    trainer.run()
    save_run(trainer, tmp_path)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as weights:
        saved = dict(weights)
    averaged = trainer.averaged()
    assert set(saved) == set(averaged) | {f"average/{name}" for name in averaged}
    for name, array in averaged.items():
        np.testing.assert_array_equal(saved[f"average/{name}"], array)
        assert not np.array_equal(saved[name], array)
    again = Trainer(an_experiment(), initial=saved)
    np.testing.assert_array_equal(again.theta, trainer.theta)


def test_a_run_without_validation_has_none_in_its_summary(tmp_path: Path) -> None:
    trainer = Trainer(an_experiment(**{"split.train": 100}))
    trainer.run(3)
    values = summary(trainer)
    assert values["validation_loss"] is values["best_validation_loss"] is None
    assert values["outcome"] == "stopped"


@pytest.fixture
def saved(tmp_path: Path) -> SavedRun:
    trainer = Trainer(an_experiment())
    trainer.run(5)
    save_run(trainer, tmp_path)
    return load_run(tmp_path / "run.toml")


def test_other_versions_are_remarked(saved: SavedRun) -> None:
    versions = saved.versions.model_copy(update={"numpy": "1.0", "blas": "another"})
    _, remarks = repeated(saved.model_copy(update={"versions": versions}))
    assert len(remarks) == 2
    assert remarks[0].startswith("made with numpy 1.0, repeated with ")


def test_the_threads_are_restored(saved: SavedRun, monkeypatch) -> None:
    seen: list[int] = []

    class Watched(Trainer):
        def __init__(self, *arguments: object) -> None:
            seen.extend(p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas")
            super().__init__(*arguments)

    monkeypatch.setattr(runs, "Trainer", Watched)
    before = threadpool_info()
    with threadpool_limits(1, user_api="blas"):
        versions = saved.versions.model_copy(update={"blas_threads": 2})
        repeated(saved.model_copy(update={"versions": versions}))
    assert set(seen) == {2}
    assert threadpool_info() == before


def test_an_interruption_ends_a_replay(saved: SavedRun) -> None:
    control = Control()
    control.interrupt()
    assert replay(saved, notify=lambda _: None, control=control).step == 0


def test_a_data_file_is_found_again_and_its_changes_are_remarked(tmp_path: Path) -> None:
    table = tmp_path / "a" / "table.csv"
    table.parent.mkdir()
    rows = [f"{i},{i % 5},{i * 0.5}" for i in range(40)]
    table.write_text("\n".join(["u,v,y", *rows]) + "\n")
    data = {"kind": "file", "path": str(table), "target": "y"}
    trainer = Trainer(an_experiment(data=data))
    trainer.run(20)
    save_run(trainer, tmp_path / "a" / "out")
    save_run(trainer, tmp_path / "a")
    # Beside its table, a run can be moved with it.
    shutil.copytree(tmp_path / "a", tmp_path / "moved")
    shutil.rmtree(tmp_path / "a" / "out")
    table.rename(tmp_path / "a" / "gone.csv")
    saved = load_run(tmp_path / "moved" / "run.toml")
    twin, remarks = repeated(saved)
    assert remarks == []
    np.testing.assert_array_equal(twin.history["batch_loss"], trainer.history["batch_loss"])
    moved = tmp_path / "moved" / "table.csv"
    moved.write_text(moved.read_text().replace("19.5", "19.25"))
    assert repeated(saved)[1] == [
        "the data file has changed since the run: the numbers will differ"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 1", "format = 2", "format: must be 1, got 2"),
        ("format = 1\n", "", "format: is missing"),
        ("steps = 5", "steps = -5", "steps: must be ≥ 0"),
        ("batch_size = 7", "batch_size = 'x'", "experiment.training.batch_size: "),
        ("batch_size = 7", "batch_sizes = 7", "experiment.training.batch_sizes: unknown setting"),
        ("[versions]", "[version]", "version: unknown setting; did you mean 'versions'"),
        ("[versions]", "[[edits]]\nstep = 1\n[versions]", "edits.0.path: is missing"),
    ],
)
def test_a_broken_run_is_refused(saved, tmp_path: Path, old, new, message) -> None:
    path = tmp_path / "run.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(SpecError, match=message) as raised:
        load_run(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_an_experiment_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("title = 'x'\n")
    with pytest.raises(SpecError, match="experiment: is missing"):
        load_run(tmp_path / "x.toml")


def test_a_full_disk_leaves_the_earlier_run_whole(tmp_path: Path, monkeypatch) -> None:
    trainer = Trainer(an_experiment())
    trainer.run(5)
    save_run(trainer, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def savez(file, **_: object) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", savez)
    trainer.run(5)
    with pytest.raises(StorageError, match=r"weights\.npz: cannot be written: the disk is full"):
        save_run(trainer, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
