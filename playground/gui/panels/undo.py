"""Taking changes of the experiment back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtGui import QUndoCommand

from playground.declarations import Declared, setting_at, settings_of
from playground.training.experiment import Experiment

MERGE_WITHIN_S = 1.0
"""Changes of the same settings in quicker succession, as in a drag, are taken back together."""

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


class ExperimentChange(QUndoCommand):
    """From one experiment to another; it has happened already when it is pushed."""

    def __init__(
        self, before: Experiment, after: Experiment, travel: Callable[[Experiment], None]
    ) -> None:
        super().__init__(describe(before, after))
        self.before, self.after = before, after
        self._travel = travel
        self._has_happened = True
        self._at_s = time.monotonic()

    def id(self) -> int:
        return 1

    def undo(self) -> None:
        self._travel(self.before)

    def redo(self) -> None:
        if self._has_happened:
            self._has_happened = False
        else:
            self._travel(self.after)

    def mergeWith(self, other: QUndoCommand) -> bool:
        assert isinstance(other, ExperimentChange)
        is_soon = other._at_s - self._at_s < MERGE_WITHIN_S
        if not (is_soon and _paths(self.before, self.after) == _paths(other.before, other.after)):
            return False
        self._at_s = other._at_s
        self.amend(other.after)
        return True

    def amend(self, after: Experiment) -> None:
        """Let the change end at another experiment."""
        self.after = after
        self.setText(describe(self.before, after))


def _paths(before: Experiment, after: Experiment) -> tuple[str, ...]:
    return tuple(path for path, _ in _leaves("", before, after))


def describe(before: Experiment, after: Experiment) -> str:
    """Return what changed in a word or two, for the menu."""
    paths = [path.removeprefix(".") for path in _paths(before, after)]
    if len(paths) != 1:
        parts = {path.partition(".")[0] for path in paths}
        return parts.pop() if len(parts) == 1 else "experiment"
    return setting_at(after, paths[0]).label.lower()
