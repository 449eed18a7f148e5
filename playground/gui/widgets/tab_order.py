"""The order in which Tab visits controls that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget


def order_tabs(root: QWidget) -> None:
    """Let Tab visit what is within ``root`` in the order of its layouts.

    Qt visits in the order of creation, so a control that is made later would come last of all.
    """
    for earlier, later in pairwise(_within(root)):
        QWidget.setTabOrder(earlier, later)


def _within(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    layout = widget.layout()
    if layout is not None:
        yield from _items(layout)


def _items(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        inner_widget = item.widget() if item is not None else None
        inner_layout = item.layout() if item is not None else None
        if inner_widget is not None:
            yield from _within(inner_widget)
        elif inner_layout is not None:
            yield from _items(inner_layout)
