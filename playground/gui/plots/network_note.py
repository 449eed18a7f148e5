"""The note beside what the mouse is over in the network view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from playground.gui.plots.formats import number
from playground.gui.plots.network_scene import NetworkScene, Target
from playground.gui.theme import current_theme, scaled

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
PICTURE = 96
LINE = 1.25
"""Height of a line of text, in heights of the font."""


def facts(scene: NetworkScene, target: Target, value: float | None) -> list[str]:
    """Return what there is to say of a target, a line each; ``value`` replaces its own number."""
    if target.kind != "neuron":
        return [number(scene.value_of(target) if value is None else value)]
    column, entry = scene.view.columns[target.column], target.entry
    lines = [
        f"mean {number(column.mean[entry], 3)}",
        f"from {number(column.low[entry], 3)} to {number(column.high[entry], 3)}",
    ]
    if column.biases is not None:
        lines.append(f"bias {number(column.biases[entry], 3)}")
    return lines


def paint_note(
    painter: QPainter,
    rect: QRectF,
    at: QPointF,
    gap: float,
    texts: Sequence[str],
    picture: QImage | None,
) -> None:
    """Paint lines of text, and a picture enlarged, beside a point and within ``rect``."""
    theme, metrics = current_theme(), QFontMetricsF(painter.font())
    em, pad = metrics.height(), scaled(8)
    width = max(metrics.horizontalAdvance(text) for text in texts)
    height = len(texts) * LINE * em
    if picture is not None:
        width = max(width, scaled(PICTURE))
        height += pad / 2 + width
    box = _box(rect, at, gap, width + 2 * pad, height + 2 * pad)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.tooltip))
    painter.drawRoundedRect(box, 4, 4)
    row = QRectF(box.left() + pad, box.top() + pad, width, LINE * em)
    painter.setPen(QColor(theme.tooltip_text))
    for text in texts:
        painter.drawText(row, LEFT, text)
        row.translate(0, LINE * em)
    if picture is not None:
        painter.drawImage(QRectF(row.left(), row.top() + pad / 2, width, width), picture)


def _box(rect: QRectF, at: QPointF, gap: float, width: float, height: float) -> QRectF:
    """Return a box right of a point, or left where there is no room."""
    box = QRectF(at.x() + gap, at.y() - height / 2, width, height)
    if box.right() > rect.right() - 2:
        box.moveRight(at.x() - gap)
    box.moveBottom(min(box.bottom(), rect.bottom() - 2))
    box.moveTop(max(box.top(), rect.top() + 2))
    return box
