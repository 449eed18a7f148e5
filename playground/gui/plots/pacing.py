"""Which plots are painted in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from PySide6.QtCore import QObject, Slot

from playground.gui.plots.dock import PlotDock
from playground.gui.session import Session
from playground.training.snapshots import Snapshot

BUDGET_S = 0.005
"""Painting time a frame while training runs; the rest of a frame belongs to the trainer."""

SLACK_S = 0.004
"""Frames come every 15 ms, give or take: a plot that is nearly due need not wait for another."""

LATE = 1.25
"""Periods after which a plot shares a frame with another.

Until then it has the next frame to itself: frames that cost about the same come evenly.
"""


class Pacer(QObject):
    """Paints the plots that are due, the most overdue first, as far as a frame's time allows.

    On a slow machine plots are painted less often, but frames keep coming.
    """

    def __init__(self, session: Session, docks: Sequence[PlotDock], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._docks = docks
        self._painted_at_s = dict.fromkeys(docks, 0.0)
        self._cost_s = dict.fromkeys(docks, 0.0)
        session.frame.connect(self._on_frame)

    @Slot(object)
    def _on_frame(self, snapshot: Snapshot) -> None:
        start = perf_counter()
        shown = [dock for dock in self._docks if dock.is_shown]
        if self._session.state == "running":
            shown = self._due(shown, start)
        for dock in shown:
            before = perf_counter()
            dock.redraw(snapshot)
            after = perf_counter()
            self._painted_at_s[dock] = start
            self._cost_s[dock] += 0.2 * (after - before - self._cost_s[dock])

    def _due(self, docks: list[PlotDock], now_s: float) -> list[PlotDock]:
        def lateness(dock: PlotDock) -> float:
            return (now_s - self._painted_at_s[dock] + SLACK_S) / dock.period_s

        due: list[PlotDock] = []
        left_s = BUDGET_S
        for dock in sorted(docks, key=lateness, reverse=True):
            if lateness(dock) < (LATE if due else 1.0) or (due and self._cost_s[dock] > left_s):
                continue
            due.append(dock)
            left_s -= self._cost_s[dock]
        return due
