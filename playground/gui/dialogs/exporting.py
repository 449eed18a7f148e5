"""What an export writes, as a list of named jobs, and the thread that does them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QThread, Signal

from playground.errors import PlaygroundError
from playground.gui.run import Run
from playground.gui.session import Session

if TYPE_CHECKING:
    from playground.training.history import History
    from playground.training.trainer import Trainer

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Job:
    """One file, or one folder of files.

    Attributes
    ----------
    paths
        What it writes.
    write
        Writes it; called on the exporting thread.
    """

    paths: tuple[Path, ...]
    write: Callable[[], None]


def curve_jobs(runs: Sequence[Run], folder: Path, suffixes: Sequence[str]) -> list[Job]:
    """Return one job a format; several runs share a file."""
    histories = _by_label(runs)

    def job(suffix: str) -> Job:
        path = folder / f"curves{suffix}"

        def write() -> None:
            from playground.storage.curves import write_curves

            write_curves(path, histories)

        return Job((path,), write)

    return [job(suffix) for suffix in suffixes]


def run_job(session: Session, folder: Path) -> Job:
    """Return the job that saves the present run: what it takes to repeat it, and its weights."""
    names = ("curves.csv", "run.toml", "weights.npz", "summary.json")

    def write() -> None:
        from playground.storage.runs import save_run

        def save(trainer: Trainer) -> None:
            save_run(trainer, folder)

        session.ask(save).result()

    return Job(tuple(folder / name for name in names), write)


def prediction_job(session: Session, folder: Path, part: Part) -> Job:
    """Return the job that writes what the model says about each row of a part."""
    path = folder / f"predictions-{part}.csv"

    def write() -> None:
        from playground.storage.predictions import write_predictions

        def save(trainer: Trainer) -> None:
            write_predictions(path, trainer, part)

        session.ask(save).result()

    return Job((path,), write)


def _by_label(runs: Sequence[Run]) -> Mapping[str, History]:
    if len(runs) == 1:
        return {"": runs[0].history}
    return {run.label: run.history for run in runs}


class Exporter(QThread):
    """Does the jobs one after the other; a failure ends it and says why."""

    started_job = Signal(int)
    failed = Signal(str)
    succeeded = Signal()

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__()
        self.setObjectName("export")
        self._jobs = jobs

    def run(self) -> None:
        """Work until done, failed or interrupted; files are written whole or not at all."""
        for index, job in enumerate(self._jobs):
            if self.isInterruptionRequested():
                return
            self.started_job.emit(index)
            try:
                job.write()
            except PlaygroundError as error:
                self.failed.emit(str(error))
                return
            except CancelledError:
                self.failed.emit("The run is gone, so nothing more could be exported.")
                return
            except Exception:  # a defect: nobody shall wait for it
                self.failed.emit("Not everything could be exported.")
                raise
        self.succeeded.emit()
