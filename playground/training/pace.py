"""How fast a run goes: measured, and held to a speed limit."""

from __future__ import annotations

from time import perf_counter

from playground.training.control import Control


class Pace:
    """Measures steps a second and holds a slow run to its speed."""

    WINDOW_S = 0.5

    def __init__(self) -> None:
        self.steps_per_s = 0.0
        self._mark: tuple[float, int] | None = None
        self._next_step_s = 0.0

    def restart(self) -> None:
        """Forget the pause that has just ended."""
        self._mark = None
        self._next_step_s = 0.0

    def measure(self, now_s: float, step: int) -> None:
        """Take note of a moment in the run."""
        if self._mark is None:
            self._mark = (now_s, step)
            return
        seconds, steps = now_s - self._mark[0], step - self._mark[1]
        if seconds >= self.WINDOW_S:
            self.steps_per_s = steps / seconds
            self._mark = (now_s, step)

    def wait(self, control: Control, steps_per_s: float) -> None:
        """Wait until the next step of a slow run is due, or somebody interrupts."""
        now = perf_counter()
        due = self._next_step_s
        if due > now:
            control.wait(due - now)
        # A late step is not caught up with: the next one is due a period after this one.
        self._next_step_s = max(due, now) + 1.0 / steps_per_s
