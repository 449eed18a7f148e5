"""The toolbar of the derivative workspace."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QTabBar, QToolBar, QToolButton, QWidget

from playground.gui.actions import Actions
from playground.gui.icons import set_icon
from playground.gui.labs.derivative.page import Page
from playground.gui.theme import scaled, theme_signals


class DerivativeToolbar(QToolBar):
    """Buttons for the shared actions, and the tabs of the pages."""

    def __init__(
        self, actions: Actions, undoing: Sequence[QAction], pages: Sequence[type[Page]]
    ) -> None:
        super().__init__("Toolbar")
        self.setObjectName("toolbar")
        self.play = QToolButton(self)
        self.play.setObjectName("primary")
        self.play.setDefaultAction(actions["play"])
        self.play.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addWidget(self.play)
        for name in ("step_back", "step", "reset"):
            self.addAction(actions[name])
        self.addSeparator()
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("Pages")
        for kind in pages:
            self.tabs.setTabToolTip(self.tabs.addTab(kind.TITLE), kind.HELP)
        self.addWidget(self.tabs).setVisible(len(pages) > 1)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.addActions(list(undoing))
        for name in ("open", "save", "export", "theme"):
            self.addAction(actions[name])
        for action, icon in zip(undoing, ("arrow-u-up-left", "arrow-u-up-right"), strict=True):
            set_icon(action, icon)
        theme_signals.changed.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        self.setIconSize(QSize(scaled(18), scaled(18)))
        self.play.setFixedWidth(self.play.fontMetrics().horizontalAdvance("Pause") + scaled(60))
