"""The plots as docks: their first places, tabs, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from playground.gui.memory import LAYOUT_VERSION
from playground.gui.plots import PlotDock

GRID = ("loss_curves", "gradient_norms", "task_view", "histograms")
"""Object names of the plots in the first layout: left column, then right column."""

_BEHIND = {"inside_view": "histograms"}
"""Plots that are tabs behind another one than the task: the task's samples can be chosen."""

_SHARES = {"columns": (52, 48), "rows": (56, 44)}
"""Widths of the left and right column, heights of the upper and lower row, in percent."""


class DockArea(QMainWindow):
    """Holds the plots in two columns of two, further ones in tabs behind the task.

    Curves and norms are left, task and histograms right.
    """

    def __init__(self, docks: Sequence[PlotDock], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Widget)
        self.docks = tuple(docks)
        self._named = {dock.objectName(): dock for dock in docks}
        self.setDockNestingEnabled(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        for area in (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.TopDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        ):
            self.setTabPosition(area, QTabWidget.TabPosition.North)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        for dock, neighbour, side in self._places():
            if neighbour is None:
                self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
            else:
                self.splitDockWidget(neighbour, dock, side)
        for dock in docks:
            dock.toggleViewAction().triggered.connect(self._on_toggled)
        self._tabify()
        # Qt leaves a removed dock's place open for it, so that adding it again changes nothing.
        self._first = self.saveState(LAYOUT_VERSION)

    def arrange(self) -> None:
        """Put every plot to its first place and show it."""
        self.restoreState(self._first, LAYOUT_VERSION)
        for dock in self.docks:
            dock.show()
        self.share()

    def share(self) -> None:
        """Give columns and rows their shares of the room."""
        if not self._has_grid():
            return
        curves, norms, task, histograms = (self._named[name] for name in GRID)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([curves, task], [n * 10 for n in _SHARES["columns"]], horizontal)
        for pair in ([curves, norms], [task, histograms]):
            self.resizeDocks(pair, [n * 10 for n in _SHARES["rows"]], vertical)

    def toggles(self) -> list[QAction]:
        """Return one checkable action a plot, for the View menu."""
        return [dock.toggleViewAction() for dock in self.docks]

    @Slot(bool)
    def _on_toggled(self, is_on: bool) -> None:
        """Bring a plot that comes back before the other tabs."""
        for dock in self.docks:
            if is_on and dock.toggleViewAction() is self.sender():
                dock.raise_()

    def remember(self) -> QByteArray:
        """Return the present layout."""
        return self.saveState(LAYOUT_VERSION)

    def recall(self, state: QByteArray) -> bool:
        """Restore a layout; False when it is of another version."""
        return self.restoreState(state, LAYOUT_VERSION)

    def _tabify(self) -> None:
        if not self._has_grid():
            return
        for name, dock in self._named.items():
            if name not in GRID:
                self.tabifyDockWidget(self._named[_BEHIND.get(name, "task_view")], dock)
        for name in GRID:
            self._named[name].raise_()

    def _has_grid(self) -> bool:
        return set(GRID) <= set(self._named)

    def _places(self) -> list[tuple[QDockWidget, QDockWidget | None, Qt.Orientation]]:
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        if not self._has_grid():
            return [(dock, None, vertical) for dock in self.docks]
        curves, norms, task, histograms = (self._named[name] for name in GRID)
        return [
            (curves, None, vertical),
            (task, curves, horizontal),
            (norms, curves, vertical),
            (histograms, task, vertical),
        ]
