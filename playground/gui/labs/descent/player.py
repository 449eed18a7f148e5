"""The clock of a race: play, pause, step forward and back, scrub, speed."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

FRAME_MS = 15
"""A little under a display's 16.7 ms; see the session's frame timer."""

LONGEST_FRAME_S = 0.1
"""A window that was busy for longer does not make the race jump."""


class Player(QObject):
    """Says which step is shown; paths are computed elsewhere, and only looked up by it.

    Attributes
    ----------
    step
        The step in sight.
    position
        The same with the fraction of the next step that has passed; a whole number at rest.
    last
        The last step there is.
    steps_per_s
        How fast playing goes on.
    """

    moved = Signal(int)
    glided = Signal()
    """The position is another one, within the same step."""
    playing_changed = Signal(bool)
    last_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.step = 0
        self.position = 0.0
        self.last = 0
        self.steps_per_s = 60.0
        self._then_s = 0.0
        self._timer = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_frame)

    @property
    def is_playing(self) -> bool:
        """Whether the race goes on by itself."""
        return self._timer.isActive()

    def set_last(self, last: int) -> None:
        """Say how many steps there are; the step in sight stays where it can."""
        if last != self.last:
            self.last = last
            self.last_changed.emit(last)
        if self.step > last:
            self.seek(last)

    @Slot()
    def play(self) -> None:
        """Go on; from the start where the end was reached."""
        if self.step >= self.last:
            self.seek(0)
        if not self.is_playing and self.last:
            self._then_s = perf_counter()
            self._timer.start()
            self.playing_changed.emit(True)

    @Slot()
    def pause(self) -> None:
        """Stand still, at the step in sight."""
        if self.is_playing:
            self._timer.stop()
            self._show(float(self.step))
            self.playing_changed.emit(False)

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    @Slot()
    def forward(self) -> None:
        """Show the next step; pauses."""
        self.pause()
        self.seek(self.step + 1)

    @Slot()
    def back(self) -> None:
        """Show the step before; pauses."""
        self.pause()
        self.seek(self.step - 1)

    @Slot()
    def rewind(self) -> None:
        """Show the start; pauses."""
        self.pause()
        self.seek(0)

    @Slot(int)
    def seek(self, step: int) -> None:
        """Show a step, or the nearest that there is."""
        self._show(float(min(max(step, 0), self.last)))

    def _show(self, position: float) -> None:
        if position == self.position:
            return
        self.position = position
        step = int(position)
        if step != self.step:
            self.step = step
            self.moved.emit(step)
        else:
            self.glided.emit()

    @Slot()
    def _on_frame(self) -> None:
        now_s = perf_counter()
        passed_s, self._then_s = min(now_s - self._then_s, LONGEST_FRAME_S), now_s
        self._show(min(self.position + passed_s * self.steps_per_s, float(self.last)))
        if self.step >= self.last:
            self.pause()
