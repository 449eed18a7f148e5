"""Which control belongs to which form of setting."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from playground.declarations import Form, Setting
from playground.gui.widgets.choice_list import ChoiceList, Switch
from playground.gui.widgets.editor import Editor
from playground.gui.widgets.number_field import NumberField
from playground.gui.widgets.text_field import PathField, TextField, TextsField

_EDITORS: dict[Form, Callable[[Setting, QWidget | None], Editor]] = {
    "number": NumberField,
    "integer": NumberField,
    "switch": Switch,
    "choice": ChoiceList,
    "text": TextField,
    "path": PathField,
    "list": TextsField,
}


def editor_for(setting: Setting, parent: QWidget | None = None, *, narrow: bool = False) -> Editor:
    """Return a control for one value; a narrow one is made for a row of several.

    Kinds, groups and lists of declared things are made of several controls: see
    :mod:`playground.gui.panels.form`.
    """
    if narrow and setting.form in ("number", "integer"):
        return NumberField(setting, parent, with_slider=False)
    if narrow and setting.form == "choice":
        return ChoiceList(setting, parent, least_letters=4)
    return _EDITORS[setting.form](setting, parent)
