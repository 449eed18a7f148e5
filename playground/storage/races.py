"""Races as files that open again, and what came of them as tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tomlkit

from playground.declarations import Kind
from playground.descent.race import Race, Racer
from playground.descent.report import Result, results
from playground.descent.run import RaceRun
from playground.optimizers.schedules.basic import Constant
from playground.storage.experiments import changed_values, to_toml, validated
from playground.storage.files import read_toml, replacing, replacing_together, writing_text
from playground.storage.jsonable import jsonable

PATH_COLUMNS = (
    "racer", "step", "x", "y", "loss", "gradient_norm", "distance", "evaluations", "products",
    "elapsed_s",
)  # fmt: skip


def read_race(path: Path) -> Race:
    """Read a race.

    Raises
    ------
    StorageError
        Where the file cannot be read.
    SpecError
        Where a setting is unknown or its value refused; names the file and the setting.
    """
    return race_from(read_toml(path), path)


def race_from(values: Mapping[str, Any], path: Path) -> Race:
    """Make a race from the values in the file at ``path``; see :func:`read_race`.

    Without a start it begins where paths on its surface do.
    """
    race = validated(Race, values, path)
    return race if "start" in values else race.on(race.surface)


def is_race(values: Mapping[str, Any]) -> bool:
    """Whether the values in a file are those of a race rather than of an experiment."""
    return "racers" in values or "surface" in values


def race_text(race: Race) -> str:
    """Return a race as TOML: its kinds, and each value that is not its setting's default."""
    values = changed_values(race) | {
        "start": list(race.start),
        "racers": [_racer_values(racer) for racer in race.racers],
    }
    return tomlkit.dumps(to_toml(values))


def _racer_values(racer: Racer) -> dict[str, Any]:
    values = changed_values(racer)
    if racer.schedule == Constant():
        del values["schedule"]
    return values


def write_race(path: Path, race: Race) -> None:
    """Write a race; see :func:`race_text`.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    with writing_text(path) as file:
        file.write(race_text(race))


def write_paths(path: Path, run: RaceRun) -> None:
    """Write the ways of a race as CSV, a row for each racer and step; floats read back exactly.

    Cells are empty where nothing is known: the distance without a known minimum, the time of a rule
    that was not timed.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    write_table(path, PATH_COLUMNS, _path_rows(run))


def _path_rows(run: RaceRun) -> Iterable[Sequence[Any]]:
    for name, track in zip(names(run.race), run.tracks, strict=True):
        for row in range(track.length):
            yield (
                name,
                row,
                *track.theta[row].tolist(),
                *(
                    getattr(track, column)[row].item()
                    for column in PATH_COLUMNS[PATH_COLUMNS.index("loss") :]
                ),
            )


def names(race: Race) -> list[str]:
    """Return what tells the racers apart: their names, numbered where several are the same."""
    given = [racer.name for racer in race.racers]
    counted: dict[str, int] = {}
    unique = []
    for name in given:
        counted[name] = counted.get(name, 0) + 1
        unique.append(f"{name} {counted[name]}" if given.count(name) > 1 else name)
    return unique


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as CSV; floats read back exactly, and NaN is an empty cell."""
    with replacing(path) as temporary:
        fill_table(temporary, columns, rows)


def fill_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Do as :func:`write_table`, but straight into a file that is not precious yet."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if cell != cell else cell for cell in row] for row in rows])


def save_race(run: RaceRun, folder: Path, tolerance: float | None = None) -> None:
    """Write ``race.toml``, ``paths.csv`` and ``summary.json`` into a folder, all or none.

    Raises
    ------
    StorageError
        Where one of them cannot be written.
    """
    with replacing_together(folder) as place:
        fill_table(place("paths.csv"), PATH_COLUMNS, _path_rows(run))
        place("race.toml").write_text(race_text(run.race), encoding="utf-8")
        text = json.dumps(summary(run, tolerance), indent=2, ensure_ascii=False)
        place("summary.json").write_text(f"{text}\n", encoding="utf-8")


def summary(run: RaceRun, tolerance: float | None = None) -> dict[str, Any]:
    """Return what came of a race, as JSON can hold it: numbers that are not finite are null."""
    found = results(run, tolerance)
    return {
        "surface": _settings(run.race.surface),
        "start": list(run.race.start),
        "steps": run.race.steps,
        "seed": run.race.seed,
        "tolerance": found.tolerance,
        "racers": [
            {"racer": name} | jsonable(_entry(result))
            for name, result in zip(names(run.race), found.racers, strict=True)
        ],
    }


def _entry(result: Result) -> dict[str, Any]:
    return asdict(result) | {"optimizer": _settings(result.optimizer)}


def _settings(kind: Kind) -> dict[str, Any]:
    return kind.model_dump(mode="json")
