"""``playground descend``: what it prints, writes and refuses."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from playground import presets
from playground.cli import main
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS, minimize
from playground.storage.races import read_race

ADAM = "adam(learning_rate=0.05)"


def test_a_race_is_run_and_written(tmp_path: Path, capsys) -> None:
    command = ["descend", "--surface", "rosenbrock", "--start", "-1.2,1", "--optimizers", ADAM]
    assert main([*command, "--steps", "500", "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "paths.csv",
        "race.toml",
        "summary.json",
    }
    surface, adam = SURFACES["rosenbrock"](), OPTIMIZERS["adam"](learning_rate=0.05)
    alone = minimize(surface.function(), (-1.2, 1.0), adam, 500)
    with (tmp_path / "out" / "paths.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    losses = [float(row["loss"]) for row in rows]
    np.testing.assert_allclose(losses, alone.loss, rtol=1e-9)
    assert all(float(row["elapsed_s"]) >= 0 for row in rows)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["racers"][0]["loss"] == losses[-1]
    assert re.search(rf"^Adam +{losses[-1]:.6g} ", out, re.MULTILINE)
    race = read_race(tmp_path / "out" / "race.toml")
    assert (race.surface, race.start, race.steps) == (surface, (-1.2, 1.0), 500)
    assert [racer.optimizer for racer in race.racers] == [adam]


def test_a_saved_race_repeats(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    chosen = ["--surface", "noisy_bowl", "--seed", "7", "--steps", "30", "--set", "surface.noise=3"]
    assert main(["descend", *chosen, "--out", str(first)]) == 0
    assert main(["descend", "--race", str(first / "race.toml"), "--out", str(second)]) == 0
    assert (first / "race.toml").read_bytes() == (second / "race.toml").read_bytes()

    def ways(folder: Path) -> list[list[str]]:
        with (folder / "paths.csv").open(newline="") as file:
            return [row[:-1] for row in csv.reader(file)]

    assert ways(first) == ways(second)


def test_a_ready_race_is_run_by_its_name(tmp_path: Path) -> None:
    assert main(["descend", "--race", "saddle-escape", "--out", str(tmp_path)]) == 0
    assert read_race(tmp_path / "race.toml") == presets.load_race("saddle-escape")


def test_a_formula_of_ones_own(tmp_path: Path, capsys) -> None:
    command = ["descend", "--formula", "x^2 + 3*y^2", "--start", "4,-1", "--optimizers"]
    assert main([*command, "sgd(learning_rate=0.25)", "--steps", "60", "--out", str(tmp_path)]) == 0
    # x is halved in each step, y is halved and changes its sign.
    with (tmp_path / "paths.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["x"]) for row in rows] == [4 * 0.5**i for i in range(61)]
    assert [float(row["y"]) for row in rows] == [-((-0.5) ** i) for i in range(61)]
    assert float(rows[-1]["distance"]) < 1e-6
    assert "known minimum" in capsys.readouterr().out
    assert read_race(tmp_path / "race.toml").surface.expression == "x^2 + 3*y^2"


@pytest.mark.parametrize("mark", [",", ";", " ; "])
def test_several_optimizers(mark: str, capsys) -> None:
    text = mark.join(["sgd(learning_rate=0.1)", "adam(beta1=0.8, learning_rate=0.1)", "sgd"])
    assert main(["descend", "--surface", "bowl", "--optimizers", text, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [entry["racer"] for entry in summary["racers"]] == ["SGD 1", "Adam", "SGD 2"]
    assert summary["racers"][1]["optimizer"]["beta1"] == 0.8
    assert summary["start"] == list(SURFACES["bowl"].START)


def test_the_table_says_who_arrived_and_who_diverged(capsys) -> None:
    optimizers = "sgd(learning_rate=0.5), sgd(learning_rate=9), sgd(learning_rate=1e-5)"
    command = ["descend", "--surface", "bowl", "--optimizers", optimizers, "--tolerance", "0.125"]
    assert main(command) == 0
    out = capsys.readouterr().out
    first, second, third = (
        next(line for line in out.splitlines() if line.startswith(f"SGD {i}")) for i in (1, 2, 3)
    )
    path = minimize(
        SURFACES["bowl"]().function(),
        SURFACES["bowl"].START,
        OPTIMIZERS["sgd"](learning_rate=0.5),
        500,
    )
    arrived = int(np.flatnonzero(np.hypot(*path.theta.T) <= 0.125)[0])
    assert first.split()[-2:] == [str(arrived), str(arrived)]
    assert second.split()[-2:] == ["–", "–"]
    assert third.split()[-2:] == ["–", "–"]
    assert "within 0.125 of a known minimum" in out
    assert re.search(r"^SGD 2 diverged: its \w+ is not finite at step \d+$", out, re.MULTILINE)
    assert main(["descend", "--surface", "saddle", "--steps", "3"]) == 0
    assert "known minimum" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--surface", "rosenbruck"], "unknown surface 'rosenbruck'; did you mean 'rosenbrock'"),
        (["--formula", "x^2 + * y"], "--formula: column 7: "),
        (["--formula", "x + z"], "--formula: column 5: "),
        (["--formula", ""], "--formula: column 1: is empty"),
        (["--surface", ""], "unknown surface ''"),
        (["--start", ""], "--start: must be two numbers, as in -1.2,1, got ''"),
        (["--optimizers", ""], "--optimizers: column 1: expected an optimizer's name"),
        (["--formula", "x*y", "--set", "surface.x_min=7"], "x_min must be less than x_max"),
        (["--start", "1"], "--start: must be two numbers, as in -1.2,1, got '1'"),
        (["--start", "1,nan"], "--start: must be two finite numbers"),
        (["--optimizers", "adam(lr=1)"], "--optimizers: column 9: adam.lr: unknown setting"),
        (["--optimizers", "sgd; adm"], "--optimizers: column 6: unknown optimizer 'adm'"),
        (["--surface", "bowl", "--race", "x.toml"], "must be one of them, got several"),
        (["--race", "none.toml"], "none.toml: cannot be read: there is no such file"),
        (["--race", "saddle-escap"], "unknown race 'saddle-escap'; did you mean 'saddle-escape'?"),
        (["--race", ""], "unknown race ''"),
        (["--set", "surface.conditoin=3", "--surface", "bowl"], "did you mean 'surface.condition'"),
        (["--set", "surface.condition=0", "--surface", "bowl"], "surface.condition: must be ≥ 1"),
        (["--set", "racers=[]"], "racers: needs at least one"),
        (
            ["--surface", "bowl", "--set", "surface=saddle"],
            "--surface bowl: contradicts --set, which",
        ),
        (["--formula", "x*y", "--set", "surface.expression=x"], "makes surface.expression x"),
        (["--start", "1,2", "--set", "start=[1, 3]"], "--start 1,2: contradicts --set"),
        (["--steps", "5", "--set", "steps=6"], "--steps 5: contradicts --set, which makes steps 6"),
        (["--seed", "5", "--set", "seed=6"], "--seed 5: contradicts --set, which makes seed 6"),
        (["--tolerance", "0"], "--tolerance: must be finite and > 0, got 0"),
        (
            ["--optimizers", "steepest_descent", "--set", "racers.0.schedule=exponential"],
            "Steepest descent cannot descend this: a learning-rate schedule is on",
        ),
        (
            ["--optimizers", "bfgs", "--set", "racers.0.wrappers.sharpness=0.1"],
            "BFGS cannot descend this: SAM ρ is on",
        ),
    ],
)
def test_a_mistake_is_one_line(refuses, arguments: list[str], message: str) -> None:
    error = refuses("descend", *arguments, "--out", "out")
    assert message in error
    assert len(error.splitlines()) == 1
