"""Forms made from declarations: every setting gets its control, and nothing is written twice."""

from __future__ import annotations

import html
from collections.abc import Mapping

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from playground.declarations import Declared, Kind, Setting, settings_of
from playground.gui.panels.fields import Field, ListField, SingleField
from playground.gui.theme import scaled
from playground.gui.widgets.choice_list import OptionBox, options_of
from playground.gui.widgets.labels import (
    TRAINING,
    Caption,
    Complaint,
    Effect,
    RestartMark,
    SettingLabel,
    column,
    tooltip_of,
)
from playground.gui.widgets.section import Fold


def field_for(
    setting: Setting, path: str, parent: QWidget | None = None, effect: Effect = TRAINING
) -> Field:
    """Return the part of a form for one setting."""
    if setting.form == "kind":
        return KindField(setting, path, parent, effect)
    if setting.form == "group":
        return GroupField(setting, path, parent, effect)
    if setting.form == "list" and setting.item is not None:
        return ListField(setting, path, parent, effect)
    return SingleField(setting, path, parent, effect)


class Form(Field):
    """All settings of a declared model, the advanced ones folded under "More".

    Parameters
    ----------
    declared
        The model whose settings are edited, or an instance of it whose values are shown.
    path
        Where it stands in the experiment, such as ``optimizer``; empty for the whole.
    more
        What the fold of the advanced settings is called.
    effect
        When a change acts.
    """

    def __init__(
        self,
        declared: type[Declared] | Declared,
        path: str = "",
        more: str = "More",
        parent: QWidget | None = None,
        effect: Effect = TRAINING,
    ) -> None:
        super().__init__(path, parent)
        self.fields: dict[str, Field] = {}
        self.column = column(self, 6)
        self.more = Fold(more, self)
        settings = settings_of(declared)
        for setting in sorted(settings, key=lambda s: s.hints.advanced):
            inner = f"{path}.{setting.name}" if path else setting.name
            home = self.more.body if setting.hints.advanced else self
            field = field_for(setting, inner, home, effect)
            field.edited.connect(self.edited)
            field.rebuilt.connect(self.rebuilt)
            self.fields[setting.name] = field
            (self.more.content if setting.hints.advanced else self.column).addWidget(field)
        self.column.addWidget(self.more)
        self._has_more = any(s.hints.advanced for s in settings)
        self.more.setVisible(self._has_more)
        if isinstance(declared, Declared):
            self.show_value(declared)

    def show_value(self, value: Declared) -> None:
        for name, field in self.fields.items():
            field.show_value(getattr(value, name))

    def refuse(self, path: str, message: str) -> bool:
        return any(field.refuse(path, message) for field in self.fields.values())

    def filter(self, text: str) -> bool:
        left = [field.filter(text) for field in self.fields.values()]
        hidden = {f for f in self.fields.values() if f.parent() is self.more.body}
        folded = [ok for f, ok in zip(self.fields.values(), left, strict=True) if f in hidden]
        self.more.force_open(bool(text) and any(folded))
        self.more.setVisible(self._has_more and (any(folded) or not text))
        self.setVisible(any(left))
        return any(left)


class GroupField(Field):
    """The form of a nested model, folded under its name."""

    def __init__(
        self,
        setting: Setting,
        path: str,
        parent: QWidget | None = None,
        effect: Effect = TRAINING,
    ) -> None:
        super().__init__(path, parent)
        assert setting.item is not None
        self.setting = setting
        self.fold = Fold(setting.label, self)
        self.fold.header.setToolTip(setting.hints.help)
        self.form = Form(setting.item, path, parent=self.fold.body, effect=effect)
        self.form.edited.connect(self.edited)
        self.form.rebuilt.connect(self.rebuilt)
        self.fold.content.addWidget(self.form)
        column(self).addWidget(self.fold)

    def show_value(self, value: Declared) -> None:
        self.form.show_value(value)

    def refuse(self, path: str, message: str) -> bool:
        return self.form.refuse(path, message)

    def filter(self, text: str) -> bool:
        is_left = self.form.filter("" if text in self.setting.label.lower() else text)
        self.fold.force_open(bool(text) and is_left)
        self.setVisible(is_left)
        return is_left


