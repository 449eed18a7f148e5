"""The narrow rail at the window's left, on which a workspace is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from playground.gui.actions import tooltip
from playground.gui.icons import set_icon
from playground.gui.theme import scaled, theme_signals
from playground.gui.workspaces import Entry

ICON_PX = 22
WIDTH_PX = 76


class Rail(QWidget):
    """One button a workspace, the present one checked; hidden where there is nothing to choose.

    Attributes
    ----------
    actions_
        By name of the workspace, what chooses it: Ctrl+1 the first, and so on.
    """

    chosen = Signal(str)

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName("Workspaces")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_triggered)
        self.actions_ = {
            entry.name: self._make_action(entry, number) for number, entry in enumerate(entries, 1)
        }
        self.buttons = {name: self._make_button(it) for name, it in self.actions_.items()}
        self._column = QVBoxLayout(self)
        for button in self.buttons.values():
            self._column.addWidget(button)
        self._column.addStretch(1)
        self.setVisible(len(entries) > 1)
        theme_signals.changed.connect(self._fit)
        self._fit()

    def show_chosen(self, name: str) -> None:
        """Check the button of the workspace that is shown."""
        self.actions_[name].setChecked(True)

    def _make_action(self, entry: Entry, number: int) -> QAction:
        action = QAction(entry.title, self)
        action.setObjectName(entry.name)
        action.setCheckable(True)
        action.setShortcut(QKeySequence(f"Ctrl+{number}"))
        action.setStatusTip(entry.help)
        action.setToolTip(tooltip(entry.help, action))
        set_icon(action, entry.icon)
        self._group.addAction(action)
        return action

    def _make_button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAccessibleName(f"{action.text()} workspace")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(action.objectName())

    @Slot()
    def _fit(self) -> None:
        self._column.setContentsMargins(scaled(4), scaled(6), scaled(4), scaled(6))
        self._column.setSpacing(scaled(4))
        widest = max(button.sizeHint().width() for button in self.buttons.values())
        self.setFixedWidth(max(scaled(WIDTH_PX), widest + scaled(8)))
        for button in self.buttons.values():
            button.setIconSize(QSize(scaled(ICON_PX), scaled(ICON_PX)))
