"""The kinds of error a user can cause.

A message says where, what was allowed and what came:
``optimizer.learning_rate: must be > 0, got -1``. Anything that is not a :class:`PlaygroundError`
is a defect of the program and keeps its traceback.
"""


class PlaygroundError(Exception):
    """Base of every error that is the user's to mend; its text is one readable sentence."""


class SpecError(PlaygroundError):
    """An experiment, edit or preset that cannot be run as written."""


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
