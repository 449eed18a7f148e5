"""The narrow rail at the window's left, on which a workspace is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QColor,
    QHelpEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolButton, QToolTip, QVBoxLayout, QWidget

from playground.gui.actions import tooltip
from playground.gui.icons import set_icon
from playground.gui.theme import current_theme, scaled, theme_signals
from playground.gui.workspaces import Entry

ICON_PX = 22
WIDTH_PX = 76
DOT_PX = 7

SOON_MS = 200
"""How long something has to go on before it is marked: a held key that steps does not flicker."""


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

    def show_activity(self, name: str, activity: Callable[[], str]) -> None:
        """Mark the button of a workspace in which something goes on.

        Parameters
        ----------
        name
            The workspace's.
        activity
            Says what goes on there, or an empty text; asked again whenever the tooltip opens.
        """
        self.buttons[name].show_activity(activity)

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

    def _make_button(self, action: QAction) -> _RailButton:
        button = _RailButton(self)
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


class _RailButton(QToolButton):
    """A button with a small dot while something goes on in its workspace."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._activity: Callable[[], str] = str
        self.is_marked = False
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._mark)

    def show_activity(self, activity: Callable[[], str]) -> None:
        """Show the dot where this says that something goes on."""
        self._activity = activity
        if not activity():
            self._soon.stop()
            self._mark()
        elif not self.is_marked:
            self._soon.start()

    @Slot()
    def _mark(self) -> None:
        activity = self._activity()
        self.is_marked = bool(activity)
        self.setAccessibleDescription(activity)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Say in the tooltip what goes on."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            activity = self._activity()
            tip = f"{self.toolTip()}\n{activity}" if activity else self.toolTip()
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot beside the icon."""
        super().paintEvent(event)
        if not self.is_marked:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().success))
        radius = scaled(DOT_PX) / 2
        right = (self.width() + self.iconSize().width()) / 2 + 2 * radius
        painter.drawEllipse(QPointF(right, scaled(10)), radius, radius)
