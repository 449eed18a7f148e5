"""The kinds of prediction that data, losses and views have to agree on."""

from enum import StrEnum

PADDING, START, END = 0, 1, 2
"""Symbol numbers that stand for no symbol of a text: what fills it up, begins it and ends it."""


class Task(StrEnum):
    """What is to be predicted."""

    REGRESSION = "regression"
    BINARY = "binary classification"
    MULTICLASS = "multi-class classification"
    SEQUENCE = "text to text"
    CONTINUATION = "next symbol"

    @property
    def is_classification(self) -> bool:
        """Whether targets are classes."""
        return self in (Task.BINARY, Task.MULTICLASS)

    @property
    def writes_text(self) -> bool:
        """Whether targets are texts."""
        return self in (Task.SEQUENCE, Task.CONTINUATION)
