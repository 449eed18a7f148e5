"""The menu bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from playground.gui.actions import Actions
from playground.gui.theme import (
    SCALES,
    current_choice,
    current_scale,
    set_scale,
    set_theme,
    theme_signals,
)


def fill_menu_bar(
    bar: QMenuBar,
    actions: Actions,
    presets: QMenu,
    edits: Sequence[QAction],
    docks: Sequence[QAction],
) -> None:
    """Fill File, Edit, Run, View and Help."""
    file = bar.addMenu("&File")
    _add(file, actions, "open", "save", None, "open_data")
    file.addMenu(presets)
    _add(file, actions, None, "export", None, "quit")
    edit = bar.addMenu("&Edit")
    edit.addActions(list(edits))
    _add(
        bar.addMenu("&Run"),
        actions,
        *("play", "step", "epoch", None, "reset", "new_seed", None, "clear_runs"),
        *(None, "check_gradients", "initialization"),
    )
    view = bar.addMenu("&View")
    _add(view, actions, "panel")
    view.addActions(list(docks))
    _add(view, actions, None, "reset_layout", None)
    view.addMenu(ThemeMenu(view))
    view.addMenu(ScaleMenu(view))
    _add(view, actions, "larger", "smaller")
    _add(bar.addMenu("&Help"), actions, "shortcuts", "about")


def _add(menu: QMenu, actions: Actions, *names: str | None) -> None:
    for name in names:
        if name is None:
            menu.addSeparator()
        else:
            menu.addAction(actions[name])


class PresetMenu(QMenu):
    """The shipped experiments by title; read when the menu opens for the first time."""

    def __init__(self, parent: QWidget | None, chosen: Callable[[str], None]) -> None:
        super().__init__("Presets", parent)
        self._chosen = chosen
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        if self.actions():
            return
        from playground import presets

        for name in presets.names():
            action = self.addAction(presets.load(name).title or name)
            action.setData(name)
            action.triggered.connect(self._on_triggered)

    def _on_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._chosen(str(action.data()))


class _Choices(QMenu):
    """A menu of which one entry is always checked."""

    def __init__(self, title: str, parent: QWidget, entries: dict[str, object]) -> None:
        super().__init__(title, parent)
        self._group = QActionGroup(self)
        for text, value in entries.items():
            action = self.addAction(text)
            action.setCheckable(True)
            action.setData(value)
            self._group.addAction(action)
        self._group.triggered.connect(self._on_triggered)
        theme_signals.changed.connect(self._check)
        self._check()

    def _check(self) -> None:
        for action in self._group.actions():
            action.setChecked(action.data() == self._present())

    def _present(self) -> object:
        raise NotImplementedError

    def _on_triggered(self, action: QAction) -> None:
        raise NotImplementedError


class ThemeMenu(_Choices):
    """Light, dark, or what the system has."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            "Theme", parent, {"Like the system": "system", "Light": "light", "Dark": "dark"}
        )

    def _present(self) -> object:
        return current_choice()

    def _on_triggered(self, action: QAction) -> None:
        set_theme(action.data())


class ScaleMenu(_Choices):
    """Size of text and controls."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Size", parent, {f"{scale:.0%}": scale for scale in SCALES})

    def _present(self) -> object:
        return current_scale()

    def _on_triggered(self, action: QAction) -> None:
        set_scale(action.data())
