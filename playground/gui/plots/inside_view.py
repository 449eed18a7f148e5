"""Inside the model: what becomes of one sample on its way through."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QFrame, QScrollArea

from playground.gui.plots.attention_picture import AttentionPicture
from playground.gui.plots.canvas import Plot
from playground.gui.plots.dock import PlotDock
from playground.gui.plots.maps_picture import MapsPicture
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme
from playground.training.snapshots import Snapshot
from playground.training.views import AttentionView, MapsView, ModelView

_WAITING = "What happens inside the model appears here once the data is loaded."
_OPAQUE = (
    "This model has no picture of its own.\n"
    "A convolutional network shows its filters and feature maps here, a transformer its attention."
)


class InsideDock(PlotDock):
    """Filters and feature maps of a picture, or the attention over a text."""

    period_s = 1 / 11

    def __init__(self, session: Session) -> None:
        super().__init__(session, "inside_view", "Inside the model")
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self.canvas)
        self._scroll.installEventFilter(self)
        self.setWidget(self._scroll)
        self.maps = MapsPicture()
        self.attention = AttentionPicture()
        self._placeholder = Plot()
        self._placeholder.show_message(_WAITING)
        self._item: MapsPicture | AttentionPicture | Plot = self._placeholder
        self.canvas.add_plot(self._placeholder, 0)
        self._view: ModelView | None = None
        add = self.header.add_button
        self.earlier = add(
            "Sample before", "Look at the sample before", self._look_before, icon="caret-left"
        )
        self.later = add(
            "Next sample", "Look at the next sample", self._look_after, icon="caret-right"
        )
        self.restyle(current_theme())
        self._show_controls()
        self.subscribe(frozenset({"model"}))

    @property
    def item(self) -> MapsPicture | AttentionPicture | Plot:
        """What is on the canvas now."""
        return self._item

    def start_run(self, run: Run) -> None:
        """Forget the run before; its picture stays until there is another."""
        self._view = None

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw the sample as the model sees it now."""
        view = snapshot.model
        if view is None or view is self._view:
            return
        self._view = view
        match view:
            case MapsView():
                self._put(self.maps)
                self.maps.show_sample(run, view)
            case AttentionView():
                self._put(self.attention)
                self.attention.show_sample(view)
            case _:
                self._placeholder.show_message(_OPAQUE)
                self._put(self._placeholder)
        self._show_controls()
        self._make_room()

    def redraw(self, snapshot: Snapshot) -> None:
        """Show a moment, painted before returning, unless it is shown already."""
        if snapshot.model is not self._view:
            super().redraw(snapshot)

    def restyle(self, theme: Theme) -> None:
        """Take on the plots' font; colours are asked for when painting."""
        for picture in (self.maps, self.attention):
            picture.set_font(self.canvas.plot_font())
        self._make_room()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lay the picture out anew when there is more or less room."""
        if watched is self._scroll and event.type() == QEvent.Type.Resize:
            self._make_room()
        return super().eventFilter(watched, event)

    def _put(self, item: MapsPicture | AttentionPicture | Plot) -> None:
        if item is not self._item:
            self.canvas.ci.removeItem(self._item)
            self.canvas.ci.addItem(item, 0, 0)
            self._item = item

    def _make_room(self) -> None:
        """Let the canvas scroll where its content needs more room than there is."""
        height = 90.0
        if self._item is self.maps:
            height = max(height, self.maps.least_height(self._scroll.viewport().width()))
        self.canvas.setMinimumSize(120, ceil(height))

    def _show_controls(self) -> None:
        has_sample = isinstance(self._view, MapsView | AttentionView)
        for action in (self.earlier, self.later):
            action.setVisible(has_sample)

    def _look_before(self) -> None:
        self._look(-1)

    def _look_after(self) -> None:
        self._look(1)

    def _look(self, by: int) -> None:
        view, run = self._view, self.session.run
        if run is None or not isinstance(view, MapsView | AttentionView):
            return
        rows = run.prepared.part(view.part).rows
        index = int(np.flatnonzero(rows == view.row)[0])
        self.session.look_at(int(rows[(index + by) % len(rows)]))
