"""Taking changes of the experiment back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from playground.declarations import Declared, setting_at, settings_of
from playground.gui.undoing import Travel
from playground.training.experiment import Experiment
from playground.training.snapshots import Edit

Change = tuple[str, Any]


def changes(before: Experiment, after: Experiment) -> tuple[Change, ...]:
    """Return the settings to set, and their values, to get from one experiment to the other.

    Live settings come one by one, so that the run goes on; a part in which another one differs
    comes whole, so that no half-changed part is ever refused.
    """
    found: list[Change] = []
    for setting in settings_of(before):
        old, new = getattr(before, setting.name), getattr(after, setting.name)
        leaves = list(_leaves(setting.name, old, new))
        if all(setting_at(before, path).hints.live for path, _ in leaves):
            found += leaves
        else:
            found.append((setting.name, _plain(new)))
    return tuple(found)


def _leaves(path: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Declared) and type(old) is type(new):
        for name in type(old).model_fields:
            yield from _leaves(f"{path}.{name}", getattr(old, name), getattr(new, name))
    elif isinstance(old, tuple) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _leaves(f"{path}.{index}", one, other)
    else:
        yield path, _plain(new)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Declared) else value


class ExperimentChange(Travel[Experiment]):
    """From one experiment to another."""

    def about(self) -> tuple[str, ...]:
        return _paths(self.before, self.after)

    def words(self) -> str:
        return describe(self.before, self.after)


class WeightChange(Travel[float]):
    """From one value of a weight to another, in the run in which it was changed."""

    def __init__(self, edit: Edit, travel: Callable[[str, float], None]) -> None:
        self.path = edit.path
        super().__init__(edit.old, edit.new, lambda value: travel(edit.path, value))

    def about(self) -> str:
        return self.path

    def words(self) -> str:
        return "weight"

    def undo(self) -> None:
        if not self.isObsolete():
            super().undo()

    def redo(self) -> None:
        if not self.isObsolete():
            super().redo()


def _paths(before: Experiment, after: Experiment) -> tuple[str, ...]:
    return tuple(path for path, _ in _leaves("", before, after))


def describe(before: Experiment, after: Experiment) -> str:
    """Return what changed in a word or two, for the menu."""
    paths = [path.removeprefix(".") for path in _paths(before, after)]
    if len(paths) != 1:
        parts = {path.partition(".")[0] for path in paths}
        return parts.pop() if len(parts) == 1 else "experiment"
    return setting_at(after, paths[0]).label.lower()
