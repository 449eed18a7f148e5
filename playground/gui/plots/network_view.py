"""The network itself: neurons with what they compute, weights that can be edited; or layers."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from playground.errors import SpecError
from playground.gui.plots.canvas import Plot
from playground.gui.plots.dock import PlotDock
from playground.gui.plots.formats import count
from playground.gui.plots.layer_boxes import LayerBoxes
from playground.gui.plots.network_item import NetworkItem
from playground.gui.plots.network_scene import Labels, Target
from playground.gui.plots.value_box import DRAG_FROM, ValueBox, dragged
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme
from playground.gui.widgets.throttle import Throttle
from playground.models.mlp import MultilayerPerceptron
from playground.training.snapshots import Snapshot
from playground.training.views import NetworkView, NeuronsView

FRAME_MS = 16


@dataclass
class Press:
    """A press of the mouse on a weight or bias, and the value that it had then."""

    target: Target
    y: float
    value: float
    is_drag: bool = False


class NetworkDock(PlotDock):
    """Draws a perceptron's neurons and weights, the layers of other models as boxes.

    A weight or bias is explained under the mouse, dragged up and down, or typed after a click.
    """

    period_s = 1 / 11

    def __init__(self, session: Session) -> None:
        super().__init__(session, "network_view", "Network")
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self.canvas)
        self.setWidget(self._scroll)
        self.network = NetworkItem()
        self.boxes = LayerBoxes()
        self._placeholder = Plot()
        self._placeholder.show_message("The network appears here once the data is loaded.")
        self._item: NetworkItem | LayerBoxes | Plot = self._placeholder
        self.canvas.add_plot(self._placeholder, 0)
        self._view: NetworkView | None = None
        self._labels: tuple[Run, Labels] | None = None
        self._press: Press | None = None
        self._path = ""
        self._throttle = Throttle(FRAME_MS, self)
        self._throttle.passed.connect(self._edit)
        self.editor = ValueBox(self.canvas)
        self.editor.edited.connect(self._on_typed)
        self._scroll.installEventFilter(self)
        self.canvas.viewport().setMouseTracking(True)
        self.canvas.viewport().installEventFilter(self)
        self.restyle(current_theme())
        self.subscribe(frozenset({"network"}))

    @property
    def item(self) -> NetworkItem | LayerBoxes | Plot:
        """What is on the canvas now."""
        return self._item

    def start_run(self, run: Run) -> None:
        """Forget the run before; its picture stays until there is another."""
        self._view = None
        self._press = None
        self.editor.hide()

    def show_run(self, run: Run, snapshot: Snapshot) -> None:
        """Draw the network as it is."""
        view = snapshot.network
        if view is None or view is self._view:
            return
        self._view = view
        if isinstance(view, NeuronsView):
            self._put(self.network)
            self.network.show_view(view, self._labels_of(run, view))
        else:
            self._put(self.boxes)
            self.boxes.show_view(view)
        self._make_room()

    def redraw(self, snapshot: Snapshot) -> None:
        """Show a moment, painted before returning, unless it is shown already."""
        if snapshot.network is not self._view:
            super().redraw(snapshot)

    def restyle(self, theme: Theme) -> None:
        """Give the picture a theme's colours."""
        font = self.canvas.plot_font()
        self.network.restyle(font)
        self.boxes.restyle(font)
        self._make_room()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse over the network, and the room there is for it."""
        if watched is self._scroll and event.type() == QEvent.Type.Resize:
            self._make_room()
        elif self._item is self.network and watched is self.canvas.viewport():
            if event.type() == QEvent.Type.Leave:
                self.network.light_up(None)
            elif isinstance(event, QMouseEvent):
                return self._on_mouse(event)
        return super().eventFilter(watched, event)

    def _labels_of(self, run: Run, view: NeuronsView) -> Labels:
        if self._labels is None or self._labels[0] is not run:
            self._labels = run, labels_of(run, view)
        return self._labels[1]

    def _put(self, item: NetworkItem | LayerBoxes) -> None:
        if item is not self._item:
            self.canvas.ci.removeItem(self._item)
            self.canvas.ci.addItem(item, 0, 0)
            self._item = item

    def _make_room(self) -> None:
        """Let the canvas scroll where its content needs more room than there is."""
        width, height = 120.0, 90.0
        if self._item is self.network:
            width = max(width, self.network.least_width())
        elif self._item is self.boxes:
            width = max(width, self.boxes.least_width())
            height = max(height, self.boxes.least_height(self._scroll.viewport().width()))
        self.canvas.setMinimumSize(ceil(width), ceil(height))

    # --- the mouse ------------------------------------------------------------------------------

    def _on_mouse(self, event: QMouseEvent) -> bool:
        """Follow the mouse; return whether the event ends here."""
        position = self.network.mapFromScene(self.canvas.mapToScene(event.position().toPoint()))
        match event.type():
            case QEvent.Type.MouseMove:
                self._on_moved(position)
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                return self._on_pressed(position)
            case QEvent.Type.MouseButtonRelease if self._press is not None:
                self._on_released(event)
                return True
        return self._press is not None

    def _on_moved(self, position: QPointF) -> None:
        press = self._press
        if press is None:
            target = self.network.target_at(position)
            self.network.light_up(target)
            editable = target is not None and target.kind != "neuron"
            shape = Qt.CursorShape.PointingHandCursor if editable else Qt.CursorShape.ArrowCursor
            self.canvas.viewport().setCursor(shape)
            return
        pixels_up = press.y - position.y()
        press.is_drag = press.is_drag or abs(pixels_up) >= DRAG_FROM
        if press.is_drag:
            value = dragged(press.value, pixels_up)
            self.network.light_up(press.target, value)
            self._throttle.push(value)

    def _on_pressed(self, position: QPointF) -> bool:
        target, scene = self.network.target_at(position), self.network.scene_
        if target is None or target.kind == "neuron" or scene is None:
            self.editor.hide()
            return False
        self._throttle.flush()
        self._path = scene.path_of(target)
        self._press = Press(target, position.y(), scene.value_of(target))
        return True

    def _on_released(self, event: QMouseEvent) -> None:
        press, self._press = self._press, None
        assert press is not None
        self._throttle.flush()
        scene = self.network.scene_
        if not press.is_drag and scene is not None:
            title, value = scene.title_of(press.target), scene.value_of(press.target)
            self.network.light_up(None)
            self.editor.open_at(event.position().toPoint(), title, value)

    # --- edits ----------------------------------------------------------------------------------

    @Slot(object)
    def _edit(self, value: object) -> None:
        try:
            self.session.set(self._path, value)
        except SpecError as error:
            self.session.failed.emit(str(error))

    @Slot(float)
    def _on_typed(self, value: float) -> None:
        self._throttle.push(value)


def labels_of(run: Run, view: NeuronsView) -> Labels:
    """Return the names of a perceptron's columns, inputs and outputs."""
    model, table = run.experiment.model, run.prepared.table
    assert isinstance(model, MultilayerPerceptron)
    activations = ["", *(layer.activation for layer in model.hidden), model.output_activation]
    columns = tuple(
        (column.name, " · ".join(filter(None, (count(column.size), said.replace("_", " ")))))
        for column, said in zip(view.columns, activations, strict=True)
    )
    n_outputs = view.columns[-1].size
    outputs = table.class_names if len(table.class_names) == n_outputs else (table.target_name,)
    return Labels(columns, run.prepared.feature_names, outputs)
