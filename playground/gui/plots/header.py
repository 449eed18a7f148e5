"""The title bar of a plot's dock: its name and a compact row of controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolBar,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from playground.gui.icons import set_icon
from playground.gui.theme import current_theme, scaled, theme_signals


class Header(QWidget):
    """Controls are actions, so that those without room go to the menu at the end of the row."""

    def __init__(self, dock: QDockWidget, title: str) -> None:
        super().__init__(dock)
        self.setObjectName("plotHeader")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._dock = dock
        self._title = QLabel(title)
        self._title.setObjectName("heading")
        self._tools = QToolBar()
        self._tools.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # Controls stand at the right end, beside the buttons of the dock.
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._tools.addWidget(spacer)
        more = self._tools.findChild(QToolButton, "qt_toolbar_ext_button")
        assert isinstance(more, QToolButton)
        set_icon(more, "dots-three-vertical-bold", "muted")
        more.setToolTip("What there is no room for")
        self._close = QToolButton()
        self._close.setToolTip("Close; View brings it back (double click: undock)")
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_icon(self._close, "x", "muted")
        self._close.clicked.connect(dock.close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addSpacing(8)
        layout.addWidget(self._tools, 1)
        layout.addWidget(self._close)
        dock.featuresChanged.connect(self._show_features)
        theme_signals.changed.connect(self._restyle)
        self._restyle()

    def add_toggle(
        self, text: str, tip: str, slot: Callable[[bool], Any], *, icon: str = "", on: bool = False
    ) -> QAction:
        """Add a switch; with an icon the text is only its name in the menu."""
        action = self._add_action(text, tip, icon)
        action.setCheckable(True)
        action.setChecked(on)
        action.toggled.connect(slot)
        return action

    def add_button(self, text: str, tip: str, slot: Callable[[], Any], *, icon: str) -> QAction:
        """Add a push button."""
        action = self._add_action(text, tip, icon)
        action.triggered.connect(lambda _checked=False: slot())
        return action

    def add_choice(
        self, tip: str, options: Mapping[str, str], slot: Callable[[Any], Any]
    ) -> Choice:
        """Add a choice among values, shown by their labels; the first is chosen."""
        choice = Choice(options, self)
        choice.setToolTip(tip)
        choice.chosen.connect(slot)
        self._tools.addAction(choice)
        self._flatten(choice)
        return choice

    def add_slider(
        self, text: str, tip: str, slot: Callable[[float], Any], value: float = 0.0
    ) -> SliderAction:
        """Add a slider from 0 to 1."""
        action = SliderAction(text, tip, value, self)
        action.moved.connect(slot)
        self._tools.addAction(action)
        return action

    def _add_action(self, text: str, tip: str, icon: str) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        if icon:
            set_icon(action, icon, "muted")
        self._tools.addAction(action)
        self._flatten(action)
        return action

    def _flatten(self, action: QAction) -> None:
        button = self._tools.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    @Slot()
    def _show_features(self) -> None:
        closable = QDockWidget.DockWidgetFeature.DockWidgetClosable
        self._close.setVisible(bool(self._dock.features() & closable))

    @Slot()
    def _restyle(self) -> None:
        self.setStyleSheet(
            f"#plotHeader {{ background: {current_theme().surface}; }}"
            "QToolBar { background: transparent; border: none; padding: 0; spacing: 0; }"
            f"QToolButton {{ padding: {scaled(3)}px {scaled(5)}px; }}"
            # Qt makes it narrower than an icon with this padding.
            "QToolButton#qt_toolbar_ext_button { padding: 0; }"
        )
        size = QSize(scaled(16), scaled(16))
        self._tools.setIconSize(size)
        self._close.setIconSize(size * 0.85)
        self.setContentsMargins(scaled(12), scaled(4), scaled(4), scaled(2))


class Choice(QAction):
    """A choice of one value, shown as a button with a menu."""

    chosen = Signal(str)

    def __init__(self, options: Mapping[str, str], parent: Header) -> None:
        super().__init__(parent)
        self._labels: dict[str, str] = {}
        self._menu = QMenu(parent)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_triggered)
        self.setMenu(self._menu)
        self.offer(options, next(iter(options)))

    def offer(self, options: Mapping[str, str], value: str) -> None:
        """Replace the values that can be chosen, and choose one, without telling."""
        if self._labels != dict(options):
            self._labels = dict(options)
            for action in self._group.actions():
                self._group.removeAction(action)
                self._menu.removeAction(action)
                action.deleteLater()
            for name, label in options.items():
                # Made here: of one that the menu makes a part would outlive it, see tab_order.py.
                action = QAction(label, self._menu)
                self._menu.addAction(action)
                action.setCheckable(True)
                action.setData(name)
                self._group.addAction(action)
        self.choose(value)

    def choose(self, value: str) -> None:
        """Choose a value without telling."""
        self.value = value
        self.setText(f"{self._labels[value]} ▾")
        for action in self._group.actions():
            action.setChecked(action.data() == value)

    @Slot(object)
    def _on_triggered(self, action: QAction) -> None:
        self.choose(action.data())
        self.chosen.emit(self.value)


class SliderAction(QWidgetAction):
    """A labelled slider from 0 to 1."""

    moved = Signal(float)

    def __init__(self, text: str, tip: str, value: float, parent: Header) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setToolTip(tip)
        self.value = value

    def createWidget(self, parent: QWidget) -> QWidget:
        """Make a slider for a row or a menu."""
        box = QWidget(parent)
        box.setToolTip(self.toolTip())
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setValue(round(100 * self.value))
        slider.setFixedWidth(scaled(52))
        slider.setAccessibleName(self.text())
        slider.valueChanged.connect(self._on_moved)
        layout = QHBoxLayout(box)
        layout.setContentsMargins(4, 0, 4, 0)
        label = QLabel(self.text())
        label.setObjectName("muted")
        layout.addWidget(label)
        layout.addWidget(slider)
        return box

    @Slot(int)
    def _on_moved(self, percent: int) -> None:
        self.value = percent / 100
        self.moved.emit(self.value)
