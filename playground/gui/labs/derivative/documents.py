"""Opening and saving formulas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from playground.errors import PlaygroundError
from playground.gui import memory

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
        name, _ = QFileDialog.getOpenFileName(
            self._workspace, "Open formula", memory.folder("formulas"), FILTER
        )
        if name:
            memory.remember_folder("formulas", Path(name).parent)
            self.open_path(Path(name))

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

        messages, folder = self._workspace.messages, Path(memory.folder("formulas"))
        name, _ = QFileDialog.getSaveFileName(
            self._workspace, "Save formula", str(folder / "formula.toml"), FILTER
        )
        if not name:
            return
        path = Path(name).with_suffix(".toml")
        memory.remember_folder("formulas", path.parent)
        try:
            write_formula(path, self._workspace.saved())
        except PlaygroundError as error:
            messages.show_message(str(error))
        else:
            memory.remember_file(path)
            messages.show_message(f"Saved {path}", "success", topic="saved")
