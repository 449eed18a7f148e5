"""Sweeps and basin maps as CSV read back exactly."""

import csv

import numpy as np

from playground.descent.basin import DIVERGED, NOWHERE, OUTSIDE, UNKNOWN, BasinMap, basins
from playground.descent.race import Race, racers_of
from playground.descent.sweep import sweep
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS
from playground.storage.race_tables import write_basins, write_sweep


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def race_of(*optimizers):
    surface = SURFACES["himmelblau"]()
    racers = racers_of(*optimizers)
    return Race(surface=surface, start=surface.start, racers=racers, steps=30)


def test_a_sweep(tmp_path):
    race = race_of(OPTIMIZERS["sgd"](), OPTIMIZERS["steepest_descent"](), OPTIMIZERS["adam"]())
    *_, result = sweep(race, np.geomspace(1e-3, 1, 7))
    write_sweep(tmp_path / "rates.csv", race, result)
    rows = rows_of(tmp_path / "rates.csv")
    assert {row["racer"] for row in rows} == {"SGD", "Adam"}
    for i, name in ((0, "SGD"), (2, "Adam")):
        own = [row for row in rows if row["racer"] == name]
        assert [float(row["learning_rate"]) for row in own] == result.rates.tolist()
        losses = [float(row["loss"] or "nan") for row in own]
        np.testing.assert_array_equal(losses, result.curves[i].losses)
        assert [row["diverged"] == "1" for row in own] == result.curves[i].diverged.tolist()
    assert any(row["diverged"] == "1" for row in rows)


def test_a_basin_map(tmp_path):
    race = race_of(OPTIMIZERS["adam"](learning_rate=0.1))
    *_, result = basins(race, 0, steps=60, resolutions=(9,))
    write_basins(tmp_path / "basins.csv", result)
    rows = rows_of(tmp_path / "basins.csv")
    assert len(rows) == 81
    for k, row in enumerate(rows):
        i, j = divmod(k, 9)
        assert (float(row["x"]), float(row["y"])) == (result.x[j], result.y[i])
        which = result.which[i, j]
        if which >= 0:
            minimum = result.minima[which]
            reached = float(row["minimum_x"]), float(row["minimum_y"]), float(row["minimum_value"])
            assert reached == (minimum.x, minimum.y, minimum.value)
            assert int(row["steps"]) == result.steps[i, j]
        else:
            assert (row["end"], row["minimum_x"], row["steps"]) == ("nowhere", "", "")
    assert {row["end"] for row in rows} == {"minimum", "nowhere"}


def test_every_end_has_a_word(tmp_path):
    ends = np.array([[NOWHERE, DIVERGED, UNKNOWN, OUTSIDE]] * 4, np.int16)
    axis = np.arange(4.0)
    result = BasinMap(axis, axis, ends, np.full((4, 4), np.nan), (), 0.1, 1.0)
    write_basins(tmp_path / "basins.csv", result)
    words = [row["end"] for row in rows_of(tmp_path / "basins.csv")]
    assert words[:4] == ["nowhere", "diverged", "unknown", "outside"]
