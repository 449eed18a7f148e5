"""The export of a race: paths, pictures, the race itself."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from playground.descent.race import Race
from playground.gui.dialogs.export_dialog import Choice, ExportDialog
from playground.gui.dialogs.exporting import Job
from playground.gui.labs.descent.basin_dock import BasinDock
from playground.gui.labs.descent.frames import RaceFrames
from playground.gui.labs.descent.session import DescentSession
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.view_dock import ViewDock

MAP = "descent_map"

FRAMES_PER_S = 25.0
SHORTEST_S, LONGEST_S = 2.0, 12.0


class RaceExportDialog(ExportDialog):
    """Exports the race as it is now."""

    CHOICES: ClassVar = (
        Choice("paths.csv", "Paths and curves", "CSV, a row for each racer and step"),
        Choice("rates.csv", "Final losses against learning rates", "CSV, a row for each rate"),
        Choice("basins.csv", "Basin map", "CSV, a row for each start"),
        Choice("plots.png", "Plots in sight", "PNG"),
        Choice("plots.svg", "Plots in sight", "SVG"),
        Choice("race.gif", "Animation of the map", "GIF"),
        Choice("race.mp4", "Animation of the map", "MP4"),
        Choice("race.toml", "The race, to open it again", "race.toml"),
    )
    FIRST: ClassVar = ("paths.csv", "plots.png", "race.toml")
    MEMORY: ClassVar = "race_export"

    def __init__(
        self, session: DescentSession, docks: Sequence[ViewDock], parent: QWidget | None = None
    ) -> None:
        self._session = session
        canvases = [dock for dock in docks if isinstance(dock, CanvasDock)]
        self._map = next(dock for dock in canvases if dock.objectName() == MAP)
        self._basins = next(dock for dock in canvases if isinstance(dock, BasinDock))
        self._frames: list[RaceFrames] = []
        super().__init__(docks, parent)

    def has(self, key: str) -> bool:
        if key == "basins.csv":
            race, index = self._session.race, self._basins.racer
            return index < len(race.racers) and not race.refusal(race.racers[index])
        return key != "race.mp4" or find_spec("imageio_ffmpeg") is not None

    def planned(self) -> list[Path]:
        names = [c.key for c in self.CHOICES if not c.key.startswith("plots.")]
        return [self.chosen_folder() / name for name in names if self.is_on(name)]

    def jobs(self) -> list[Job]:
        race, folder = self._session.race, self.chosen_folder()
        jobs = []
        if self.is_on("paths.csv"):
            jobs.append(_paths_job(race, folder / "paths.csv"))
        if self.is_on("rates.csv"):
            jobs.append(_rates_job(race, folder / "rates.csv"))
        if self.is_on("basins.csv"):
            jobs.append(_basins_job(race, self._basins, folder / "basins.csv"))
        if self.is_on("race.toml"):
            jobs.append(_race_job(race, folder / "race.toml"))
        return jobs + [
            self._animation_job(folder / name)
            for name in ("race.gif", "race.mp4")
            if self.is_on(name)
        ]

    def done(self, result: int) -> None:
        """Stop an animation first: its writer waits for pictures from this thread."""
        for frames in self._frames:
            frames.stop()
        super().done(result)

    def _animation_job(self, path: Path) -> Job:
        def write() -> None:
            from playground.storage.animation import write_animation

            write_animation(path, frames.frames(), FRAMES_PER_S)

        steps = _steps_shown(self._session)
        frames = RaceFrames(self._session.player, self._map.canvas, steps, self)
        self._frames.append(frames)
        return Job((path,), write)


def _steps_shown(session: DescentSession) -> list[int]:
    """Return the steps of an animation as long as playing takes, within bounds."""
    from playground.storage.animation import steps_shown

    player = session.player
    duration_s = min(max(player.last / player.steps_per_s, SHORTEST_S), LONGEST_S)
    return [int(step) for step in steps_shown(player.last, duration_s, FRAMES_PER_S)]


def _paths_job(race: Race, path: Path) -> Job:
    def write() -> None:
        from playground.descent.run import RaceRun
        from playground.storage.races import write_paths

        run = RaceRun(race)
        run.finish()
        run.take_times()
        write_paths(path, run)

    return Job((path,), write)


def _rates_job(race: Race, path: Path) -> Job:
    def write() -> None:
        from playground.descent.sweep import sweep
        from playground.storage.race_tables import write_sweep

        *_, whole = sweep(race)
        write_sweep(path, race, whole)

    return Job((path,), write)


def _basins_job(race: Race, dock: BasinDock, path: Path) -> Job:
    racer, steps = dock.racer, dock.steps

    def write() -> None:
        from playground.descent.basin import basins
        from playground.storage.race_tables import write_basins

        *_, finest = basins(race, racer, steps=steps)
        write_basins(path, finest)

    return Job((path,), write)


def _race_job(race: Race, path: Path) -> Job:
    def write() -> None:
        from playground.storage.races import write_race

        write_race(path, race)

    return Job((path,), write)
