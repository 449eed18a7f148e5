"""One setting's place in a form: label, control and what was wrong."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from playground.declarations import Setting
from playground.gui.theme import scaled
from playground.gui.widgets.editors import editor_for
from playground.gui.widgets.labels import TRAINING, Complaint, Effect, SettingLabel, column
from playground.gui.widgets.list_editor import ListEditor


class Field(QWidget):
    """A part of a form that edits what is at ``path``.

    ``edited`` carries the full path of what changed and its new value; ``rebuilt`` says that there
    are new controls.
    """

    edited = Signal(str, object)
    rebuilt = Signal()

    def __init__(self, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path

    def show_value(self, value: Any) -> None:
        """Show the present value; emits nothing."""
        raise NotImplementedError

    def refuse(self, path: str, message: str) -> bool:
        """Show at the control of ``path`` why its change was refused; return whether it is here."""
        raise NotImplementedError

    def filter(self, text: str) -> bool:
        """Hide what does not match a lower-case text; return whether anything is left."""
        raise NotImplementedError


class SingleField(Field):
    """A label beside one control."""

    def __init__(
        self,
        setting: Setting,
        path: str,
        parent: QWidget | None = None,
        effect: Effect = TRAINING,
    ) -> None:
        super().__init__(path, parent)
        self.setting = setting
        self.label = SettingLabel(setting, self, effect)
        self.editor = editor_for(setting, self)
        self.editor.setToolTip(self.label.toolTip())
        self.complaint = Complaint(self)
        self.label.reset_asked.connect(self.editor.reset)
        self.editor.edited.connect(self._on_edited)
        self.editor.refused.connect(self.complaint.say)
        row = QHBoxLayout()
        row.setSpacing(scaled(8))
        row.addWidget(self.label)
        row.addWidget(self.editor, 1)
        layout = column(self, 2)
        layout.addLayout(row)
        layout.addWidget(self.complaint)

    def show_value(self, value: Any) -> None:
        self.complaint.say("")
        self.editor.show_value(value)

    def refuse(self, path: str, message: str) -> bool:
        if path == self.path:
            self.complaint.say(message)
        return path == self.path

    def filter(self, text: str) -> bool:
        is_wanted = text in f"{self.setting.label} {self.setting.name}".lower()
        self.setVisible(is_wanted)
        return is_wanted

    @Slot(object)
    def _on_edited(self, value: Any) -> None:
        self.complaint.say("")
        self.edited.emit(self.path, value)


class ListField(Field):
    """A list of declared things under its name."""

    def __init__(
        self,
        setting: Setting,
        path: str,
        parent: QWidget | None = None,
        effect: Effect = TRAINING,
    ) -> None:
        super().__init__(path, parent)
        self.setting = setting
        self.editor = ListEditor(setting, self, effect)
        self.editor.edited.connect(self._on_edited)
        self.editor.refused.connect(self.editor.refuse)
        self.editor.rebuilt.connect(self.rebuilt)
        column(self).addWidget(self.editor)

    def show_value(self, value: Any) -> None:
        self.editor.refuse("")
        self.editor.show_value(value)

    def refuse(self, path: str, message: str) -> bool:
        is_here = path == self.path or path.startswith(f"{self.path}.")
        if is_here:
            self.editor.refuse(message)
        return is_here

    def filter(self, text: str) -> bool:
        words = {s.label.lower(): s.hints.advanced for s in self.editor.settings}
        is_named = text in self.setting.label.lower()
        found = {advanced for word, advanced in words.items() if text in word}
        is_wanted = is_named or bool(found)
        self.editor.force_open(bool(text) and not is_named and found == {True})
        self.setVisible(is_wanted)
        return is_wanted

    @Slot(str, object)
    def _on_edited(self, inner: str, value: Any) -> None:
        self.editor.refuse("")
        self.edited.emit(f"{self.path}.{inner}" if inner else self.path, value)
