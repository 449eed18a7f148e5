"""The plots as docks: their first places, tabs, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PySide6.QtCore import QByteArray, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from playground.gui.memory import LAYOUT_VERSION
from playground.gui.plots.view_dock import ViewDock


@dataclass(frozen=True)
class Arrangement:
    """The first places of docks, by their object names.

    Attributes
    ----------
    columns
        From left to right, each from top to bottom.
    behind
        Docks that are tabs behind another one.
    otherwise
        Behind which one all others are tabs.
    widths
        Of the columns, in percent.
    heights
        Of each column's rows, in percent.
    """

    columns: tuple[tuple[str, ...], ...]
    otherwise: str
    widths: tuple[int, ...]
    heights: tuple[tuple[int, ...], ...]
    behind: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> set[str]:
        """Return all docks that have a place of their own."""
        return {name for column in self.columns for name in column}


class DockArea(QMainWindow):
    """Holds plots in columns, further ones in tabs behind them."""

    def __init__(
        self, docks: Sequence[ViewDock], arrangement: Arrangement, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Widget)
        self._arrangement = arrangement
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
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        columns = self._columns()
        widths, heights = self._arrangement.widths, self._arrangement.heights
        self.resizeDocks([column[0] for column in columns], [n * 10 for n in widths], horizontal)
        for column, rows in zip(columns, heights, strict=True):
            self.resizeDocks(column, [n * 10 for n in rows], vertical)

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
        places, behind = self._arrangement.names(), self._arrangement.behind
        for name, dock in self._named.items():
            if name not in places:
                home = self._named[behind.get(name, self._arrangement.otherwise)]
                self.tabifyDockWidget(home, dock)
        for name in places:
            self._named[name].raise_()

    def _has_grid(self) -> bool:
        return self._arrangement.names() <= set(self._named)

    def _columns(self) -> list[list[QDockWidget]]:
        return [[self._named[name] for name in column] for column in self._arrangement.columns]

    def _places(self) -> list[tuple[QDockWidget, QDockWidget | None, Qt.Orientation]]:
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        if not self._has_grid():
            return [(dock, None, vertical) for dock in self.docks]
        columns = self._columns()
        tops: list[QDockWidget | None] = [None, *(column[0] for column in columns)]
        places = [
            (column[0], left, horizontal) for column, left in zip(columns, tops, strict=False)
        ]
        for column in columns:
            places += [(below, above, vertical) for above, below in pairwise(column)]
        return places
