"""Everything that menus, toolbar and keys can ask for, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence

from playground.gui.icons import set_icon
from playground.gui.theme import current_theme, theme_signals

if TYPE_CHECKING:
    from playground.gui.workspaces.workspace import Offer


@dataclass(frozen=True)
class _Declared:
    text: str
    icon: str
    keys: tuple[str, ...]
    help: str


_ACTIONS = {
    "play": _Declared("Play", "play-fill", ("Space",), "Train, or pause"),
    "step": _Declared("One step", "skip-forward", ("S", "Right"), "Do one update of the weights"),
    "step_back": _Declared("One step back", "skip-back", ("Left",), "Take the last step back"),
    "epoch": _Declared(
        "One epoch", "fast-forward", ("E",), "Do one pass over the training samples"
    ),
    "reset": _Declared(
        "Reset", "arrow-counter-clockwise", ("R",), "Start again with the identical first weights"
    ),
    "new_seed": _Declared(
        "New seed", "dice-five", ("N",), "Start again with other first weights and another order"
    ),
    "clear_runs": _Declared(
        "Clear earlier runs", "eraser", (), "Forget the faint curves of earlier runs"
    ),
    "check_gradients": _Declared(
        "Check gradients…", "check-circle", ("Ctrl+G",), "Compare the gradient with differences"
    ),
    "initialization": _Declared(
        "Initialisation report…",
        "chart-line",
        ("Ctrl+I",),
        "Compare initializers: activations and gradients by depth",
    ),
    "find_rate": _Declared(
        "Find a learning rate…", "gauge", ("Ctrl+L",), "Try ever higher learning rates on a copy"
    ),
    "compare": _Declared(
        "Compare optimizers…",
        "chart-line-up",
        ("Ctrl+K",),
        "Train with several optimizers from the same weights, side by side",
    ),
    "open": _Declared(
        "Open experiment…", "folder-open", ("Ctrl+O",), "Open an experiment or a saved run"
    ),
    "save": _Declared(
        "Save experiment…", "floppy-disk", ("Ctrl+S",), "Save the experiment as it is now"
    ),
    "open_data": _Declared(
        "Open data file…", "table", ("Ctrl+D",), "Train on your own CSV, TSV, Parquet or Excel file"
    ),
    "export": _Declared(
        "Export…", "export", ("Ctrl+E",), "Export curves, plots, weights and predictions"
    ),
    "quit": _Declared("Quit", "sign-out", ("Ctrl+Q",), "Close the window"),
    "theme": _Declared("Switch theme", "moon", ("Ctrl+T",), "Switch between light and dark"),
    "panel": _Declared("Side panel", "", ("Ctrl+B",), "Show or hide the settings"),
    "reset_layout": _Declared(
        "Reset layout", "layout", (), "Put every plot back to its first place"
    ),
    "larger": _Declared("Larger", "magnifying-glass-plus", ("Ctrl++", "Ctrl+="), "Larger text"),
    "smaller": _Declared("Smaller", "magnifying-glass-minus", ("Ctrl+-",), "Smaller text"),
    "shortcuts": _Declared("Keyboard shortcuts", "keyboard", ("F1",), "List all shortcuts"),
    "about": _Declared("About", "info", (), "Version, licence and folders"),
}


class Actions(QObject):
    """One QAction for each name, found as ``actions["play"]``; they all belong to the window."""

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._by_name = {name: self._make(name, what) for name, what in _ACTIONS.items()}
        self["panel"].setCheckable(True)
        self["panel"].setChecked(True)
        theme_signals.changed.connect(self._show_theme)
        self._show_theme()

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def all(self) -> list[QAction]:
        """Return every action, in the order of declaration."""
        return list(self._by_name.values())

    def names(self) -> list[str]:
        """Return every name, in the order of declaration."""
        return list(self._by_name)

    def show_offer(self, name: str, offer: Offer | None) -> None:
        """Name a shared action as the present workspace does; None where it means nothing there."""
        action, declared = self[name], _ACTIONS[name]
        action.setEnabled(offer is not None and offer.is_possible)
        if name != "play":
            action.setText((offer and offer.text) or declared.text)
        help_ = (offer and offer.help) or declared.help
        action.setStatusTip(help_)
        action.setToolTip(tooltip(help_, action))

    def show_playing(self, is_playing: bool) -> None:
        """Let the play action say what it would do now."""
        play = self["play"]
        play.setText("Pause" if is_playing else "Play")
        set_icon(play, "pause-fill" if is_playing else "play-fill", "on_accent")

    @Slot()
    def _show_theme(self) -> None:
        set_icon(self["theme"], "sun" if current_theme().name == "dark" else "moon")

    def _make(self, name: str, what: _Declared) -> QAction:
        action = QAction(what.text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in what.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setStatusTip(what.help)
        action.setToolTip(tooltip(what.help, action))
        # One held key is one press; holding S still walks on step by step.
        action.setAutoRepeat(name in ("step", "step_back"))
        if what.icon:
            set_icon(action, what.icon)
        return action


def tooltip(text: str, action: QAction) -> str:
    """Return a help text with the action's keys behind it."""
    keys = " or ".join(
        key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()
    )
    return f"{text}  ({keys})" if keys else text
