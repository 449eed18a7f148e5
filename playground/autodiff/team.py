"""Threads that do the lanes of a program side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from playground.autodiff.calls import calculating, run_all
from playground.autodiff.graph import Call


class Team:
    """Threads that run lanes; between :meth:`start` and :meth:`stop` they wait at a lock each.

    Parameters
    ----------
    n_lanes
        Ranges that a long operation is cut into; the calling thread does the first.
    """

    def __init__(self, n_lanes: int) -> None:
        self.n_lanes = n_lanes
        self._workers: list[_Worker] = []

    def start(self) -> None:
        """Start the threads."""
        self._workers = [_Worker() for _ in range(self.n_lanes - 1)]

    def stop(self) -> None:
        """End the threads and wait for them."""
        for worker in self._workers:
            worker.stop()
        self._workers = []

    def run(self, lanes: Sequence[list[Call]]) -> None:
        """Do every lane's calls, side by side where the threads run."""
        if not self._workers:
            for lane in lanes:
                run_all(lane)
            return
        for worker, lane in zip(self._workers, lanes[1:], strict=True):
            worker.begin(lane)
        try:
            run_all(lanes[0])
        finally:
            errors = [worker.finish() for worker in self._workers]
        for error in errors:
            if error is not None:
                raise error


class _Worker:
    def __init__(self) -> None:
        self._go, self._done = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._done.acquire()
        self._lane: list[Call] | None = None
        self._error: BaseException | None = None
        run = calculating().run
        self._thread = threading.Thread(target=run, args=(self._work,), name="lane")
        self._thread.start()

    def begin(self, lane: list[Call]) -> None:
        self._lane = lane
        self._go.release()

    def finish(self) -> BaseException | None:
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def stop(self) -> None:
        self._lane = None
        # An interruption may have come between the start of a lane and the wait for its end.
        if self._go.locked():
            self._go.release()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            lane = self._lane
            if lane is None:
                return
            try:
                run_all(lane)
            except BaseException as error:
                # Raised again by whoever waits for the lane.
                self._error = error
            self._done.release()
