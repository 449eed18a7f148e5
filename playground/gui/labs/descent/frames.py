"""Pictures of a race for an animation: made on the window's thread, taken by a writing one."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from playground.errors import StorageError
from playground.gui.labs.descent.player import Player
from playground.gui.plots.canvas import Canvas

WAITING = 8
"""Pictures that may wait for the writer."""

Frame = NDArray[np.uint8]


class RaceFrames(QObject):
    """Shows step after step and hands over what the canvas looks like.

    Parameters
    ----------
    player
        What shows a step; it stands where it stood again afterwards.
    canvas
        What is pictured.
    steps
        The steps to show.
    """

    _wanted = Signal()

    def __init__(
        self, player: Player, canvas: Canvas, steps: Sequence[int], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._player, self._canvas = player, canvas
        self._steps = list(steps)
        self._before = player.step
        self._next = 0
        self._frames: queue.Queue[Frame | None] = queue.Queue(WAITING)
        self._is_stopped = False
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._make)
        self._wanted.connect(self._start)

    def frames(self) -> Iterator[Frame]:
        """Yield the pictures; called on the thread that writes them.

        Raises
        ------
        StorageError
            Where somebody has stopped it.
        """
        self._wanted.emit()
        while (frame := self._frames.get()) is not None:
            yield frame
        if self._is_stopped:
            raise StorageError("The animation was stopped; nothing is left of it.")

    def stop(self) -> None:
        """End early."""
        self._is_stopped = True
        self._finish()

    @Slot()
    def _start(self) -> None:
        if self._is_stopped:
            return
        self._player.pause()
        self._before = self._player.step
        self._timer.start()

    @Slot()
    def _make(self) -> None:
        if self._frames.full():
            return
        if self._next == len(self._steps):
            self._finish()
            return
        self._player.seek(self._steps[self._next])
        self._next += 1
        self._canvas.paint_now()
        self._frames.put(pixels_of(self._canvas))

    def _finish(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._player.seek(self._before)
        while self._is_stopped and not self._frames.empty():
            self._frames.get()
        self._frames.put(None)


def pixels_of(canvas: Canvas) -> Frame:
    """Return what a canvas shows, shape (height, width, 3)."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8)[: image.sizeInBytes()]
    padded = rows.reshape(image.height(), image.bytesPerLine())
    return padded[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
