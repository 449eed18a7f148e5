"""Experiments as TOML files: presets, and what the window opens and saves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import tomlkit

from playground.declarations import (
    Declared,
    Kind,
    Setting,
    settings_of,
    validate,
    value_at,
    with_value,
)
from playground.errors import SpecError
from playground.storage.files import read_toml, writing_text
from playground.training.experiment import Experiment

DeclaredT = TypeVar("DeclaredT", bound=Declared)


def read_experiment(path: Path) -> Experiment:
    """Read an experiment, or that of a saved run.

    Raises
    ------
    StorageError
        Where the file cannot be read.
    SpecError
        Where a setting is unknown or its value refused; names the file and the setting.
    """
    values = read_toml(path)
    # A saved run holds its experiment beside its edits.
    if isinstance(values.get("experiment"), Mapping):
        values = values["experiment"]
    return experiment_from(values, path)


def experiment_from(values: Mapping[str, Any], path: Path) -> Experiment:
    """Make an experiment from the values in the file at ``path``; see :func:`read_experiment`.

    Relative data files are looked up beside that file.
    """
    experiment = validated(Experiment, values, path)
    return _with_data_paths(experiment, lambda data: path.absolute().parent / data)


def validated(cls: type[DeclaredT], values: Mapping[str, Any], path: Path) -> DeclaredT:
    """Make what is declared from the values in the file at ``path``.

    Raises
    ------
    SpecError
        One line per wrong value: the file, where, what is allowed, what came. A file without any
        setting is refused too: all defaults are hardly what it was opened for.
    """
    if not values:
        names = ", ".join(cls.model_fields)
        raise SpecError(f"{path}: has no settings; it must have some of: {names}")
    try:
        return validate(cls, values)
    except SpecError as error:
        raise error.within(f"{path}: ") from None


def write_experiment(path: Path, experiment: Experiment) -> None:
    """Write an experiment: every kind, and each value that is not its setting's default.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    document = to_toml(changed_values(portable(experiment, path)))
    with writing_text(path) as file:
        file.write(tomlkit.dumps(document))


def portable(experiment: Experiment, path: Path) -> Experiment:
    """Return the experiment as the file at ``path`` names its data file.

    One beside or below the file is named relative to it, so that both can be moved together.
    """
    folder = path.absolute().parent

    def from_file(data: Path) -> Path:
        data = data.absolute()
        return data.relative_to(folder) if data.is_relative_to(folder) else data

    return _with_data_paths(experiment, from_file)


def changed_values(declared: Declared) -> dict[str, Any]:
    """Return what makes ``declared`` again: its kinds, and values that are not defaults."""
    values: dict[str, Any] = {"kind": declared.kind} if isinstance(declared, Kind) else {}
    for setting in settings_of(declared):
        value = getattr(declared, setting.name)
        if setting.form == "kind":
            values[setting.name] = changed_values(value)
        elif value != setting.default:
            is_group = isinstance(value, Declared)
            plain = changed_values(value) if is_group else plain_value(declared, setting)
            values[setting.name] = plain
    return values


def plain_value(declared: Declared, setting: Setting) -> Any:
    """Return one setting's value as TOML can hold it."""
    return declared.model_dump(mode="json", include={setting.name})[setting.name]


def to_toml(values: Mapping[str, Any]) -> tomlkit.TOMLDocument:
    """Return nested values as a document, with one line for each entry of a list."""
    document = tomlkit.document()
    for name, value in values.items():
        document.add(name, _item(value))
    return document


def _item(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.table()
        for name, entry in value.items():
            if entry is not None:  # TOML has no null; what is left out is the default.
                table.add(name, _item(entry))
        return table
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        array = tomlkit.array().multiline(True)
        for entry in value:
            array.append(inline(entry))
        return array
    return tomlkit.item(value)


def inline(value: Any) -> Any:
    """Return nested values as one line."""
    if isinstance(value, list):
        array = tomlkit.array()
        for entry in value:
            array.append(inline(entry))
        return array
    if not isinstance(value, Mapping):
        return tomlkit.item(value)
    table = tomlkit.inline_table()
    for name, entry in value.items():
        if entry is not None:
            table.add(name, inline(entry))
    return table


def _with_data_paths(experiment: Experiment, change: Callable[[Path], Path]) -> Experiment:
    for setting in settings_of(experiment.data):
        if setting.form == "path":
            where = f"data.{setting.name}"
            path = value_at(experiment, where)
            if path is not None:
                experiment = with_value(experiment, where, change(path).as_posix())
    return experiment
