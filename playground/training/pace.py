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

    def wait_turn(self, control: Control) -> float:
        """Wait for a slow run's turn and for the painter; return the seconds waited."""
        if control.steps_per_s is None and control.gate.is_set():
            return 0.0
        paused_s = perf_counter()
        if control.steps_per_s is not None:
            self._wait_until_due(control, control.steps_per_s)
        control.gate.wait()
        return perf_counter() - paused_s

    def _wait_until_due(self, control: Control, steps_per_s: float) -> None:
        now = perf_counter()
        due = self._next_step_s
        if due > now:
            control.wait(due - now)
        # A late step is not caught up with: the next one is due a period after this one.
        self._next_step_s = max(due, now) + 1.0 / steps_per_s
