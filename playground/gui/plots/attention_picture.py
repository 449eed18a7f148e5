"""Where a model reads while it goes through a text: one map large, all others to choose from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsSceneHoverEvent, QGraphicsSceneMouseEvent

from playground.gui.plots.array_images import image_of
from playground.gui.plots.formats import percent
from playground.gui.plots.painted import LEFT, RIGHT, Painted
from playground.gui.plots.regions import rgb
from playground.gui.theme import current_theme
from playground.training.views import AttentionMap, AttentionView

CENTER = Qt.AlignmentFlag.AlignCenter
LEAST_FONT = 0.55
"""Smallest size of a symbol's label, relative to the font; below it labels are left out."""


class AttentionPicture(Painted):
    """Small maps, a row a block and a column a head; a click chooses the large one.

    Attributes
    ----------
    chosen
        Name of the large map, and its head.
    """

    def __init__(self) -> None:
        super().__init__()
        self.chosen: tuple[str, int] = ("", 0)
        self._images: dict[tuple[str, int], QImage] = {}
        self._theme_name = ""
        self._thumbs: list[tuple[QRectF, tuple[str, int]]] = []
        self._cells = QRectF()
        self._cursor: QPointF | None = None
        self.setAcceptHoverEvents(True)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)

    def show_sample(self, view: AttentionView) -> None:
        """Show another moment, or another text."""
        names = [m.name for m in view.maps]
        if self.chosen[0] not in names or self.chosen[1] >= self._map(view).shares.shape[0]:
            # Of a translation the most telling: what it reads while it writes.
            across = [n for n in names if "cross" in n or n == "attention"]
            self.chosen = ((across or names)[-1], 0)
        self._images = {}
        self.show_view(view)

    def thumb_of(self, name: str, head: int) -> QRectF:
        """Return where a small map stands."""
        return next(rect for rect, key in self._thumbs if key == (name, head))

    def heading(self, view: AttentionView) -> str:
        """Return what is shown, or what is under the mouse."""
        pointed = self._pointed(view)
        if pointed is None:
            name, head = self.chosen
            n_heads = len(self._map(view).shares)
            return f"{view.part} · row {view.row + 1} · {said(name)} · head {head + 1} of {n_heads}"
        shown = self._map(view)
        i, j = pointed
        share = float(shown.shares[self.chosen[1], i, j])
        return f"{visible(shown.queries[i])}  reads  {visible(shown.keys[j])}  {percent(share)}"

    def paint_view(self, painter: QPainter, rect: QRectF, em: float, view: AttentionView) -> None:
        """Paint all maps small and the chosen one large."""
        if self._theme_name != current_theme().name:
            self._theme_name, self._images = current_theme().name, {}
        used = self._paint_thumbs(painter, rect, em, view)
        room = rect.adjusted(used + 1.2 * em if used else 0.0, 0, 0, 0)
        self._paint_large(painter, room, em, self._map(view))

    # --- the mouse ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Choose the small map under the mouse."""
        for rect, key in self._thumbs:
            if rect.contains(event.pos()):
                self.chosen = key
                self.update()
                return
        event.ignore()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Say what is under the mouse."""
        self._cursor = event.pos()
        over_thumb = any(rect.contains(event.pos()) for rect, _ in self._thumbs)
        shape = Qt.CursorShape.PointingHandCursor if over_thumb else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.update()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Say what is shown again."""
        self._cursor = None
        self.update()

    # --- inside ---------------------------------------------------------------------------------

    def _map(self, view: AttentionView) -> AttentionMap:
        return next((m for m in view.maps if m.name == self.chosen[0]), view.maps[0])

    def _pointed(self, view: AttentionView) -> tuple[int, int] | None:
        if self._cursor is None or not self._cells.contains(self._cursor):
            return None
        shown = self._map(view)
        x = (self._cursor.x() - self._cells.left()) / self._cells.width()
        y = (self._cursor.y() - self._cells.top()) / self._cells.height()
        i = min(int(y * len(shown.queries)), len(shown.queries) - 1)
        return i, min(int(x * len(shown.keys)), len(shown.keys) - 1)

    def _image(self, shown: AttentionMap, head: int) -> QImage:
        key = (shown.name, head)
        if key not in self._images:
            self._images[key] = image_of(_colors(shown.shares[head]))
        return self._images[key]

    def _paint_thumbs(
        self, painter: QPainter, rect: QRectF, em: float, view: AttentionView
    ) -> float:
        """Paint the small maps and return how wide they are together; one alone is left out."""
        theme = current_theme()
        self._thumbs = []
        n_heads = max(len(m.shares) for m in view.maps)
        if len(view.maps) * n_heads == 1:
            return 0.0
        gap = 0.35 * em
        high = rect.height() / len(view.maps) - 1.3 * em - gap
        wide = 0.42 * rect.width() / n_heads - gap
        side = max(min(high, wide, 4.5 * em), 0.8 * em)
        names = [painter.fontMetrics().horizontalAdvance(said(m.name)) for m in view.maps]
        width = max(n_heads * (side + gap), min(max(names) + 0.5 * em, 0.3 * rect.width()))
        for row, shown in enumerate(view.maps):
            y = rect.top() + row * (side + 1.3 * em + gap)
            label = QRectF(rect.left(), y, width, 1.2 * em)
            painter.setPen(QColor(theme.text if shown.name == self.chosen[0] else theme.muted))
            text = painter.fontMetrics().elidedText(
                said(shown.name), Qt.TextElideMode.ElideRight, int(label.width())
            )
            painter.drawText(label, LEFT, text)
            for head in range(len(shown.shares)):
                thumb = QRectF(rect.left() + head * (side + gap), label.bottom(), side, side)
                painter.drawImage(thumb, self._image(shown, head))
                is_chosen = (shown.name, head) == self.chosen
                painter.setPen(QPen(QColor(theme.accent if is_chosen else theme.border), 1.5))
                painter.drawRect(thumb)
                self._thumbs.append((thumb, (shown.name, head)))
        return width

    def _paint_large(self, painter: QPainter, room: QRectF, em: float, shown: AttentionMap) -> None:
        theme, metrics = current_theme(), QFontMetricsF(self._font)
        widest = max(metrics.horizontalAdvance(visible(q)) for q in shown.queries)
        longest = max(metrics.horizontalAdvance(visible(k)) for k in shown.keys)
        # Single symbols stand upright below their column, words lie on their side.
        is_words = longest > 1.5 * em
        below = min(longest, 0.3 * room.height()) + 0.6 * em if is_words else 1.5 * em
        left = min(widest, 0.25 * room.width()) + 0.6 * em
        cells = room.adjusted(left, 0, 0, -below)
        n_rows, n_columns = len(shown.queries), len(shown.keys)
        width = min(cells.width() / n_columns, 2.6 * em, 2.5 * cells.height() / n_rows)
        height = min(cells.height() / n_rows, 2.2 * em, 2.5 * width)
        self._cells = cells = QRectF(cells.left(), cells.top(), width * n_columns, height * n_rows)
        painter.drawImage(cells, self._image(shown, self.chosen[1]))
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawRect(cells)
        painter.setPen(QColor(theme.text))
        if self._set_label_font(painter, height / em):
            for i, query in enumerate(shown.queries):
                row = QRectF(room.left(), cells.top() + i * height, left - 0.4 * em, height)
                painter.drawText(row, RIGHT, visible(query))
        if self._set_label_font(painter, width / em):
            for j, key in enumerate(shown.keys):
                x = cells.left() + j * width
                if is_words:
                    painter.save()
                    painter.translate(x + width / 2, cells.bottom() + 0.3 * em)
                    painter.rotate(90)
                    painter.drawText(QRectF(0, -em, below, 2 * em), LEFT, visible(key))
                    painter.restore()
                else:
                    cell = QRectF(x - em, cells.bottom() + 0.15 * em, width + 2 * em, 1.3 * em)
                    painter.drawText(cell, CENTER, visible(key))
        painter.setFont(self._font)

    def _set_label_font(self, painter: QPainter, room: float) -> bool:
        """Choose the font of labels that have ``room`` lines; False where none can be read."""
        factor = min(1.0, room)
        if factor < LEAST_FONT:
            return False
        font = QFont(self._font)
        font.setPointSizeF(font.pointSizeF() * factor)
        painter.setFont(font)
        return True


def said(name: str) -> str:
    """Return ``decoder 2 · source`` for ``decoder2.cross_attention``."""
    block, _, kind = name.rpartition(".")
    if not block:
        return "attention"
    number = block.lstrip("abcdefghijklmnopqrstuvwxyz_")
    stack = block.removesuffix(number).replace("_", " ")
    return f"{stack} {number} · {'source' if 'cross' in kind else 'self'}"


def visible(symbol: str) -> str:
    """Return a symbol as it can be seen alone."""
    return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(symbol, symbol)


def _colors(shares: NDArray[Any]) -> NDArray[Any]:
    """Return colours of shares, shape (n_queries, n_keys, 3)."""
    theme = current_theme()
    # The root keeps what is shared out among many keys visible.
    strength = np.sqrt(np.clip(np.nan_to_num(shares), 0.0, 1.0))[..., None]
    return (1.0 - strength) * rgb(theme.background) + strength * rgb(theme.train)
