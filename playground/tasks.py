"""The kinds of prediction that data, losses and views have to agree on."""

from enum import StrEnum


class Task(StrEnum):
    """What is to be predicted."""

    REGRESSION = "regression"
    BINARY = "binary classification"
    MULTICLASS = "multi-class classification"

    @property
    def is_classification(self) -> bool:
        """Whether targets are classes."""
        return self is not Task.REGRESSION
