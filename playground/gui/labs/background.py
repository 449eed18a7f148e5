"""Threads of the laboratories; the newest wish wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any

from PySide6.QtCore import QThread, Signal

ShouldStop = Callable[[], bool]
Job = Callable[[ShouldStop], Iterator[Any]]
"""Gives results that are better and better, and ends early when it should stop."""


class WishThread(QThread):
    """Waits for wishes; of those that come while it works only the newest is kept."""

    crashed = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._condition = Condition()
        self._wish: Any = None
        self._is_over = False

    def close(self) -> None:
        """End it and wait."""
        with self._condition:
            self._is_over = True
            self._condition.notify()
        self.wait()

    def _wish_for(self, wish: Any) -> None:
        with self._condition:
            self._wish = wish
            self._condition.notify()
        if not self.isRunning() and not self._is_over:
            self.start()

    def _is_overtaken(self) -> bool:
        return self._is_over or self._wish is not None

    def _take(self) -> Any:
        """Wait for a wish and take it; None when it is over."""
        with self._condition:
            while self._wish is None and not self._is_over:
                self._condition.wait()
            wish, self._wish = self._wish, None
            return None if self._is_over else wish

    def run(self) -> None:
        """Grant wishes until it is over."""
        while (wish := self._take()) is not None:
            try:
                self._grant(wish)
            except Exception as error:
                self.crashed.emit(error)

    def _grant(self, wish: Any) -> None:
        raise NotImplementedError


class Improver(WishThread):
    """Runs the newest of jobs whose results get better and better."""

    improved = Signal(int, object)
    """Ticket of the job, and a result."""
    finished_job = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.ticket = 0

    def ask(self, job: Job) -> int:
        """Run a job instead of the one that runs; return its ticket."""
        self.ticket += 1
        self._wish_for((self.ticket, job))
        return self.ticket

    def cancel(self) -> None:
        """Stop the job that runs."""
        self.ask(_nothing)

    def _grant(self, wish: tuple[int, Job]) -> None:
        ticket, job = wish
        for result in job(self._is_overtaken):
            if self._is_overtaken():
                return
            self.improved.emit(ticket, result)
        self.finished_job.emit(ticket)


def _nothing(should_stop: ShouldStop) -> Iterator[Any]:
    return iter(())
