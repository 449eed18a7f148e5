"""Marks on a curve: where a setting was changed, where the run diverged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from playground.gui.plots.formats import count, setting
from playground.gui.theme import Theme
from playground.training.edits import PARAMETERS
from playground.training.snapshots import Edit, Ending, Outcome

Corner = Literal["top right", "bottom right", "top left", "bottom left"]

_NEAR = 6.0
_FLAG = 10.0


@dataclass(frozen=True)
class Mark:
    """A vertical line at ``x`` with a flag, and a label on hover."""

    x: float
    label: str
    is_danger: bool = False
    name: str = ""
    """What always stands beside the flag; empty for a flag alone."""


def edit_marks(edits: Sequence[Edit], x_of: Callable[[int], float]) -> list[Mark]:
    """Return a mark for each edit, one for all changes of a setting at the same step."""
    merged: dict[tuple[int, str], Edit] = {}
    for edit in edits:
        first = merged.get((edit.step, edit.path), edit)
        merged[edit.step, edit.path] = Edit(edit.step, edit.path, first.old, edit.new)
    return [Mark(x_of(edit.step), edit_label(edit)) for edit in merged.values()]


def edit_label(edit: Edit) -> str:
    """Return ``learning rate 0.01 → 0.003 at step 1 200``."""
    if edit.path.startswith(PARAMETERS):
        name = edit.path.removeprefix(PARAMETERS)
    else:
        name = edit.path.rpartition(".")[2].replace("_", " ")
    return f"{name} {setting(edit.old)} → {setting(edit.new)} at step {count(edit.step)}"


def ending_mark(ending: Ending | None, x_of: Callable[[int], float]) -> list[Mark]:
    """Return the mark of a divergence, if that is how the run ended."""
    if ending is None or ending.outcome is not Outcome.DIVERGED:
        return []
    where = f" in {ending.layer}" if ending.layer else ""
    label = f"diverged{where} at step {count(ending.step)}"
    return [Mark(x_of(ending.step), label, is_danger=True)]


def paint_marks(
    painter: QPainter, rect: QRectF, marks: Sequence[Mark], places: Sequence[float], theme: Theme
) -> None:
    """Paint a thin line and a small flag for each mark; neighbours closer than 2 pixels share."""
    last = -10.0
    for mark, x in zip(marks, places, strict=True):
        if not 0 <= x <= rect.width() or (abs(x - last) < 2 and not mark.is_danger):
            continue
        last = x
        color = QColor(theme.danger if mark.is_danger else theme.muted)
        painter.setPen(QPen(color, 1))
        painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        top = rect.top()
        painter.drawPolygon(
            QPolygonF([QPointF(x, top), QPointF(x + 8, top + 4), QPointF(x, top + 8)])
        )


def paint_names(
    painter: QPainter, names: Sequence[tuple[str, QRectF]], metrics: QFontMetricsF, theme: Theme
) -> None:
    """Paint names of marks into their boxes, as much as there is room for."""
    painter.setPen(QColor(theme.muted))
    for name, box in names:
        painter.fillRect(box, QColor(theme.plot_background))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, box.width() + 1)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, shown)


def name_boxes(
    rect: QRectF,
    marks: Sequence[Mark],
    places: Sequence[float],
    metrics: QFontMetricsF,
    side: Corner = "bottom right",
) -> list[tuple[str, QRectF]]:
    """Return where names stand: a line for each, at its mark's foot or flag, on one side of it.

    A name that has no room there stands on the other side, or on the wider one cut short.
    """
    boxes: list[tuple[str, QRectF]] = []
    line = metrics.height()
    for mark, x in zip(marks, places, strict=True):
        if not mark.name or not 0 <= x <= rect.width():
            continue
        rooms = {"left": x - 4, "right": rect.width() - x - 6}
        width = metrics.horizontalAdvance(mark.name) + 1
        vertical, _, horizontal = side.partition(" ")
        if rooms[horizontal] < width:
            horizontal = max(rooms, key=rooms.__getitem__)
        width = min(width, rooms[horizontal])
        left = x + 6 if horizontal == "right" else x - 4 - width
        n = len(boxes)
        top = rect.top() + _FLAG + n * line if vertical == "top" else rect.bottom() - (n + 1) * line
        boxes.append((mark.name, QRectF(left, top, width, line)))
    return boxes


def paint_mark_label(
    painter: QPainter,
    rect: QRectF,
    marks: Sequence[Mark],
    places: Sequence[float],
    cursor: float,
    theme: Theme,
) -> None:
    """Paint the labels of the marks under the cursor, the newest three."""
    near = [m.label for m, x in zip(marks, places, strict=True) if abs(x - cursor) <= _NEAR]
    if not near:
        return
    text = "\n".join(near[-3:])
    metrics = QFontMetricsF(painter.font())
    size = metrics.boundingRect(QRectF(0, 0, 1e4, 1e4), Qt.AlignmentFlag.AlignLeft, text)
    box = QRectF(cursor + 12, rect.top() + 12, size.width() + 16, size.height() + 8)
    if box.right() > rect.right() - 4:
        box.moveRight(max(cursor - 8, rect.left() + box.width() + 4))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.tooltip))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(theme.tooltip_text))
    painter.drawText(box.adjusted(8, 4, -8, -4), Qt.AlignmentFlag.AlignLeft, text)
