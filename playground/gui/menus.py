"""The menu bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from playground.gui import memory
from playground.gui.actions import Actions
from playground.gui.theme import (
    SCALES,
    current_choice,
    current_scale,
    set_scale,
    set_theme,
    theme_signals,
)

Entries = Sequence[str | QAction | QMenu | None]
"""Of a menu: names of shared actions, ``recent``, other actions and menus, None for a line."""


class Menus:
    """File, Edit, Run, View and Help: what the present workspace adds, and what is always there.

    Parameters
    ----------
    bar
        The window's menu bar.
    actions
        The shared actions.
    workspaces
        What chooses a workspace; listed where there is more than one.
    open_file
        Opens a file of the list of recent ones, which stands where a menu says ``recent``.
    """

    def __init__(
        self,
        bar: QMenuBar,
        actions: Actions,
        workspaces: Sequence[QAction],
        open_file: Callable[[Path], None],
    ) -> None:
        self._actions = actions
        self.recent = RecentMenu(bar, open_file)
        self._menus = {name: bar.addMenu(f"&{name}") for name in ("File", "Edit", "Run", "View")}
        view = self._menus["View"]
        self._always: dict[str, Entries] = {
            "File": ("quit",),
            "View": (ThemeMenu(view), ScaleMenu(view), "larger", "smaller"),
        }
        self._before: dict[str, Entries] = {}
        if len(workspaces) > 1:
            self._before["View"] = workspaces
        self._fill(bar.addMenu("&Help"), ("shortcuts", "about"))

    def show(self, menus: Mapping[str, Entries]) -> None:
        """Fill the menus anew for a workspace; one that stays empty is not shown."""
        for name, menu in self._menus.items():
            _empty(menu)
            for entries in (self._before.get(name), menus.get(name), self._always.get(name)):
                if entries and menu.actions():
                    _add_line(menu)
                self._fill(menu, entries or ())
            menu.menuAction().setVisible(bool(menu.actions()))

    def _fill(self, menu: QMenu, entries: Entries) -> None:
        for entry in entries:
            match entry:
                case None:
                    _add_line(menu)
                case "recent":
                    menu.addMenu(self.recent)
                case str():
                    menu.addAction(self._actions[entry])
                case QMenu():
                    menu.addMenu(entry)
                case _:
                    menu.addAction(entry)


def _add_line(menu: QMenu) -> None:
    # Made here: of one that the menu makes a part would outlive it, see tab_order.py.
    line = QAction(menu)
    line.setSeparator(True)
    menu.addAction(line)


def _empty(menu: QMenu) -> None:
    # clear() would delete the Python ends of actions that belong to others.
    for action in menu.actions():
        menu.removeAction(action)
        if action.isSeparator():
            action.deleteLater()


class PresetMenu(QMenu):
    """What is shipped, by title; read when the menu opens for the first time.

    Parameters
    ----------
    chosen
        Called with the name of what was chosen.
    title
        What the menu is called.
    titles
        Returns titles by name; by default those of the experiments.
    """

    def __init__(
        self,
        parent: QWidget | None,
        chosen: Callable[[str], None],
        title: str = "Presets",
        titles: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._titles = titles or _titles_of_presets
        self._chosen = chosen
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        if self.actions():
            return
        for name, title in self._titles().items():
            action = self.addAction(title)
            action.setData(name)
            action.triggered.connect(self._on_triggered)

    def _on_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._chosen(str(action.data()))


class RecentMenu(QMenu):
    """The files that were opened or saved last; read whenever the menu opens.

    Parameters
    ----------
    chosen
        Called with the file that was chosen.
    """

    def __init__(self, parent: QWidget, chosen: Callable[[Path], None]) -> None:
        super().__init__("Open recent", parent)
        self._chosen = chosen
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        files = memory.recent_files()
        for path in files:
            # An ampersand alone would underline the letter after it.
            action = self.addAction(f"{path.name} – {path.parent.name}".replace("&", "&&"))
            action.setData(str(path))
            is_there = path.exists()
            action.setEnabled(is_there)
            action.setToolTip(f"{path}" if is_there else f"{path} is not there any longer")
            action.triggered.connect(self._on_triggered)
        if files:
            self.addSeparator()
        self.addAction("Clear list" if files else "No files yet", memory.forget_files).setEnabled(
            bool(files)
        )

    def _on_triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._chosen(Path(action.data()))


def _titles_of_presets() -> Mapping[str, str]:
    from playground import presets

    return {name: presets.load(name).title or name for name in presets.names()}


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
        super().__init__("Size", parent, {f"{100 * scale:.0f} %": scale for scale in SCALES})

    def _present(self) -> object:
        return current_scale()

    def _on_triggered(self, action: QAction) -> None:
        set_scale(action.data())
