"""The toolbar of the derivative workspace."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QTabBar

from playground.gui.actions import Actions
from playground.gui.icons import set_icon
from playground.gui.labs.derivative.page import Page
from playground.gui.workspaces.toolbar import WorkspaceToolbar


class _Tabs(QTabBar):
    """Tabs that are never cut short: in a narrow window buttons give way."""

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class DerivativeToolbar(WorkspaceToolbar):
    """Buttons for the shared actions, and the tabs of the pages."""

    def __init__(
        self, actions: Actions, undoing: Sequence[QAction], pages: Sequence[type[Page]]
    ) -> None:
        super().__init__(actions)
        self.add_buttons("step_back", "step", "reset")
        self.addSeparator()
        self.tabs = _Tabs(self)
        self.tabs.setAccessibleName("Pages")
        self.tabs.setUsesScrollButtons(False)
        for kind in pages:
            self.tabs.setTabToolTip(self.tabs.addTab(kind.TITLE), kind.HELP)
        self.addWidget(self.tabs).setVisible(len(pages) > 1)
        self.add_space()
        self.addActions(list(undoing))
        self.add_buttons("open", "save", "export", "theme")
        for action, icon in zip(undoing, ("arrow-u-up-left", "arrow-u-up-right"), strict=True):
            set_icon(action, icon)
