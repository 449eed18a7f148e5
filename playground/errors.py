"""The kinds of error a user can cause.

A message says where, what was allowed and what came:
``optimizer.learning_rate: must be > 0, got -1``. Anything that is not a :class:`PlaygroundError`
is a defect of the program and keeps its traceback.
"""

from __future__ import annotations


class PlaygroundError(Exception):
    """Base of every error that is the user's to mend; its text is one readable sentence."""


class SpecError(PlaygroundError):
    """Settings that cannot be used as they are written; its text has a line for each mistake."""

    def within(self, where: str) -> SpecError:
        """Return the error with ``where`` in front of each of its lines."""
        return SpecError("\n".join(f"{where}{line}" for line in str(self).splitlines()))


class DataError(PlaygroundError):
    """A data file or data set that cannot be used as it is."""


class FormulaError(PlaygroundError):
    """A typed formula that cannot be read.

    Attributes
    ----------
    column : int or None
        Where in its text, from 1; the message begins with it.
    """

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message if column is None else f"column {column}: {message}")
        self.column = column


class StorageError(PlaygroundError):
    """A file that cannot be read or written."""
