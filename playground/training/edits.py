"""Changes of a run that goes on: checked where they are asked for, applied between two steps."""

from __future__ import annotations

import math
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from playground.declarations import Declared, setting_at, value_at, with_value
from playground.errors import SpecError
from playground.training.experiment import Experiment
from playground.training.snapshots import Edit

if TYPE_CHECKING:
    from playground.models.layout import Layout
    from playground.training.machine import Machine

PARAMETERS = "parameters."
"""What the path of a single weight begins with: ``parameters.hidden1.weight.0.3``."""


class Editor:
    """Takes edits from any thread; the one that trains applies them and keeps the record.

    Parameters
    ----------
    experiment
        The present settings.
    layout
        What single weights there are.
    machine
        What trains with the settings, and says where edited ones would not do.
    edits
        What led to the present settings.

    Attributes
    ----------
    experiment
        The settings now.
    edits
        What was changed so far, each with its step.
    """

    def __init__(
        self,
        experiment: Experiment,
        layout: Layout,
        machine: Machine,
        edits: tuple[Edit, ...] = (),
    ) -> None:
        self.experiment = experiment
        self.edits = edits
        self._layout = layout
        self._machine = machine
        # The settings once everything that waits has been applied.
        self._planned = experiment
        self._waiting: deque[tuple[str, Any]] = deque()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        """Whether an edit waits."""
        return bool(self._waiting)

    def put(self, path: str, value: object) -> None:
        """Check an edit and let it wait; see :meth:`Trainer.edit`."""
        with self._lock:
            if path.startswith(PARAMETERS):
                _parameter_index(self._layout, path)
                value = _finite_number(path, value)
            else:
                self._planned = self._checked(path, value)
            self._waiting.append((path, value))

    def _checked(self, path: str, value: object) -> Experiment:
        if not setting_at(self._planned, path).hints.live:
            raise SpecError(f"{path}: cannot change while a run goes on; it takes a new one")
        planned = with_value(self._planned, path, value)
        self._machine.check(planned)
        return planned

    def apply_next(self, step: int) -> Edit | None:
        """Apply and record the edit that has waited longest; None where it changes nothing."""
        path, value = self._waiting[0]
        change = self._set_weight if path.startswith(PARAMETERS) else self._set
        try:
            changed = change(path, value)
            if changed is None:
                return None
            edit = Edit(step, path, *map(_plain, changed))
            self.edits = (*self.edits, edit)
            return edit
        finally:
            # Not before it is recorded: while none waits, the record is whole.
            self._waiting.popleft()

    def _set(self, path: str, value: object) -> tuple[Any, Any] | None:
        before, after = self.experiment, with_value(self.experiment, path, value)
        if after == before:
            return None
        self.experiment = after
        self._machine.configure(
            after,
            renew_optimizer=path in ("optimizer", "optimizer.kind"),
            renew_schedule=path in ("schedule", "schedule.kind"),
        )
        return value_at(before, path), value_at(after, path)

    def _set_weight(self, path: str, value: float) -> tuple[float, float] | None:
        index, theta = _parameter_index(self._layout, path), self._machine.theta
        old, theta[index] = float(theta[index]), value
        new = float(theta[index])
        return (old, new) if new != old else None


def _parameter_index(layout: Layout, path: str) -> int:
    try:
        return layout.index(path.removeprefix(PARAMETERS))
    except KeyError as error:
        raise SpecError(f"{path}: {error.args[0]}") from None


def _plain(value: Any) -> Any:
    """Return a setting's value as an edit records it, readable without this program."""
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return value.model_dump(mode="json") if isinstance(value, Declared) else value


def _finite_number(path: str, value: object) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise SpecError(f"{path}: must be a finite number, got {value!r}")
