"""Chips that switch the features of a plane on and off."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from playground.data.features import Features
from playground.data.table import Table
from playground.declarations import settings_of
from playground.gui.panels.fields import Field
from playground.gui.theme import scaled
from playground.gui.widgets.flow import FlowLayout
from playground.gui.widgets.labels import Complaint, column, tooltip_of


class FeatureChips(Field):
    """One chip a feature; those that the data's columns do not give are hidden."""

    def __init__(self, path: str, parent: QWidget | None = None) -> None:
        super().__init__(path, parent)
        self.chips: dict[str, Chip] = {}
        self.complaint = Complaint(self)
        flow = QWidget(self)
        row = FlowLayout(flow, scaled(6))
        for setting in settings_of(Features):
            chip = Chip(setting.label, flow)
            chip.setToolTip(tooltip_of(setting))
            chip.clicked.connect(lambda on, name=setting.name: self._on_clicked(name, on))
            row.addWidget(chip)
            self.chips[setting.name] = chip
        layout = column(self)
        layout.addWidget(flow)
        layout.addWidget(self.complaint)

    def show_value(self, value: Features) -> None:
        self.complaint.say("")
        for name, chip in self.chips.items():
            chip.setChecked(getattr(value, name))

    def show_columns(self, table: Table) -> None:
        """Show the features that can be computed from the columns of ``table``."""
        every = Features.model_validate(dict.fromkeys(self.chips, True))
        possible = every.names(len(table.feature_names))
        for chip in self.chips.values():
            chip.setVisible(chip.text() in possible)

    def refuse(self, path: str, message: str) -> bool:
        is_here = path.startswith(f"{self.path}.")
        if is_here:
            self.complaint.say(message)
        return is_here

    def filter(self, text: str) -> bool:
        is_wanted = text in "features " + " ".join(chip.text() for chip in self.chips.values())
        self.setVisible(is_wanted)
        return is_wanted

    def _on_clicked(self, name: str, is_on: Any) -> None:
        self.complaint.say("")
        self.edited.emit(f"{self.path}.{name}", bool(is_on))


class Chip(QPushButton):
    """A word that is on or off; Return turns it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setObjectName("chip")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)
