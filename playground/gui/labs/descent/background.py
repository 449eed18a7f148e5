"""The thread that computes a race; the newest wish wins."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import Signal

from playground.descent.race import Race
from playground.descent.run import RaceRun
from playground.gui.labs.background import WishThread

SLICE_S = 0.012
"""How long paths are computed between two looks at what is wished."""

PATIENCE_S = 0.06
"""How long a race that was overtaken by a newer one is computed on, so that a drag shows some."""


class RaceWorker(WishThread):
    """Computes the newest race's paths."""

    advanced = Signal(object, object, bool)
    """Race, its tracks, and whether they are whole."""

    def __init__(self) -> None:
        super().__init__("race")
        self._run: RaceRun | None = None

    def ask(self, race: Race) -> None:
        """Compute this race, instead of another one that is not finished."""
        self._wish_for(race)

    def _grant(self, race: Race) -> None:
        if self._run is None:
            self._run = RaceRun(race)
        else:
            self._run.change(race)
        run, end_s = self._run, perf_counter() + PATIENCE_S
        while run.advance(SLICE_S):
            if self._is_over or (self._is_overtaken() and perf_counter() > end_s):
                break
            if not self._is_overtaken():
                self.advanced.emit(race, run.tracks, False)
        self.advanced.emit(race, run.tracks, run.is_done)
        if run.is_done and not self._is_overtaken():
            run.take_times(self._is_overtaken)
            self.advanced.emit(race, run.tracks, True)
