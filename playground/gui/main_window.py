"""The main window: a rail at the left, one workspace beside it, the menus above."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from playground.errors import StorageError
from playground.gui import memory, theme
from playground.gui.actions import Actions
from playground.gui.icons import application_icon
from playground.gui.menus import Menus
from playground.gui.rail import Rail
from playground.gui.workspaces import WORKSPACES, Workspace

if TYPE_CHECKING:
    from playground.gui.labs.derivative.workspace import DerivativeWorkspace
    from playground.gui.labs.descent.workspace import DescentWorkspace
    from playground.gui.workspaces.train import TrainWorkspace


class MainWindow(QMainWindow):
    """Everything on the screen; what the actions do is said by the workspace that is shown.

    Parameters
    ----------
    start
        What the first workspace opens with, such as an experiment; None for its usual first sight.
    workspace
        Name of the first workspace.
    remembers
        Whether it takes over the last window's layout and leaves its own for the next one.

    Attributes
    ----------
    current
        The workspace that is shown.
    """

    crashed = Signal(object)
    """An exception in a workspace that is a defect of the program."""

    def __init__(
        self, start: object = None, *, workspace: str = "train", remembers: bool = True
    ) -> None:
        super().__init__()
        self._remembers = remembers
        self._entries = {entry.name: entry for entry in WORKSPACES}
        self._made: dict[str, Workspace] = {}
        self._focused: dict[str, QWidget | None] = {}
        self.actions_ = Actions(self)
        self.addActions(self.actions_.all())
        self.rail = Rail(WORKSPACES, self)
        self.addActions(list(self.rail.actions_.values()))
        choices = list(self.rail.actions_.values())
        self.menus = Menus(self.menuBar(), self.actions_, choices, self.open_path)
        self.setAcceptDrops(True)
        self._build()
        self._connect_actions()
        self.resize(self._first_size())
        if remembers and (geometry := memory.settings().value("window/geometry")) is not None:
            self.restoreGeometry(geometry)
        # A remembered one may be of another version.
        first = workspace if workspace in self._entries else WORKSPACES[0].name
        self._make(first, start)
        self.show_workspace(first)

    def _build(self) -> None:
        self.setWindowIcon(application_icon())
        self.stack = QStackedWidget(self)
        centre = QWidget(self)
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        self.setCentralWidget(centre)

    def _connect_actions(self) -> None:
        own = {
            "quit": self.close,
            "theme": self.switch_theme,
            "larger": self.enlarge,
            "smaller": self.shrink,
            "shortcuts": self.show_shortcuts,
            "about": self.show_about,
            "reset_layout": self.reset_layout,
        }
        for name, slot in own.items():
            self.actions_[name].triggered.connect(slot)
        self.actions_["panel"].toggled.connect(self._show_panel)
        self._shared = [name for name in self.actions_.names() if name not in (*own, "panel")]
        for name in self._shared:
            self.actions_[name].triggered.connect(self._on_shared)
        self.rail.chosen.connect(self.show_workspace)

    # --- workspaces ----------------------------------------------------------------------------

    @property
    def current(self) -> Workspace:
        """The workspace that is shown."""
        return cast(Workspace, self.stack.currentWidget())

    @property
    def train(self) -> TrainWorkspace:
        """The training workspace, made when it is first asked for."""
        return cast("TrainWorkspace", self.workspace("train"))

    def workspace(self, name: str) -> Workspace:
        """Return a workspace, made when it is first asked for."""
        return self._made.get(name) or self._make(name)

    @Slot(str)
    def show_workspace(self, name: str) -> None:
        """Show a workspace and hand the shared actions to it."""
        coming, leaving = self.workspace(name), self.current
        if coming is not leaving:
            self._focused[leaving.objectName()] = leaving.focusWidget()
            self.stack.setCurrentWidget(coming)
            leaving.leave()
        coming.enter()
        self.rail.show_chosen(name)
        self._show_menus()
        panel, action = coming.panel, self.actions_["panel"]
        action.setEnabled(panel is not None)
        action.setChecked(panel is not None and not panel.isHidden())
        self._show_offers()
        self._show_title()
        self._focus()

    def _focus(self) -> None:
        current = self.current
        focused = self._focused.get(current.objectName())
        if focused is None or not isValid(focused):
            # A panel may have been made anew since it was left.
            focused = current.first_focus()
        if focused is not None:
            focused.setFocus()

    def open_path(self, path: Path) -> None:
        """Open an experiment, a saved run, a race, a formula, or a table to train on."""
        workspace = self.workspace(_workspace_of(path))
        self.show_workspace(workspace.objectName())
        opening = cast("TrainWorkspace | DescentWorkspace | DerivativeWorkspace", workspace)
        opening.documents.open_path(path)

    def _make(self, name: str, start: object = None) -> Workspace:
        made = self._made[name] = self._entries[name].load()(self.actions_, start)
        made.setObjectName(name)
        if self._remembers:
            made.recall(memory.settings())
        made.title_changed.connect(self._show_title)
        made.offers_changed.connect(self._show_offers)
        made.offers_changed.connect(self._show_activity)
        made.menus_changed.connect(self._show_menus)
        made.crashed.connect(self.crashed)
        self.stack.addWidget(made)
        return made

    @Slot()
    def _on_shared(self) -> None:
        offer = self.current.offers().get(self.sender().objectName())
        if offer is not None:
            offer.run()

    @Slot()
    def _show_menus(self) -> None:
        self.menus.show(self.current.menus())

    @Slot()
    def _show_offers(self) -> None:
        current = self.current
        offers = current.offers()
        for name in self._shared:
            self.actions_.show_offer(name, offers.get(name))
        self.actions_.show_playing(current.is_playing)

    @Slot()
    def _show_activity(self) -> None:
        for name, workspace in self._made.items():
            self.rail.show_activity(name, workspace.activity)

    @Slot()
    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.current.title()} – Optimization playground")

    # --- view ----------------------------------------------------------------------------------

    @Slot()
    def switch_theme(self) -> None:
        """Change from light to dark or back."""
        theme.set_theme("light" if theme.current_theme().name == "dark" else "dark")

    @Slot()
    def enlarge(self) -> None:
        """Take the next larger scale."""
        theme.set_scale(min((s for s in theme.SCALES if s > theme.current_scale()), default=2.0))

    @Slot()
    def shrink(self) -> None:
        """Take the next smaller scale."""
        theme.set_scale(max((s for s in theme.SCALES if s < theme.current_scale()), default=1.0))

    @Slot()
    def reset_layout(self) -> None:
        """Put the workspace's panel and plots back to their first places."""
        self.actions_["panel"].setChecked(self.current.panel is not None)
        self.current.reset_layout()

    @Slot(bool)
    def _show_panel(self, is_on: bool) -> None:
        if self.current.panel is not None:
            self.current.panel.setVisible(is_on)

    @Slot()
    def show_shortcuts(self) -> None:
        """List the keys that do something here."""
        from playground.gui.dialogs.about import ShortcutsDialog

        offered = self.current.offers()
        shared = [a for a in self.actions_.all() if a.objectName() in offered or a.isEnabled()]
        choices = self.rail.actions_.values() if len(self._entries) > 1 else ()
        ShortcutsDialog((*shared, *self.current.own_actions(), *choices), self).open()

    @Slot()
    def show_about(self) -> None:
        """Show version, licence and folders."""
        from playground.gui.dialogs.about import AboutDialog

        AboutDialog(self).open()

    # --- what is remembered --------------------------------------------------------------------

    def _first_size(self) -> QSize:
        """Return nine tenths of a large screen, all of a small one."""
        room = self.screen().availableGeometry().size()
        return (room * 0.9).expandedTo(QSize(1280, 800).boundedTo(room))

    def _remember(self) -> None:
        stored = memory.settings()
        stored.setValue("window/geometry", self.saveGeometry())
        stored.setValue("window/workspace", self.current.objectName())
        stored.setValue("window/theme", theme.current_choice())
        stored.setValue("window/scale", theme.current_scale())
        for workspace in self._made.values():
            workspace.remember(stored)

    # --- events --------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Give the workspace the keyboard."""
        super().showEvent(event)
        if not event.spontaneous():
            self._focus()

    def event(self, event: QEvent) -> bool:
        """Leave the arrow keys to controls that move with them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            movable = (QAbstractSlider, QComboBox, QTabBar)
            arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right)
            if event.key() in arrows and isinstance(QApplication.focusWidget(), movable):
                event.accept()
                return True
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file, while no dialog is in the way."""
        if _dragged_file(event) is not None and QApplication.activeModalWidget() is None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file."""
        path = _dragged_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout; let every workspace stop its threads."""
        if self._remembers:
            self._remember()
        self.hide()
        for dialog in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if dialog.isWindow():
                dialog.close()
        for workspace in self._made.values():
            workspace.shut_down()
        super().closeEvent(event)


def _dragged_file(event: QDropEvent) -> Path | None:
    """Return the file that is dragged; None where it is something else, or several."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None


def _workspace_of(path: Path) -> str:
    """Return which workspace opens a file; what cannot be read is explained there."""
    from playground.storage.files import read_toml
    from playground.storage.formulas import is_formula
    from playground.storage.races import is_race

    if path.suffix.lower() != ".toml":
        return "train"
    try:
        values = read_toml(path)
    except StorageError:
        return "train"
    if is_formula(values):
        return "derivative"
    return "descent" if is_race(values) else "train"
