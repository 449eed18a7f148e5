"""What a worker process does: one run of a comparison after another, with one BLAS thread."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from playground.comparison.plan import Job
from playground.comparison.results import MOST_ROWS, Curves
from playground.errors import PlaygroundError
from playground.training.control import Control, Mailbox
from playground.training.history import History
from playground.training.replay import run
from playground.training.snapshots import Snapshot
from playground.training.trainer import Trainer

PERIOD_S = 0.2
"""Time between two reports of a run."""

_shared: dict[str, Any] = {}
"""Of a worker process: what it reports to, and the event that ends it."""


def set_up(reports: Any, stop: Any) -> None:
    """Prepare a worker process."""
    # Ctrl+C reaches the whole group; the process that started the workers decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1)
    _shared.update(reports=reports, stop=stop)


def work(job: Job) -> Curves:
    """Do a run in a worker process, with reports to the one that started it."""
    reports, stop = _shared["reports"], _shared["stop"]

    def report(step: int) -> bool:
        reports.put((job.number, step))
        return bool(stop.is_set())

    if stop.is_set():
        return Curves(outcome="stopped", reason="cancelled")
    return run_job(job, report)


def run_job(job: Job, report: Callable[[int], bool] = lambda step: False) -> Curves:
    """Do one run, in any process, and return its curves; errors are values, too.

    Parameters
    ----------
    job
        What to run.
    report
        Is told the step now and then, and says whether to stop.
    """
    control = Control(PERIOD_S)
    control.mailbox = _Reports(control, report)
    try:
        trainer = run(job.experiment, (), job.steps, control=control)
    except PlaygroundError as error:
        return Curves(outcome="failed", reason=str(error))
    except Exception as defect:  # the other runs go on; whoever reads this one sees all of it
        text = "".join(traceback.format_exception(defect))
        return Curves(outcome="failed", reason=f"a defect of the program: {text}")
    return _curves_of(trainer, control)


class _Reports(Mailbox):
    """Passes the step of every snapshot on, and stops the run where it is asked to."""

    def __init__(self, control: Control, report: Callable[[int], bool]) -> None:
        super().__init__()
        self._control = control
        self._report = report

    def put(self, item: Snapshot) -> None:
        if self._report(item.step):
            self._control.interrupt()


def _curves_of(trainer: Trainer, control: Control) -> Curves:
    columns = thinned(trainer.history)
    if trainer.ending is not None and trainer.ending.outcome.value == "diverged":
        return Curves(columns, "diverged", trainer.ending.reason)
    if control.interrupted:
        return Curves(columns, "stopped", f"cancelled at step {trainer.step}")
    return Curves(columns)


def thinned(history: History) -> dict[str, Any]:
    """Return a history's losses and scores at evenly spread rows and at evaluated ones."""
    evaluated, _ = history.sparse("train_loss")
    if len(evaluated) > MOST_ROWS:
        evaluated = evaluated[np.linspace(0, len(evaluated) - 1, MOST_ROWS).astype(np.int64)]
    spread = np.linspace(0, len(history) - 1, min(MOST_ROWS, len(history))).astype(np.int64)
    rows = np.union1d(evaluated, spread)
    names = [n for n in history.columns if "/" not in n and n != "learning_rate"]
    return {name: history[name][rows] for name in names}
