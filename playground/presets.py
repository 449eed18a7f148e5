"""Ready experiments and races, each with something to look at; a TOML file each."""

from __future__ import annotations

from pathlib import Path

from playground.declarations import suggest
from playground.descent.race import Race
from playground.errors import SpecError
from playground.resources import resource_path
from playground.storage.experiments import read_experiment
from playground.storage.races import read_race
from playground.training.experiment import Experiment

FIRST = "default"


def names() -> tuple[str, ...]:
    """Return the presets' names, the default one first, the others in alphabetical order."""
    found = {file.stem for file in resource_path("presets").glob("*.toml")}
    return tuple(sorted(found, key=lambda name: (name != FIRST, name)))


def path(name: str) -> Path:
    """Return the file of a preset.

    Raises
    ------
    SpecError
        Where there is no such preset; names the nearest.
    """
    if name not in names():
        raise SpecError(f"unknown preset {name!r}{suggest(name, names())}")
    return resource_path("presets", f"{name}.toml")


def load(name: str) -> Experiment:
    """Return a preset's experiment; see :func:`path` for errors."""
    return read_experiment(path(name))


def race_names() -> tuple[str, ...]:
    """Return the ready races' names in alphabetical order."""
    return tuple(sorted(file.stem for file in resource_path("races").glob("*.toml")))


def race_path(name: str) -> Path:
    """Return the file of a ready race.

    Raises
    ------
    SpecError
        Where there is no such race; names the nearest.
    """
    if name not in race_names():
        raise SpecError(f"unknown race {name!r}{suggest(name, race_names())}")
    return resource_path("races", f"{name}.toml")


def load_race(name: str) -> Race:
    """Return a ready race; see :func:`race_path` for errors."""
    return read_race(race_path(name))
