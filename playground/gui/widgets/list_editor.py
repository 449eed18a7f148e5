"""A list of like things, one a row: add, remove, move."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from playground.declarations import Declared, Setting, settings_of
from playground.gui.icons import set_icon
from playground.gui.theme import scaled
from playground.gui.widgets.editor import Editor
from playground.gui.widgets.editors import editor_for
from playground.gui.widgets.labels import (
    TRAINING,
    Caption,
    Complaint,
    Effect,
    SettingLabel,
    column,
    tooltip_of,
)

Items = tuple[Declared, ...]


class ListEditor(QWidget):
    """Edits a tuple of declared things, such as the hidden layers.

    ``edited`` carries the path within the list and the value: ``"1.units"`` for one setting of one
    entry, an empty path when entries came, went or moved.
    """

    edited = Signal(str, object)
    refused = Signal(str)
    rebuilt = Signal()

    def __init__(
        self, setting: Setting, parent: QWidget | None = None, effect: Effect = TRAINING
    ) -> None:
        super().__init__(parent)
        assert setting.item is not None
        self.setting = setting
        self._item = setting.item
        self.effect = effect
        self.settings = settings_of(setting.item)
        self._items: Items = ()
        self.rows: list[ItemRow] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(scaled(4))
        self._grid.setVerticalSpacing(scaled(4))
        self._in_row = [s for s in self.settings if not s.hints.advanced]
        self.header = [self._title(index) for index in range(len(self._in_row))]
        self.complaint = Complaint(self)
        self.label = SettingLabel(setting, self, effect)
        self.add_button = QToolButton(self)
        self.add_button.setText("Add")
        self.add_button.setObjectName("row")
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add_button.setIconSize(QSize(scaled(14), scaled(14)))
        set_icon(self.add_button, "plus")
        self.add_button.clicked.connect(self._add)
        self.count = Caption(self)
        head = QHBoxLayout()
        head.addWidget(self.label)
        head.addWidget(self.count, 1)
        head.addWidget(self.add_button)
        layout = column(self, 2)
        layout.addLayout(head)
        layout.addLayout(self._grid)
        layout.addWidget(self.complaint)
        self.show_value(())

    def show_value(self, items: Items) -> None:
        """Show the entries; rows are kept where there are enough."""
        self._items = tuple(items)
        while len(self.rows) > len(items):
            self.rows.pop().discard()
        if len(self.rows) < len(items):
            for _ in range(len(items) - len(self.rows)):
                self._append_row()
            self.rebuilt.emit()
        for row, item in zip(self.rows, items, strict=True):
            row.show_value(item)
        self._show_limits()

    def refuse(self, message: str) -> None:
        """Say what was wrong with the last change; an empty message takes it back."""
        self.complaint.say(message)

    def force_open(self, forced: bool) -> None:
        """Show the advanced settings whatever the user chose, while one is searched for."""
        for row in self.rows:
            row.force_open(forced)

    def _title(self, index: int) -> QWidget:
        setting = self._in_row[index]
        title = QLabel(setting.label, self)
        title.setObjectName("muted")
        title.setToolTip(tooltip_of(setting, self.effect))
        title.setIndent(scaled(2))
        self._grid.addWidget(title, 0, index + 1)
        self._grid.setColumnStretch(index + 1, 1 if setting.form == "choice" else 0)
        return title

    def _append_row(self) -> None:
        index = len(self.rows)
        row = ItemRow(self, self.settings)
        row.up.clicked.connect(partial(self._move, index, -1))
        row.down.clicked.connect(partial(self._move, index, 1))
        row.remove.clicked.connect(partial(self._remove, index))
        for name, editor in row.editors.items():
            editor.edited.connect(partial(self._on_edited, index, name))
            editor.refused.connect(self.refused)
        for position, widget in enumerate(row.widgets()):
            self._grid.addWidget(widget, 2 * index + 1, position)
        self._grid.addWidget(row.details, 2 * index + 2, 1, 1, -1)
        self.rows.append(row)

    def _on_edited(self, index: int, name: str, value: Any) -> None:
        self.edited.emit(f"{index}.{name}", value)

    @Slot()
    def _add(self) -> None:
        # The new layer is like the last one: most networks are built so.
        new = self._items[-1] if self._items else self._item()
        self._replace((*self._items, new))

    def _remove(self, index: int) -> None:
        self._replace(self._items[:index] + self._items[index + 1 :])

    def _move(self, index: int, direction: int) -> None:
        items = list(self._items)
        items.insert(index + direction, items.pop(index))
        self._replace(tuple(items))
        moved = self.rows[index + direction]
        button = moved.up if direction < 0 else moved.down
        # Focus follows the entry, so that it can be moved on.
        (button if button.isEnabled() else moved.other(button)).setFocus()

    def _replace(self, items: Items) -> None:
        self.show_value(items)
        self.edited.emit("", items)

    def _show_limits(self) -> None:
        count, most = len(self.rows), self.setting.max_length
        self.add_button.setEnabled(most is None or count < most)
        self.count.setText("" if count else "None")
        if most is not None and count >= most:
            self.count.setText(f"At most {most}")
        for title in self.header:
            title.setVisible(count > 0)
        for index, row in enumerate(self.rows):
            row.up.setEnabled(index > 0)
            row.down.setEnabled(index < count - 1)
            row.remove.setEnabled(count > self.setting.min_length)


class ItemRow(QObject):
    """The controls of one entry; the advanced ones below it, until asked for behind "⋯"."""

    def __init__(self, parent: QWidget, settings: tuple[Setting, ...]) -> None:
        super().__init__(parent)
        self._advanced = [s for s in settings if s.hints.advanced]
        self._forced = False
        self.mover = QWidget(parent)
        self.up = _button(self.mover, "caret-up", "Move up")
        self.down = _button(self.mover, "caret-down", "Move down")
        moves = column(self.mover, 0)
        moves.addWidget(self.up)
        moves.addWidget(self.down)
        self.details = QWidget(parent)
        lines = column(self.details, 4)
        lines.setContentsMargins(0, 0, 0, scaled(4))
        self.editors: dict[str, Editor] = {}
        self._shown: list[QWidget] = []
        for setting in settings:
            home = self.details if setting.hints.advanced else parent
            editor = editor_for(setting, home, narrow=True)
            editor.setToolTip(tooltip_of(setting))
            self.editors[setting.name] = editor
            if setting.hints.advanced:
                lines.addLayout(self._line(setting, editor))
            else:
                self._shown.append(editor)
        self.more = _button(parent, "dots-three-bold", "")
        self.more.setCheckable(True)
        self.more.setVisible(bool(self._advanced))
        self.more.toggled.connect(self._show_details)
        self._show_details()
        self.remove = _button(parent, "x", "Remove")

    def widgets(self) -> list[QWidget]:
        """Return the controls of the row from left to right."""
        return [self.mover, *self._shown, self.more, self.remove]

    def show_value(self, item: Declared) -> None:
        """Show an entry; "⋯" is coloured where something behind it is not as usual."""
        for name, editor in self.editors.items():
            editor.show_value(getattr(item, name))
        unusual = [s for s in self._advanced if getattr(item, s.name) != s.default]
        set_icon(self.more, "dots-three-bold", "accent" if unusual else "muted")
        values = [f"{s.label}: {_plain(getattr(item, s.name))}" for s in unusual]
        names = ", ".join(s.label.lower() for s in self._advanced)
        self.more.setToolTip("\n".join(values) or f"More: {names}")

    def force_open(self, forced: bool) -> None:
        """Show the advanced settings whatever the user chose."""
        self._forced = forced
        self._show_details()

    def other(self, button: QToolButton) -> QToolButton:
        """Return the other one of the two moving buttons."""
        return self.down if button is self.up else self.up

    def discard(self) -> None:
        """Take the controls out of the window."""
        for widget in (*self.widgets(), self.details):
            widget.hide()
            widget.deleteLater()
        self.deleteLater()

    def _line(self, setting: Setting, editor: Editor) -> QHBoxLayout:
        label = SettingLabel(setting, self.details)
        label.reset_asked.connect(editor.reset)
        line = QHBoxLayout()
        line.setSpacing(scaled(8))
        line.addWidget(label)
        line.addWidget(editor, 1)
        return line

    @Slot()
    def _show_details(self) -> None:
        is_open = self.more.isChecked() or self._forced
        self.details.setVisible(is_open and bool(self._advanced))


def _plain(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _button(parent: QWidget, name: str, tooltip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName("row")
    button.setToolTip(tooltip)
    side = scaled(14 if name.startswith("caret") else 22)
    button.setFixedSize(scaled(18), side)
    glyph = scaled(16 if name.startswith("dots") else 12)
    button.setIconSize(QSize(glyph, glyph))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(button, name, "muted")
    return button
