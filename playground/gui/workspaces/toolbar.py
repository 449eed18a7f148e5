"""What the toolbars of all workspaces have in common."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from playground.gui.actions import Actions
from playground.gui.icons import set_icon
from playground.gui.theme import scaled, theme_signals


class WorkspaceToolbar(QToolBar):
    """Buttons for the shared actions, play as the first of them with its name beside it."""

    def __init__(self, actions: Actions) -> None:
        super().__init__("Toolbar")
        self.setObjectName("toolbar")
        self._actions = actions
        self.play = QToolButton(self)
        self.play.setObjectName("primary")
        self.play.setDefaultAction(actions["play"])
        self.play.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addWidget(self.play)
        theme_signals.changed.connect(self._fit)
        self._fit()

    def button(self, name: str) -> QToolButton:
        """Return the button of an action."""
        found = self.widgetForAction(self._actions[name])
        assert isinstance(found, QToolButton)
        return found

    def add_buttons(self, *names: str) -> None:
        """Add a button for each of some shared actions."""
        for name in names:
            self.addAction(self._actions[name])

    def add_menu(self, text: str, tooltip: str, menu: QMenu) -> QToolButton:
        """Add a button that opens a menu of ready things."""
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tooltip)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(button, "books")
        self.addWidget(button)
        return button

    def add_space(self) -> None:
        """Push what is added from now on to the right end."""
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)

    @Slot()
    def _fit(self) -> None:
        self.setIconSize(QSize(scaled(18), scaled(18)))
        more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        assert isinstance(more, QToolButton)
        more.setIconSize(self.iconSize())
        # Qt leaves twelve pixels for it at any scale; it reaches into the margin.
        self.setContentsMargins(0, 0, max(scaled(13) - 11, 0), 0)
        self.play.setFixedWidth(self.play.fontMetrics().horizontalAdvance("Pause") + scaled(60))
