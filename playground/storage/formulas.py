"""What is studied of a formula, as a file that opens again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomlkit

from playground.calculus.situation import Situation
from playground.declarations import declare
from playground.errors import SpecError
from playground.storage.experiments import changed_values, to_toml, validated
from playground.storage.files import read_toml, writing_text


class SavedFormula(Situation):
    """A situation and the page on which it is looked at."""

    page: Literal["limit", "rules", "ways", "plane"] = declare(
        "limit", label="Page", help="Of the derivative workspace; plane is that of f(x, y)"
    )

    @property
    def situation(self) -> Situation:
        """The same without the page."""
        return Situation(**self.model_dump(exclude={"page"}))


def read_formula(path: Path) -> SavedFormula:
    """Read what was saved of a formula.

    Raises
    ------
    StorageError
        Where the file cannot be read.
    SpecError
        Where a setting is unknown, its value refused or a formula not one; names file and setting.
    """
    values = read_toml(path)
    if not is_formula(values):
        raise SpecError(f"{path}: formula: is missing")
    return validated(SavedFormula, values, path)


def is_formula(values: Mapping[str, Any]) -> bool:
    """Whether the values in a file are those of a formula rather than of an experiment or race."""
    return "formula" in values


def write_formula(path: Path, saved: SavedFormula) -> None:
    """Write page, formulas, points, and each other value that is not its setting's default.

    Raises
    ------
    StorageError
        Where the file cannot be written.
    """
    always = ("page", "formula", "point", "surface", "x", "y")
    values = {name: getattr(saved, name) for name in always}
    with writing_text(path) as file:
        file.write(tomlkit.dumps(to_toml(values | changed_values(saved))))
