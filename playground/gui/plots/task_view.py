"""The task itself: what the model has learned so far, in the form that suits the data."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject

from playground.gui.plots.canvas import Plot
from playground.gui.plots.confusion_picture import ConfusionPicture
from playground.gui.plots.curve_picture import CurvePicture
from playground.gui.plots.dock import PlotDock
from playground.gui.plots.picture import Picture
from playground.gui.plots.plane_picture import PlaneOptions, PlanePicture
from playground.gui.plots.scatter_picture import ScatterPicture
from playground.gui.plots.text_picture import TextPicture
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import Theme
from playground.training.snapshots import Snapshot
from playground.training.views import (
    ConfusionView,
    CurveView,
    PlaneView,
    ScatterView,
    TaskView,
    TextView,
)

_WAITING = "What the model says appears here once the data is loaded."


class TaskDock(PlotDock):
    """Shows decision regions, a fitted curve, a confusion matrix, predictions or texts."""

    period_s = 1 / 11

    def __init__(self, session: Session) -> None:
        super().__init__(session, "task_view", "Model and data")
        self.options = PlaneOptions()
        self.picture: Picture | None = None
        self._placeholder = self.canvas.add_plot(Plot(), 0)
        self._placeholder.show_message(_WAITING)
        self._run: Run | None = None
        self._view: TaskView | None = None
        add = self.header.add_toggle
        self.validation = add(
            "Validation", "Show the validation points, hollow", self._on_toggled, on=True
        )
        self.mistakes = add(
            "Mistakes",
            "Ring the points whose class the drawn regions get wrong",
            self._on_toggled,
        )
        self.discrete = add(
            "Discretise", "Show the decision instead of its confidence", self._on_toggled
        )
        self._show_controls()
        self.canvas.installEventFilter(self)
        self.subscribe(frozenset({"task"}))

    def start_run(self, run: Run) -> None:
        """Forget the run before; its picture stays until there is another."""
        self._view = None

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw what the model says."""
        view = snapshot.task
        if view is None or view is self._view:
            return
        if self._run is not run or self.picture is None:
            self._choose(run, view)
        assert self.picture is not None
        is_first = self._view is None
        self._view = view
        self.picture.show(view)
        if is_first:
            self.picture.resize()

    def redraw(self, snapshot: Snapshot) -> None:
        """Show a moment, painted before returning, unless it is shown already."""
        if snapshot.task is not self._view:
            super().redraw(snapshot)

    def _choose(self, run: Run, view: TaskView) -> None:
        """Put the picture that suits the view on an empty canvas."""
        self.canvas.ci.clear()
        self.canvas.ci.layout.setContentsMargins(0, 0, 0, 0)
        for column, stretch in ((0, 1), (1, 0)):
            self.canvas.ci.layout.setColumnStretchFactor(column, stretch)
        self._run = run
        match view:
            case PlaneView():
                self.picture = PlanePicture(self.canvas, run, self.options)
            case CurveView():
                self.picture = CurvePicture(self.canvas, run)
            case ConfusionView():
                self.picture = ConfusionPicture(self.canvas, run)
                self.picture.mistakes.pointed_at.connect(self.session.look_at)
            case ScatterView():
                self.picture = ScatterPicture(self.canvas, run)
            case TextView():
                self.picture = TextPicture(self.canvas, run)
        self._show_controls()

    def _show_controls(self) -> None:
        has_points = self.picture is not None and self.picture.has_points
        has_classes = self._run is not None and self._run.prepared.table.n_classes > 0
        self.validation.setVisible(has_points)
        self.mistakes.setVisible(has_points and has_classes)
        self.discrete.setVisible(has_points)

    def _on_toggled(self, _on: bool) -> None:
        self.options.validation = self.validation.isChecked()
        self.options.mistakes = self.mistakes.isChecked()
        self.options.discrete = self.discrete.isChecked()
        if self.picture is not None and self._view is not None:
            self.picture.show(self._view)

    def restyle(self, theme: Theme) -> None:
        """Give the picture a theme's colours."""
        if self.picture is not None:
            self.picture.restyle(theme)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lay the picture out anew when there is more or less room."""
        if (
            watched is self.canvas
            and event.type() == QEvent.Type.Resize
            and self.picture is not None
        ):
            self.picture.resize()
        return super().eventFilter(watched, event)
