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
        yield from _placed(layout, widget)


def _placed(layout: QLayout, owner: QWidget) -> Iterator[QWidget]:
    """Go through a layout without asking for its items.

    Qt makes these itself and deletes them unseen. Their Python ends stay, and whatever Qt puts in
    the same place of memory afterwards is mixed up with them: it crashes when it is deleted.
    """
    parts: list[QWidget | QLayout] = [
        part for part in owner.children() if isinstance(part, QWidget) and not part.isWindow()
    ]
    parts += [part for part in layout.children() if isinstance(part, QLayout)]
    by_index = {layout.indexOf(part): part for part in parts}
    for index, part in sorted(by_index.items(), key=lambda pair: pair[0]):
        if index < 0:
            continue
        if isinstance(part, QWidget):
            yield from _within(part)
        else:
            yield from _placed(part, owner)
