"""A choice among many: its list is grouped under headings and can be searched."""

from __future__ import annotations

import html
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget

from playground.gui.theme import current_theme, scaled
from playground.gui.widgets.labels import column

MOST_ROWS = 24
_NAME = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True)
class Entry:
    """One line of the list: a heading where it has no name, barred where there is a reason."""

    label: str
    name: str = ""
    summary: str = ""
    reason: str = ""


class SearchableList(QFrame):
    """Pops up below a box: a line to search in, and the entries that match.

    Parameters
    ----------
    entries
        Headings and what stands below them.
    present
        The name of the chosen one.
    """

    chosen = Signal(str)

    def __init__(self, entries: list[Entry], present: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("searchable")
        self.setStyleSheet(
            f"#searchable {{ background: {current_theme().surface};"
            f" border: 1px solid {current_theme().border}; }}"
            "QListWidget { border: none; }"
        )
        self._entries = entries
        self.search = QLineEdit(self, placeholderText="Find", clearButtonEnabled=True)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._on_clicked)
        layout = column(self, 6)
        layout.setContentsMargins(*(scaled(6),) * 4)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self._fill("")
        self._choose_row(present)

    def open_below(self, box: QWidget) -> None:
        """Show it below a box, or above where there is more room."""
        row = self.list.sizeHintForRow(0) or scaled(22)
        height = min(len(self._entries), MOST_ROWS) * row + scaled(52)
        width = max(box.width(), self.list.sizeHintForColumn(0) + scaled(48))
        place = QRect(box.mapToGlobal(QPoint(0, box.height())), QSize(width, height))
        room = box.screen().availableGeometry()
        if place.bottom() > room.bottom():
            place.moveBottom(max(room.bottom(), room.top() + height))
        self.setGeometry(place)
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)
        self.list.scrollToItem(self.list.currentItem())

    def names(self) -> list[str]:
        """Return the names that are listed now."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [item.data(_NAME) for item in items if item.data(_NAME)]

    # --- filling ---------------------------------------------------------------------------------

    @Slot(str)
    def _fill(self, text: str) -> None:
        wanted = text.strip().lower()
        self.list.clear()
        heading: Entry | None = None
        is_named = False
        for entry in self._entries:
            if not entry.name:
                heading, is_named = entry, wanted in entry.label.lower()
                continue
            if is_named or wanted in f"{entry.label} {entry.name} {entry.summary}".lower():
                if heading is not None:
                    self.list.addItem(_heading_item(heading))
                    heading = None
                self.list.addItem(_item(entry))
        self._step(1, start=-1)

    def _choose_row(self, name: str) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).data(_NAME) == name:
                self.list.setCurrentRow(row)

    # --- choosing --------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let keys move through the list while the search line has the focus."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.key() in _MOVES:
            far = event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
            down = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
            for _ in range(8 if far else 1):
                self._step(1 if down else -1, start=self.list.currentRow())
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentItem())
            return True
        return super().eventFilter(watched, event)

    def _step(self, direction: int, *, start: int) -> None:
        row = start + direction
        while 0 <= row < self.list.count():
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsSelectable:
                self.list.setCurrentRow(row)
                return
            row += direction

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._take(item)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsSelectable:
            name = item.data(_NAME)
            self.close()
            self.chosen.emit(name)


def _heading_item(entry: Entry) -> QListWidgetItem:
    item = QListWidgetItem(entry.label)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    font = item.font()
    font.setBold(True)
    item.setFont(font)
    return item


def _item(entry: Entry) -> QListWidgetItem:
    item = QListWidgetItem(f"   {entry.label}")
    item.setData(_NAME, entry.name)
    lines = [html.escape(text) for text in (entry.summary, entry.reason) if text]
    # Rich text wraps; a plain tooltip would be one long line.
    item.setToolTip(f"<p>{'<br>'.join(lines)}</p>")
    if entry.reason:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setForeground(QColor(current_theme().disabled))
    return item
