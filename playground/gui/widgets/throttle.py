"""Passing on a fast stream of values at most once a frame."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Throttle(QObject):
    """Emits the first value at once, then at most one every ``period_ms``; the last one always."""

    passed = Signal(object)

    def __init__(self, period_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: list[object] = []
        self._timer = QTimer(self, singleShot=True, interval=period_ms)
        self._timer.timeout.connect(self.flush)

    def push(self, value: object) -> None:
        """Take a value in; one that still waits is dropped."""
        self._waiting = [value]
        if not self._timer.isActive():
            self.flush()

    @Slot()
    def flush(self) -> None:
        """Emit the value that waits, if there is one."""
        if self._waiting:
            self._timer.start()
            self.passed.emit(self._waiting.pop())

    def drop(self) -> None:
        """Forget the value that waits."""
        self._waiting.clear()
