"""The surface that plots are drawn on: themed, panned and zoomed by mouse, painted on demand."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QApplication, QGraphicsGridLayout, QSizePolicy

from playground.gui.plots.axes import OVERHANG, Axis
from playground.gui.plots.overlay import Overlay
from playground.gui.plots.ranges import Range
from playground.gui.theme import Theme, current_theme, theme_signals


class View(pg.ViewBox):
    """Left drag pans, wheel and right drag zoom, a double click shows everything again."""

    double_clicked = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0)
        self.disableAutoRange()

    def mouseClickEvent(self, event: Any) -> None:
        """Take double clicks."""
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.double_clicked.emit()


class Plot(pg.GraphicsWidget):
    """A view between a left and a bottom axis, with an overlay.

    ``pg.PlotItem`` would build a hidden form of some hundred widgets for each plot.

    Attributes
    ----------
    following
        Whether the axes follow the data; panning, zooming and freezing end it.
    """

    following_changed = Signal(bool)
    cursor_moved = Signal()

    def __init__(self, x_label: str = "", y_label: str = "", *, has_grid: bool = True) -> None:
        super().__init__()
        self.view = View()
        self.x_axis = Axis("bottom", x_label, has_grid=has_grid)
        self.y_axis = Axis("left", y_label, has_grid=has_grid)
        self.overlay = Overlay(self.view)
        self.following = True
        self.cursor: QPointF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QGraphicsGridLayout()
        layout.setContentsMargins(4, 8, OVERHANG, 4)
        layout.setSpacing(0)
        layout.addItem(self.y_axis, 0, 0)
        layout.addItem(self.view, 0, 1)
        layout.addItem(self.x_axis, 1, 1)
        self.setLayout(layout)
        for axis in (self.x_axis, self.y_axis):
            axis.linkToView(self.view)
            axis.setZValue(-1000)
        self.view.double_clicked.connect(self.follow)
        self.view.sigRangeChangedManually.connect(self._on_moved_by_hand)

    def follow(self) -> None:
        """Let the axes follow the data."""
        self.set_following(True)

    def set_following(self, following: bool) -> None:
        """Let the axes follow the data, or leave them as they are."""
        if following != self.following:
            self.following = following
            self.following_changed.emit(following)

    def set_log(self, *, x: bool | None = None, y: bool | None = None) -> None:
        """Say which axes count decimal logarithms; None leaves one as it is."""
        if x is not None:
            self.x_axis.setLogMode(x=x)
        if y is not None:
            self.y_axis.setLogMode(y=y)

    def show_range(self, x: Range | None = None, y: Range | None = None) -> None:
        """Move the axes there, if they follow the data."""
        if not self.following:
            return
        shown = self.view.state["viewRange"]
        if x is not None and tuple(shown[0]) != x:
            self.view.setXRange(*x, padding=0)
        if y is not None and tuple(shown[1]) != y:
            self.view.setYRange(*y, padding=0)

    def show_message(self, message: str) -> None:
        """Say why there is nothing to see instead of drawing empty axes; "" draws again."""
        self.overlay.message = message
        for axis in (self.x_axis, self.y_axis):
            axis.setOpacity(0.0 if message else 1.0)
        self.view.childGroup.setVisible(not message)
        self.overlay.update()

    def add(self, item: Any) -> Any:
        """Put an item into the view and return it."""
        self.view.addItem(item, ignoreBounds=True)
        return item

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        for axis in (self.x_axis, self.y_axis):
            axis.restyle(theme, font)
        self.overlay.restyle(theme, font)

    def hover(self, scene_position: QPointF | None) -> None:
        """Move the crosshair; None takes it away."""
        cursor = None
        if scene_position is not None and self.view.sceneBoundingRect().contains(scene_position):
            cursor = self.view.mapSceneToView(scene_position)
        if cursor is None and self.cursor is None:
            return
        self.cursor = cursor
        self.overlay.cursor = None if cursor is None else cursor.x()
        self.cursor_moved.emit()
        self.overlay.update()

    def _on_moved_by_hand(self) -> None:
        self.set_following(False)


class Canvas(pg.GraphicsLayoutWidget):
    """A themed surface for one or more plots."""

    restyled = Signal(object)
    autoscale_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ci.setContentsMargins(0, 0, 0, 0)
        self.ci.setSpacing(0)
        self.setMinimumSize(120, 90)
        self.ci.geometryChanged.connect(self._fill)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        theme_signals.changed.connect(self.restyle)
        self.restyle(current_theme())

    def add_plot(self, plot: Plot, row: int, column: int = 0) -> Plot:
        """Lay out a plot and return it."""
        self.ci.addItem(plot, row, column)
        plot.restyle(current_theme(), self.plot_font())
        return plot

    def plots(self) -> list[Plot]:
        """Return the plots on this surface."""
        return [item for item in self.ci.items if isinstance(item, Plot)]

    def _fill(self) -> None:
        # Qt shrinks the outermost widget to its content when items are replaced.
        size = self.ci.size()
        if size.width() < self.range.width() or size.height() < self.range.height():
            self.ci.setGeometry(self.range)

    def restyle(self, theme: Theme) -> None:
        """Take on a theme's colours."""
        self.setBackground(theme.plot_background)
        for plot in self.plots():
            plot.restyle(theme, self.plot_font())
        self.restyled.emit(theme)

    @staticmethod
    def plot_font() -> QFont:
        """Return the font of axes and legends: a little smaller than that of controls."""
        font = QFont(QApplication.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def paint_now(self) -> None:
        """Paint what has changed before returning."""
        # A moved axis moves its items only when it is painted, which would ask for a second paint.
        self.scene().prepareForPaint()
        # The scene collects changes until this call reaches it; then the view paints at once.
        # A repaint() of the viewport would leave the call in the queue and be painted twice.
        QCoreApplication.sendPostedEvents(self.scene(), QEvent.Type.MetaCall)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show everything again on A."""
        if event.key() == Qt.Key.Key_A and not event.modifiers():
            self.autoscale_asked.emit()
        else:
            # Not to the view: keys belong to the window.
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the crosshair away."""
        for plot in self.plots():
            plot.hover(None)
        super().leaveEvent(event)

    def _on_mouse_moved(self, position: QPointF) -> None:
        for plot in self.plots():
            plot.hover(position)
