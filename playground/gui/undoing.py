"""Taking changes back, in any workspace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QAction, QKeySequence, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QWidget

MERGE_WITHIN_S = 1.0
"""Changes of the same things in quicker succession, as in a drag, are taken back together."""

T = TypeVar("T")


class Travel(QUndoCommand, Generic[T]):
    """A change from one immutable state to another; it has happened already when it is pushed.

    Parameters
    ----------
    before, after
        The states.
    travel
        Takes everything to a state.
    """

    def __init__(self, before: T, after: T, travel: Callable[[T], None]) -> None:
        super().__init__()
        self.before, self.after = before, after
        self._travel = travel
        self._has_happened = True
        self._at_s = time.monotonic()
        self.setText(self.words())

    def about(self) -> object:
        """Return what changed; changes of the same are merged while they come quickly."""
        raise NotImplementedError

    def words(self) -> str:
        """Return what changed in a word or two, for the menu."""
        raise NotImplementedError

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
        assert isinstance(other, Travel)
        if other._at_s - self._at_s >= MERGE_WITHIN_S or self.about() != other.about():
            return False
        self._at_s = other._at_s
        self.amend(other.after)
        return True

    def amend(self, after: T) -> None:
        """Let the change end at another state."""
        self.after = after
        self.setText(self.words())


def undo_actions(stack: QUndoStack, owner: QWidget) -> tuple[QAction, QAction]:
    """Return the actions that take back and do again, with their keys, while the owner is seen."""
    undo, redo = stack.createUndoAction(owner), stack.createRedoAction(owner)
    undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
    redo.setShortcut(QKeySequence("Ctrl+Shift+Z"))
    owner.addActions([undo, redo])
    return undo, redo
