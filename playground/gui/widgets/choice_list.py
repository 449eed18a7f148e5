"""A choice list, and a switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QStandardItemModel,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QComboBox, QHBoxLayout, QWidget

from playground.declarations import Setting
from playground.gui.theme import current_theme, scaled
from playground.gui.widgets.editor import Editor
from playground.gui.widgets.searchable_list import Entry, SearchableList

_ACRONYMS = {"gru", "lstm"}


@dataclass(frozen=True)
class Option:
    """One entry: its name in the declaration, how people read it, what it is, and its heading."""

    name: str
    label: str
    summary: str = ""
    group: str = ""


def options_of(setting: Setting) -> tuple[Option, ...]:
    """Return the entries of a choice or kind setting."""
    if setting.registry is not None:
        kinds = setting.registry
        return tuple(Option(k.name(), k.label(), k.summary(), k.group()) for k in kinds)
    # Names such as float32 are read as they are.
    return tuple(Option(name, _label(name)) for name in setting.choices)


def by_group(options: Iterable[Option]) -> list[Option]:
    """Return options by heading and name."""
    return sorted(options, key=lambda option: (option.group, option.label.lower()))


def entries_of(options: Iterable[Option], reasons: Mapping[str, str]) -> list[Entry]:
    """Return options in this order as lines of a list, each group under its heading."""
    entries, heading = [], ""
    for option in options:
        if option.group != heading:
            heading = option.group
            entries.append(Entry(heading))
        reason = reasons.get(option.name, "")
        entries.append(Entry(option.label, option.name, option.summary, reason))
    return entries


def _label(name: str) -> str:
    if name in _ACRONYMS:
        return name.upper()
    words = name.replace("_", " ")
    return words.capitalize() if words.replace(" ", "").isalpha() else name


class OptionBox(QComboBox):
    """A list to choose one option from; options can be barred with a reason.

    Options under headings are listed by heading and name, with a line to search in.
    """

    chosen = Signal(str)

    def __init__(self, options: Sequence[Option], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_grouped = any(option.group for option in options)
        if self._is_grouped:
            options = by_group(options)
        self._options = tuple(options)
        self._reasons: Mapping[str, str] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMaxVisibleItems(20)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        for index, option in enumerate(self._options):
            self.addItem(option.label, option.name)
            self.setItemData(index, option.summary, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(self._on_activated)

    def show_name(self, name: str) -> None:
        """Show an option as the chosen one."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(name))

    def bar(self, reasons: Mapping[str, str]) -> None:
        """Grey out the options that are named here; the reason becomes the tooltip."""
        self._reasons = dict(reasons)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for index, option in enumerate(self._options):
            reason = reasons.get(option.name, "")
            model.item(index).setEnabled(not reason)
            model.item(index).setToolTip(reason or option.summary)

    def showPopup(self) -> None:
        if self._is_grouped:
            self._open_list().open_below(self)
            return
        # The list may be wider than the box, so that no label is cut.
        width = self.view().sizeHintForColumn(0) + scaled(36)
        self.view().setMinimumWidth(max(self.width(), width))
        super().showPopup()

    def _open_list(self) -> SearchableList:
        entries = entries_of(self._options, self._reasons)
        popup = SearchableList(entries, self.currentData(), self)
        popup.chosen.connect(self._on_found)
        return popup

    @Slot(str)
    def _on_found(self, name: str) -> None:
        if name != self.currentData():
            self.show_name(name)
            self.chosen.emit(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))


class ChoiceList(Editor):
    """One of several names."""

    def __init__(
        self, setting: Setting, parent: QWidget | None = None, *, least_letters: int = 8
    ) -> None:
        super().__init__(setting, parent)
        self.box = OptionBox(options_of(setting), self)
        self.box.setMinimumContentsLength(least_letters)
        self.box.chosen.connect(self._on_chosen)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)

    def show_value(self, value: Any) -> None:
        self.box.show_name(str(value))

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        self.edited.emit(name)


class Switch(Editor):
    """On or off."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self.button = SwitchButton(self)
        self.button.clicked.connect(self._on_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button)
        layout.addStretch(1)

    def show_value(self, value: Any) -> None:
        self.button.setChecked(bool(value))

    @Slot(bool)
    def _on_clicked(self, is_on: bool) -> None:
        self.edited.emit(is_on)


class SwitchButton(QAbstractButton):
    """A sliding switch; Space and Return turn it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(scaled(34), scaled(20))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Space belongs to play and pause in this window.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = min(float(scaled(18)), self.height() - 2.0)
        track = QRectF(1, (self.height() - height) / 2, height * 1.75, height)
        ring = theme.accent if self.hasFocus() or self.isChecked() else theme.muted
        painter.setPen(QPen(QColor(ring), 1))
        painter.setBrush(QColor(theme.accent if self.isChecked() else theme.field))
        painter.drawRoundedRect(track, height / 2, height / 2)
        knob = height - 6
        left = track.right() - knob - 3 if self.isChecked() else track.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.on_accent if self.isChecked() else theme.muted))
        painter.drawEllipse(QRectF(left, track.top() + 3, knob, knob))
