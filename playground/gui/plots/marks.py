"""Marks on a curve: where a setting was changed, where the run diverged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from playground.gui.plots.formats import count, setting
from playground.gui.theme import Theme
from playground.training.edits import PARAMETERS
from playground.training.snapshots import Edit, Ending, Outcome

_NEAR = 6.0


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
    _paint_names(painter, rect, marks, places, theme)


def _paint_names(
    painter: QPainter, rect: QRectF, marks: Sequence[Mark], places: Sequence[float], theme: Theme
) -> None:
    """Paint the names of marks that have one."""
    painter.setPen(QColor(theme.muted))
    boxes = name_boxes(rect, marks, places, QFontMetricsF(painter.font()))
    for name, box in boxes:
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, name)


def name_boxes(
    rect: QRectF, marks: Sequence[Mark], places: Sequence[float], metrics: QFontMetricsF
) -> list[tuple[str, QRectF]]:
    """Return where names of marks stand: at their feet, each on a line of its own."""
    boxes: list[tuple[str, QRectF]] = []
    for mark, x in zip(marks, places, strict=True):
        if mark.name and 0 <= x <= rect.width():
            width = metrics.horizontalAdvance(mark.name) + 1
            left = x + 6 if x + 6 + width <= rect.width() else x - 4 - width
            top = rect.bottom() - (len(boxes) + 1) * metrics.height()
            boxes.append((mark.name, QRectF(left, top, width, metrics.height())))
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
