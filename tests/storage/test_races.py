"""Races as files: they open again, and tables hold the exact numbers."""

import csv
import errno
import json

import numpy as np
import pytest

from playground.descent.race import Race, Racer
from playground.descent.run import RaceRun
from playground.errors import SpecError, StorageError
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS
from playground.optimizers.clipping import Clipping
from playground.optimizers.schedule import SCHEDULES
from playground.optimizers.wrappers import Wrappers
from playground.storage import races
from playground.storage.files import read_toml
from playground.storage.races import is_race, names, read_race, save_race, write_race


@pytest.fixture
def race():
    racers = (
        Racer(optimizer=OPTIMIZERS["sgd"](learning_rate=0.01), color=3, label="plain"),
        Racer(
            optimizer=OPTIMIZERS["adam"](),
            clipping=Clipping(norm=2.0),
            wrappers=Wrappers(lookahead_steps=5),
        ),
        Racer(optimizer=OPTIMIZERS["adam"](), schedule=SCHEDULES["exponential"](warmup_steps=3)),
        Racer(optimizer=OPTIMIZERS["sgd"](learning_rate=10.0)),
    )
    surface = SURFACES["ravine"](condition=30.0)
    return Race(
        title="Four – at once", surface=surface, start=(1.5, -0.25), racers=racers, steps=200
    )


@pytest.mark.parametrize("name", SURFACES.names())
def test_it_opens_again(name, race, tmp_path):
    race = race.on(SURFACES[name]())
    write_race(tmp_path / "race.toml", race)
    assert read_race(tmp_path / "race.toml") == race
    assert is_race(read_toml(tmp_path / "race.toml"))


def test_settings_open_again(race, tmp_path):
    for chosen in (race, Race()):
        write_race(tmp_path / "race.toml", chosen)
        assert read_race(tmp_path / "race.toml") == chosen
    assert not is_race({"model": {}, "data": {}})


def test_a_file_without_a_start_begins_where_its_surface_does(tmp_path):
    file = tmp_path / "race.toml"
    file.write_text('surface = {kind = "eggholder"}\nracers = [{optimizer = {kind = "adam"}}]')
    assert read_race(file).start == SURFACES["eggholder"].START


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no settings; it must have some of: title, surface, start, racers, steps, seed"),
        ('surface = {kind = "rosenbruck"}', "surface.*did you mean 'rosenbrock'"),
        (
            'racers = [{optimizer = {kind = "adam", beta1 = 2}}]',
            "racers.0.optimizer.beta1: must be < 1",
        ),
        ('surface = {kind = "formula", expression = "x +"}', "surface.expression: column 4: "),
        ("steps = 0", "steps: must be ≥ 1, got 0"),
        ("start = [1]", "start"),
        ("start = [1, inf]", "start.1: must be a finite number"),
        ("colour = 3", "colour: unknown setting"),
    ],
)
def test_mistakes_name_file_and_setting(text, message, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(SpecError, match=rf"mine.toml: .*{message}"):
        read_race(file)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(StorageError, match="there is no such file"):
        read_race(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("steps = = 3")
    with pytest.raises(StorageError, match="not TOML"):
        read_race(tmp_path / "bad.toml")


def test_names_tell_racers_apart(race):
    assert names(race) == ["plain", "Adam 1", "Adam 2", "SGD"]


def test_what_is_saved(race, tmp_path):
    run = RaceRun(race)
    run.finish()
    save_race(run, tmp_path / "out")
    assert read_race(tmp_path / "out" / "race.toml") == race
    with (tmp_path / "out" / "paths.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name, track in zip(names(race), run.tracks, strict=True):
        own = [row for row in rows if row["racer"] == name]
        assert [int(row["step"]) for row in own] == list(range(track.length))
        theta = np.array([[float(row["x"]), float(row["y"])] for row in own])
        np.testing.assert_array_equal(theta, track.theta[: track.length])
        for column in ("loss", "gradient_norm", "distance"):
            numbers = [float(row[column] or "nan") for row in own]
            np.testing.assert_array_equal(numbers, getattr(track, column)[: track.length])
        assert [int(row["evaluations"]) for row in own] == list(range(track.length))
        assert {row["elapsed_s"] for row in own} == {""}
    text = (tmp_path / "out" / "summary.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    summary = json.loads(text)
    assert [entry["racer"] for entry in summary["racers"]] == names(race)
    assert [entry["ending"] for entry in summary["racers"]] == ["finished"] * 3 + ["diverged"]
    assert summary["racers"][0]["loss"] == run.tracks[0].loss[200]
    assert summary["surface"] == {"kind": "ravine", "condition": 30.0, "angle": 30.0}
    assert summary["racers"][0]["optimizer"] == race.racers[0].optimizer.model_dump()


def test_a_full_disk_leaves_the_earlier_files_whole(race, tmp_path, monkeypatch):
    run = RaceRun(race)
    run.finish()
    save_race(run, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(races, "summary", full)
    longer = RaceRun(race.model_copy(update={"steps": 300}))
    longer.finish()
    with pytest.raises(StorageError, match="cannot be written: the disk is full"):
        save_race(longer, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_written(race, tmp_path):
    run = RaceRun(race)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="not a folder"):
        save_race(run, tmp_path / "file" / "out")
