"""Garbage is collected on the window's thread alone.

Python collects cycles on whichever thread happens to allocate. On the training thread that would
delete widgets and plot items there, which Qt answers with a crash.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer, Slot

PERIOD_MS = 1000
FULL_EVERY = 16


@contextmanager
def collected_by_hand() -> Iterator[None]:
    """Switch the automatic collection off while this lasts, and collect at the end."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        if was_on:
            gc.enable()


class Collector(QObject):
    """Collects once a second; lives as long as its parent."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._round = 0
        # What is there by now stays: the rounds to come need not look at it.
        gc.freeze()
        timer = QTimer(self, interval=PERIOD_MS)
        timer.timeout.connect(self._collect)
        timer.start()

    @Slot()
    def _collect(self) -> None:
        self._round += 1
        gc.collect(2 if self._round % FULL_EVERY == 0 else 1)
