"""What the plots of a training run share: a dock that follows the session while it is seen."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Slot

from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.run import Run
from playground.gui.session import Session
from playground.training.control import Subscription
from playground.training.snapshots import Snapshot


class PlotDock(CanvasDock):
    """A plot of a run in a dock.

    Attributes
    ----------
    period_s
        Least time between two pictures while training runs.
    wanted
        The diagnostics that it shows; the trainer makes them only while the dock is visible.
    """

    period_s: ClassVar[float] = 1 / 30

    def __init__(self, session: Session, name: str, title: str) -> None:
        super().__init__(name, title)
        self.session = session
        self.wanted: frozenset[Subscription] = frozenset()
        session.run_started.connect(self._on_run_started)
        session.runs_cleared.connect(self.refresh)

    @property
    def is_running(self) -> bool:
        """Whether training goes on, so that the picture has to be cheap."""
        return self.session.state == "running" and not self._is_exporting

    def redraw(self, snapshot: Snapshot) -> None:
        """Show a moment, painted before returning."""
        if self.session.run is None:
            return
        self.show_run(self.session.run, snapshot)
        self.canvas.paint_now()

    @Slot()
    def refresh(self) -> None:
        """Draw the present moment again, after a control has changed what is shown."""
        run, snapshot = self.session.run, self.session.snapshot
        if self._is_shown and run is not None and snapshot is not None:
            self.show_run(run, snapshot)

    def subscribe(self, wanted: frozenset[Subscription]) -> None:
        """Say which diagnostics it shows from now on."""
        self.wanted = wanted
        if self._is_shown:
            self.session.subscribe(self, wanted)

    # --- for each kind of plot ------------------------------------------------------------------

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Put a moment of a run into the items."""
        raise NotImplementedError

    def start_run(self, run: Run) -> None:
        """Forget the run before."""

    # --------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_visibility_changed(self, visible: bool) -> None:
        self.session.subscribe(self, self.wanted if visible else frozenset())
        super()._on_visibility_changed(visible)

    @Slot(object)
    def _on_run_started(self, run: Run) -> None:
        self.start_run(run)
