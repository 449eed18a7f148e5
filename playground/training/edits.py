"""Edits that wait for the next step."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from playground.declarations import Declared, setting_at, with_value
from playground.errors import SpecError
from playground.models.layout import Layout
from playground.training.experiment import Experiment

PARAMETERS = "parameters."
"""What the path of a single weight begins with: ``parameters.hidden1.weight.0.3``."""


class EditQueue:
    """Edits, checked when any thread puts them in and taken by the thread that trains.

    Parameters
    ----------
    experiment
        The present settings, edited along with what is put in.
    layout
        What single weights there are.
    check
        Raises where a run with edited settings could not go on.
    """

    def __init__(
        self, experiment: Experiment, layout: Layout, check: Callable[[Experiment], None]
    ) -> None:
        self._planned = experiment
        self._layout = layout
        self._check = check
        self._waiting: deque[tuple[str, Any]] = deque()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, path: str, value: object) -> None:
        """Check an edit and let it wait; see :meth:`Trainer.edit`."""
        with self._lock:
            if path.startswith(PARAMETERS):
                parameter_index(self._layout, path)
                value = _finite_number(path, value)
            else:
                self._planned = self._edited(path, value)
            self._waiting.append((path, value))

    def take(self) -> tuple[str, Any]:
        """Return the edit that has waited longest."""
        return self._waiting.popleft()

    def _edited(self, path: str, value: object) -> Experiment:
        if not setting_at(self._planned, path).hints.live:
            raise SpecError(f"{path}: cannot change while a run goes on; it takes a new one")
        planned = with_value(self._planned, path, value)
        self._check(planned)
        return planned


def parameter_index(layout: Layout, path: str) -> int:
    """Return where the weight at a path lies in θ.

    Raises
    ------
    SpecError
        Where there is no such weight.
    """
    try:
        return layout.index(path.removeprefix(PARAMETERS))
    except KeyError as error:
        raise SpecError(f"{path}: {error.args[0]}") from None


def plain(value: Any) -> Any:
    """Return a setting's value as an edit records it, readable without this program."""
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    return value.model_dump(mode="json") if isinstance(value, Declared) else value


def _finite_number(path: str, value: object) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise SpecError(f"{path}: must be a finite number, got {value!r}")
