"""The export of a race: paths, pictures, the race itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from playground.descent.race import Race
from playground.gui.dialogs.export_dialog import Choice, ExportDialog
from playground.gui.dialogs.exporting import Job
from playground.gui.labs.descent.session import DescentSession
from playground.gui.plots.canvas_dock import CanvasDock


class RaceExportDialog(ExportDialog):
    """Exports the race as it is now."""

    CHOICES: ClassVar = (
        Choice("paths.csv", "Paths and curves", "CSV, a row for each racer and step"),
        Choice("plots.png", "Plots in sight", "PNG"),
        Choice("plots.svg", "Plots in sight", "SVG"),
        Choice("race.toml", "The race, to open it again", "race.toml"),
    )
    FIRST: ClassVar = ("paths.csv", "plots.png", "race.toml")
    MEMORY: ClassVar = "race_export"

    def __init__(
        self, session: DescentSession, docks: Sequence[CanvasDock], parent: QWidget | None = None
    ) -> None:
        self._session = session
        super().__init__(docks, parent)

    def jobs(self) -> list[Job]:
        race, folder = self._session.race, self.chosen_folder()
        jobs = []
        if self.is_on("paths.csv"):
            jobs.append(_paths_job(race, folder / "paths.csv"))
        if self.is_on("race.toml"):
            jobs.append(_race_job(race, folder / "race.toml"))
        return jobs


def _paths_job(race: Race, path: Path) -> Job:
    def write() -> None:
        from playground.descent.run import RaceRun
        from playground.storage.races import write_paths

        run = RaceRun(race)
        run.finish()
        run.take_times()
        write_paths(path, run)

    return Job((path,), write)


def _race_job(race: Race, path: Path) -> Job:
    def write() -> None:
        from playground.storage.races import write_race

        write_race(path, race)

    return Job((path,), write)
