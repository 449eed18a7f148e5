"""From the words of a command to an experiment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from playground.errors import SpecError

if TYPE_CHECKING:
    from playground.declarations import Declared
    from playground.descent.race import Race
    from playground.optimizers.optimizer import Optimizer
    from playground.training.experiment import Experiment

DeclaredT = TypeVar("DeclaredT", bound="Declared")

ExperimentName = Annotated[
    str, typer.Argument(metavar="PRESET|FILE.toml", help="A preset's name or an experiment's file.")
]

Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a setting, as in optimizer.learning_rate=0.01; may be given many times.",
    ),
]


def named_path(text: str) -> Path:
    """Return the path that an option names; an empty one would be the working directory.

    Raises
    ------
    typer.BadParameter
        Where it names none.
    """
    if not text.strip():
        raise typer.BadParameter(f"must name a file or a folder ('.' is this one), got {text!r}")
    return Path(text)


def is_there(name: str) -> bool:
    """Whether a word of a command is the name of a file or folder."""
    try:
        return bool(name) and Path(name).exists()
    except OSError:  # it is longer than any file's name
        return False


def open_experiment(name: str) -> Experiment:
    """Return a preset, or the experiment in a file.

    Raises
    ------
    SpecError, StorageError
        Where there is neither, or the file cannot be used.
    """
    from playground import presets
    from playground.storage.experiments import read_experiment

    if _names_file(name) and name not in presets.names():
        return read_experiment(Path(name))
    return presets.load(name)


def open_race(name: str) -> Race:
    """Return a ready race, or the race in a file.

    Raises
    ------
    SpecError, StorageError
        Where there is neither, or the file cannot be used.
    """
    from playground import presets
    from playground.storage.races import read_race

    if _names_file(name) and name not in presets.race_names():
        return read_race(Path(name))
    return presets.load_race(name)


def _names_file(name: str) -> bool:
    return name.endswith(".toml") or os.sep in name or is_there(name)


def on_table(experiment: Experiment, file: Path, target: str) -> Experiment:
    """Return the experiment on the user's own table."""
    from playground.declarations import with_value

    values = {"kind": "file", "path": str(file), "target": target}
    return with_value(with_value(experiment, "data", values), "title", file.name[:200])


def with_changes(declared: DeclaredT, changes: Sequence[str]) -> DeclaredT:
    """Return an experiment, or whatever is declared, with each ``path=value`` applied in turn.

    A value is read as TOML (``0.1``, ``true``, ``[{units = 4}]``), else it is text.

    Raises
    ------
    SpecError
        Where one has no ``=``, leads nowhere or is refused.
    """
    from playground.declarations import with_value

    for change in changes:
        path, equals, text = change.partition("=")
        if not equals or not path.strip():
            raise SpecError(f"--set {change!r}: must be PATH=VALUE, as in optimizer.kind=sgd")
        declared = with_value(declared, path.strip(), toml_value(text.strip()))
    return declared


def listed_optimizers(text: str) -> tuple[Optimizer, ...]:
    """Return the optimizers that ``--optimizers`` names, with commas or semicolons between them.

    Raises
    ------
    SpecError
        Where something cannot be read or is refused; names its column.
    """
    from playground.optimizers.notation import parse_optimizers

    try:
        # One character for another, so that columns stay what they are.
        return parse_optimizers(text.replace(";", ","))
    except SpecError as error:
        raise error.within("--optimizers: ") from None


def check_agreement(declared: Declared, given: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that no ``--set`` has changed what another option says.

    Parameters
    ----------
    declared
        With every change applied.
    given
        By the option as it was typed, the value at each path that it stands for.

    Raises
    ------
    SpecError
        Where an option and a change say different things of one setting.
    """
    from playground.declarations import value_at

    for option, values in given.items():
        for path, value in values.items():
            if (changed := value_at(declared, path)) != value:
                raise SpecError(f"{option}: contradicts --set, which makes {path} {changed}")


def toml_value(text: str) -> Any:
    """Return what a text means in TOML, or the text itself."""
    try:
        values = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return values["value"] if list(values) == ["value"] else text
