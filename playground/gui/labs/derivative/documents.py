"""Opening and saving formulas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from playground.errors import PlaygroundError
from playground.gui import memory
from playground.gui.file_choice import file_to_open, file_to_save

if TYPE_CHECKING:
    from playground.gui.labs.derivative.workspace import DerivativeWorkspace

FILTER = "Formulas (*.toml)"


class FormulaDocuments(QObject):
    """Asks for files and hands what is in them to the workspace; a bad one is a message."""

    def __init__(self, workspace: DerivativeWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace

    @Slot()
    def choose(self) -> None:
        """Ask for a formula and open it."""
        path = file_to_open(self._workspace, "Open formula", "formulas", FILTER)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a formula with all that was saved of it."""
        from playground.storage.formulas import read_formula

        messages = self._workspace.messages
        try:
            saved = read_formula(path)
        except PlaygroundError as error:
            messages.show_message(str(error), topic="opened")
        else:
            messages.dismiss_topic("opened")
            memory.remember_file(path)
            self._workspace.open_saved(saved)

    @Slot()
    def save(self) -> None:
        """Ask where to, and write what is seen now."""
        from playground.storage.formulas import write_formula

        messages = self._workspace.messages
        path = file_to_save(self._workspace, "Save formula", "formulas", "formula.toml", FILTER)
        if path is None:
            return
        try:
            write_formula(path, self._workspace.saved())
        except PlaygroundError as error:
            messages.show_message(str(error))
        else:
            memory.remember_file(path)
            messages.show_message(f"Saved {path}", "success", topic="saved")
