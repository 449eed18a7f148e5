"""The buttons at a dialog's foot."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton


class Buttons(QDialogButtonBox):
    """Closes its dialog, and does what the dialog is for."""

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(QDialogButtonBox.StandardButton.Close, dialog)
        self.rejected.connect(dialog.reject)

    def add(self, text: str, act: Callable[[], None]) -> QPushButton:
        """Return a further button, which Enter presses; it leaves the dialog open."""
        button = self.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setDefault(True)
        button.clicked.connect(act)
        return button
