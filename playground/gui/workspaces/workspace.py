"""One of the window's workspaces: a page with a toolbar, messages, a body and a status line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QStatusBar, QToolBar, QToolButton, QVBoxLayout, QWidget

from playground.errors import SpecError
from playground.gui.actions import Actions
from playground.gui.icons import set_icon
from playground.gui.menus import Entries
from playground.gui.message_bar import MessageBar

__all__ = ["Entries", "Offer", "Workspace"]


@dataclass(frozen=True)
class Offer:
    """What a workspace makes of a shared action.

    Attributes
    ----------
    run
        Called without arguments when the action is asked for.
    text, help
        What it is called here; empty leaves the words of ``actions.py``.
    is_possible
        Whether it can be done just now.
    """

    run: Callable[[], object]
    text: str = ""
    help: str = ""
    is_possible: bool = True


class Workspace(QWidget):
    """A page of the window; the window asks it for everything that depends on the workspace.

    It is made at first sight. While another one is shown its page is hidden: its views get hide
    events and :meth:`leave` is called, and from then on nothing of it may be drawn.

    Parameters
    ----------
    actions
        The window's shared actions. Toolbars and menus show them; :meth:`offers` says what they do.
    start
        What it opens with, in whatever form the workspace reads; None for its usual first sight.

    Attributes
    ----------
    messages
        Where it says what went wrong.
    panel
        The settings at its left, which Ctrl+B hides; None where it has none.
    """

    title_changed = Signal()
    offers_changed = Signal()
    """Something that :meth:`offers`, :attr:`is_playing` or :meth:`activity` says is different now,
    apart from a number in it."""
    menus_changed = Signal()
    """Something that :meth:`menus` says is different now."""
    crashed = Signal(object)
    """An exception that is a defect of the program."""

    def __init__(self, actions: Actions, start: object = None) -> None:
        super().__init__()
        self.actions_ = actions
        self.messages = MessageBar(self)
        self.panel: QWidget | None = None
        self._has_been_seen = False

    def lay_out(self, toolbar: QToolBar, body: QWidget, status: QStatusBar | None = None) -> None:
        """Put the parts in their places; every workspace calls it once."""
        toolbar.setMovable(False)
        toolbar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        more = toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
        assert isinstance(more, QToolButton)
        more.setToolTip("What there is no room for")
        set_icon(more, "dots-three-vertical-bold")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(toolbar)
        column.addWidget(self.messages)
        column.addWidget(body, 1)
        if status is not None:
            status.setSizeGripEnabled(False)
            column.addWidget(status)

    # --- what each workspace says --------------------------------------------------------------

    def title(self) -> str:
        """Return what is worked on, for the window's title."""
        raise NotImplementedError

    def offers(self) -> Mapping[str, Offer]:
        """Return the shared actions that mean something here; the window disables all others."""
        raise NotImplementedError

    def menus(self) -> Mapping[str, Entries]:
        """Return what it adds to the menus ``File``, ``Edit``, ``Run`` and ``View``."""
        raise NotImplementedError

    @property
    def is_playing(self) -> bool:
        """Whether play means pause now."""
        return False

    def activity(self) -> str:
        """Return what goes on by itself, such as ``training, step 120``; empty at rest."""
        return ""

    def first_focus(self) -> QWidget | None:
        """Return what has the keyboard at first sight."""
        return None

    def enter(self) -> None:
        """Take up what :meth:`leave` laid down; called when its page is shown."""

    def leave(self) -> None:
        """Stop what only matters to somebody who looks; called when its page is hidden."""

    def arrange(self) -> None:
        """Share the room out; called once, at first sight, when there is a size."""

    def reset_layout(self) -> None:
        """Put panels and plots to their first places."""

    def recall(self, stored: QSettings) -> None:
        """Take over what the last window left; keys are grouped under its name."""

    def remember(self, stored: QSettings) -> None:
        """Leave what the next window shall find."""

    # --- for pictures --------------------------------------------------------------------------

    def show_view(self, name: str) -> None:
        """Show one of its pages.

        Raises
        ------
        SpecError
            Where it has none of that name.
        """
        raise SpecError(f"--page: {self.objectName()} has no pages, got {name}")

    def show_after(self, steps: int) -> None:
        """Show what there is to see after some steps."""

    def is_settled(self) -> bool:
        """Whether everything that it shows is there, so that a picture can be taken."""
        return True

    # --- for the window ------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room out at first sight."""
        super().showEvent(event)
        if not event.spontaneous() and not self._has_been_seen:
            self._has_been_seen = True
            self.arrange()

    def own_actions(self) -> list[QAction]:
        """Return the actions in its menus that are not shared ones."""
        entries = [entry for menu in self.menus().values() for entry in menu]
        return [entry for entry in entries if isinstance(entry, QAction)]

    def shut_down(self) -> None:
        """Close its dialogs; a workspace with threads stops them here and waits for them."""
        for dialog in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if dialog.isWindow():
                dialog.close()
