"""What play does on a page: something that goes on by itself, step by step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Ticker(QObject):
    """Takes a step again and again until it says that it was the last.

    Parameters
    ----------
    period_ms
        Time between two steps.
    step
        Takes one; False when there is no further one.
    """

    playing_changed = Signal()

    def __init__(self, period_ms: int, step: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._step = step
        self._timer = QTimer(self, interval=period_ms)
        self._timer.timeout.connect(self._on_tick)

    @property
    def is_playing(self) -> bool:
        """Whether it goes on."""
        return self._timer.isActive()

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing:
            self.pause()
        else:
            self._timer.start()
            self.playing_changed.emit()

    @Slot()
    def pause(self) -> None:
        """Stop where it is."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit()

    @Slot()
    def _on_tick(self) -> None:
        if not self._step():
            self.pause()
