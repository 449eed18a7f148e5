"""The thread that waits for the processes of a comparison."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PySide6.QtCore import QThread, Signal

from playground.comparison import Comparison, Curves, Progress, check, compare
from playground.errors import PlaygroundError


@dataclass(frozen=True)
class News:
    """How far a comparison is: steps by run, curves of the runs that have ended."""

    share: float
    steps: dict[int, int]
    curves: dict[int, Curves]


class CompareThread(QThread):
    """Runs one comparison."""

    progressed = Signal(object)
    refused = Signal(str)
    crashed = Signal(object)

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.setObjectName("compare")
        self.comparison = comparison
        self._stop = threading.Event()

    def cancel(self) -> None:
        """End every run soon; what is known of them stays."""
        self._stop.set()

    def run(self) -> None:
        """Wait for the runs, and tell how far they are."""
        try:
            check(self.comparison)
            compare(self.comparison, watch=self._tell, stop=self._stop)
        except PlaygroundError as error:
            self.refused.emit(str(error))
        except Exception as defect:
            self.crashed.emit(defect)

    def _tell(self, now: Progress) -> None:
        # Copies: this thread goes on changing what it has.
        self.progressed.emit(News(now.share, dict(now.steps), dict(now.results.curves)))