class KindField(Field):
    """Chooses a kind from its registry, says what it is, and holds the form of the chosen one."""

    def __init__(
        self,
        setting: Setting,
        path: str,
        parent: QWidget | None = None,
        effect: Effect = TRAINING,
    ) -> None:
        super().__init__(path, parent)
        assert setting.registry is not None
        self.setting = setting
        self._registry = setting.registry
        self._effect = effect
        self._kind: type[Kind] | None = None
        self.form: Form | None = None
        self._is_nested = "." in path
        self.box = OptionBox(options_of(setting), self)
        self.box.chosen.connect(self._on_chosen)
        self.caption = Caption(self)
        self.complaint = Complaint(self)
        self.choice = self._make_choice()
        # One kind is no choice.
        self._is_choice = len(self._registry.names()) > 1
        self.choice.setVisible(self._is_choice)
        # A kind within a kind says what it is in its tooltip, to save room.
        self._has_caption = self._is_choice and not self._is_nested
        self.caption.setVisible(self._has_caption)
        self._layout = column(self, 6)
        for widget in (self.choice, self.caption, self.complaint):
            self._layout.addWidget(widget)

    def show_value(self, value: Kind) -> None:
        self.complaint.say("")
        if type(value) is self._kind and self.form is not None:
            self.form.show_value(value)
        else:
            self._rebuild(value)
        self.box.show_name(value.name())

    def add_below_choice(self, widget: QWidget) -> None:
        """Put something between the choice and the form of what is chosen."""
        self._layout.insertWidget(self._layout.indexOf(self.complaint) + 1, widget)

    def bar(self, reasons: Mapping[str, str]) -> None:
        """Grey out kinds by name, each with the reason."""
        self.box.bar(reasons)

    def refuse(self, path: str, message: str) -> bool:
        is_here = path in (self.path, f"{self.path}.kind")
        if is_here:
            self.complaint.say(message)
        return is_here or (self.form is not None and self.form.refuse(path, message))

    def filter(self, text: str) -> bool:
        is_named = text in f"{self.setting.label} {self.setting.name}".lower()
        inner = self.form is not None and self.form.filter("" if is_named else text)
        self.choice.setVisible(is_named and self._is_choice)
        self.caption.setVisible(is_named and self._has_caption)
        return is_named or inner

    def _make_choice(self) -> QWidget:
        choice = QWidget(self)
        row = QHBoxLayout(choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(scaled(8))
        if self._is_nested:
            row.addWidget(SettingLabel(self.setting, choice, self._effect))
        row.addWidget(self.box, 1)
        # A section's title names its part already, and long names need the room.
        is_marked = self._effect.marks_other and not self.setting.hints.live
        if not self._is_nested and is_marked:
            row.addWidget(RestartMark(choice))
        return choice

    def _rebuild(self, value: Kind) -> None:
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
        self._kind = type(value)
        more = f"{self.setting.label} details" if self._is_nested else "More"
        self.form = Form(value, self.path, more, parent=self, effect=self._effect)
        self.form.edited.connect(self.edited)
        self.form.rebuilt.connect(self.rebuilt)
        self._layout.addWidget(self.form)
        # What has no settings needs no room below.
        self.form.setVisible(bool(self.form.fields))
        self.caption.setText(value.summary())
        self.caption.setToolTip(getattr(value, "SOURCE", ""))
        about = tooltip_of(self.setting, self._effect)
        self.box.setToolTip(f"<p>{html.escape(value.summary())}</p>{about}")
        self.rebuilt.emit()

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        self.complaint.say("")
        self.edited.emit(f"{self.path}.kind", name)
