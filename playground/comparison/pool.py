"""Runs of a comparison in processes, as many at a time as there are cores."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playground.comparison.plan import Comparison, Job
from playground.comparison.results import Curves, Results
from playground.comparison.worker import set_up, work

PERIOD_S = 0.1
"""Time between two looks at reports."""

KILLED = "its process was ended from outside"


@dataclass
class Progress:
    """How far the runs have come; changed as they go on.

    Attributes
    ----------
    steps
        Done by each run that has begun, by its number.
    results
        What has ended.
    """

    results: Results
    steps: dict[int, int] = field(default_factory=dict)

    @property
    def n_done(self) -> int:
        """Runs that have ended."""
        return len(self.results.curves)

    @property
    def share(self) -> float:
        """Share of all steps that is done, 0 … 1."""
        comparison = self.results.comparison
        total = comparison.steps * len(comparison.jobs)
        done = sum(
            comparison.steps if job.number in self.results.curves else self.steps.get(job.number, 0)
            for job in comparison.jobs
        )
        return min(done / total, 1.0) if total else 1.0


def compare(
    comparison: Comparison,
    *,
    n_workers: int | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
    stop: threading.Event | None = None,
) -> Results:
    """Do every run of a comparison.

    Parameters
    ----------
    comparison
        What to run; :func:`playground.comparison.check` says beforehand whether it can be.
    n_workers
        How many processes; by default one a core.
    watch
        Is told of news, in the calling thread, some ten times a second.
    stop
        Set by anybody to end it early; what is done is returned.

    Notes
    -----
    The processes are started anew (spawned) and use one BLAS thread each. An error of one run is
    its outcome and ends no other. Where a process is ended from outside (for want of memory, say),
    the runs that are left are done one at a time, and the one that ends its process again fails.
    """
    stop = stop or threading.Event()
    progress = Progress(Results(comparison))
    jobs = list(comparison.jobs)
    n_workers = min(n_workers or os.cpu_count() or 1, max(len(jobs), 1))
    while jobs and not stop.is_set():
        jobs = _do(jobs, n_workers, progress, watch, stop)
        if jobs and n_workers == 1:
            # Alone in its process, the first one must have brought it down.
            progress.results.curves[jobs.pop(0).number] = Curves(outcome="failed", reason=KILLED)
            watch(progress)
        n_workers = 1
    return progress.results


def _do(
    jobs: Sequence[Job],
    n_workers: int,
    progress: Progress,
    watch: Callable[[Progress], None],
    stop: threading.Event,
) -> list[Job]:
    """Do the runs, and return those that are left because a process was ended from outside."""
    context = multiprocessing.get_context("spawn")
    reports, ending = context.Queue(), context.Event()
    executor = ProcessPoolExecutor(n_workers, context, set_up, (reports, ending))
    left: list[Job] = []
    try:
        with _uninterrupted():
            waiting = {executor.submit(work, job): job for job in jobs}
        while waiting:
            if stop.is_set():
                ending.set()
                waiting = {f: job for f, job in waiting.items() if not f.cancel()}
            done, _ = wait(waiting, PERIOD_S, FIRST_COMPLETED)
            for future in done:
                job = waiting.pop(future)
                try:
                    progress.results.curves[job.number] = future.result()
                except BrokenProcessPool:
                    left.append(job)
            _read(reports, progress)
            watch(progress)
    except BrokenProcessPool:  # while the runs were handed over
        left = [job for job in jobs if job.number not in progress.results.curves]
    finally:
        ending.set()
        executor.shutdown(cancel_futures=True)
        reports.close()
    return sorted(left, key=lambda job: job.number)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl+C from processes while they start, and have not been told yet to ignore it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _read(reports: Any, progress: Progress) -> None:
    while True:
        try:
            number, step = reports.get_nowait()
        except queue.Empty:
            return
        progress.steps[number] = step
