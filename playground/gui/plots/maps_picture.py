"""A convolutional network from the inside: filters, and what they find in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from playground.gui.plots.array_images import image_of, ink_image
from playground.gui.plots.curves import mixed
from playground.gui.plots.formats import count
from playground.gui.plots.painted import LEFT, RIGHT, Painted
from playground.gui.plots.regions import diverging_table
from playground.gui.run import Run
from playground.gui.theme import current_theme
from playground.training.views import BlockMaps, MapsView

SIDES = tuple(range(72, 22, -2))
"""Sides of a feature map in pixels, the largest that leaves room for all is taken."""

GAP = 4.0
FILTER_SHARE = 0.5
"""Side of a filter, relative to the map under it."""


@dataclass(frozen=True)
class _Laid:
    """Where one block's filters and maps stand: side and number of columns, and from where."""

    side: float
    n_columns: int
    top: float
    height: float

    def cell(self, index: int, left: float) -> QRectF:
        """Return the room of a filter with its map under it."""
        row, column = divmod(index, self.n_columns)
        height = _cell_height(self.side)
        x, y = left + column * (self.side + GAP), self.top + row * (height + GAP)
        return QRectF(x, y, self.side, height)


class MapsPicture(Painted):
    """The picture and the verdict left; right, block after block, each filter over its map."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._images: list[tuple[QImage, QImage]] = []
        self._theme_name = ""

    def show_sample(self, run: Run, view: MapsView) -> None:
        """Show another moment, or another picture."""
        self._names = run.prepared.table.class_names
        self._images = []
        self.show_view(view)

    def heading(self, view: MapsView) -> str:
        """Return what is shown, and what it is taken for."""
        text = f"{view.part} · row {view.row + 1}"
        if view.shares is None or view.true is None:
            return text
        said = int(np.argmax(view.shares))
        verdict = "right" if said == view.true else f"but it is {self._names[view.true]}"
        return f"{text} · read as {self._names[said]}, {verdict}"

    def least_height(self, width: float) -> float:
        """Return the height at which every map can be told apart, at a width."""
        if self.view is None:
            return 0.0
        em = QFontMetricsF(self._font).height()
        left = self._left_width(em)
        laid = _lay_out(self.view.blocks, width - 1.8 * em - left, SIDES[-1], em)
        return 3.3 * em + sum(block.height for block in laid)

    @staticmethod
    def _left_width(em: float) -> float:
        return 8.5 * em

    def paint_view(self, painter: QPainter, rect: QRectF, em: float, view: MapsView) -> None:
        """Paint the picture, the shares of the classes, and all blocks."""
        if not self._images or self._theme_name != current_theme().name:
            self._theme_name = current_theme().name
            self._images = [_block_images(block) for block in view.blocks]
        side = 5.5 * em
        painter.drawImage(QRectF(rect.left(), rect.top(), side, side), ink_image(view.picture))
        if view.shares is not None:
            below = QRectF(rect.left(), rect.top() + side + 0.6 * em, 7 * em, 0)
            below.setBottom(rect.bottom())
            self._paint_shares(painter, below, em, view)
        left = rect.left() + self._left_width(em)
        room = QRectF(left, rect.top(), rect.right() - left, rect.height())
        for block, images, laid in zip(
            view.blocks, self._images, fitted(view.blocks, room, em), strict=True
        ):
            self._paint_block(painter, room, em, block, images, laid)

    def _paint_shares(self, painter: QPainter, rect: QRectF, em: float, view: MapsView) -> None:
        assert view.shares is not None
        theme, line = current_theme(), 1.15 * em
        most = int(rect.height() / line)
        shown = range(len(view.shares))
        if most < len(view.shares):
            shown = np.sort(np.argsort(-view.shares, kind="stable")[:most]).tolist()
        names = [self._names[k] for k in shown]
        widest = max((painter.fontMetrics().horizontalAdvance(name) for name in names), default=0)
        name_width = min(float(widest), 3.5 * em) + 0.5 * em
        for i, k in enumerate(shown):
            row = QRectF(rect.left(), rect.top() + i * line, rect.width(), line)
            painter.setPen(QColor(theme.text if k == view.true else theme.muted))
            name = painter.fontMetrics().elidedText(
                self._names[k], Qt.TextElideMode.ElideRight, int(name_width)
            )
            painter.drawText(row, LEFT, name)
            track = row.adjusted(name_width, 0.3 * line, 0, -0.3 * line)
            painter.fillRect(track, mixed(theme.muted, theme.plot_background, 0.15))
            track.setWidth(track.width() * float(view.shares[k]))
            painter.fillRect(track, QColor(theme.success if k == view.true else theme.validation))

    def _paint_block(
        self,
        painter: QPainter,
        room: QRectF,
        em: float,
        block: BlockMaps,
        images: tuple[QImage, QImage],
        laid: _Laid,
    ) -> None:
        theme = current_theme()
        n, height, width = block.maps.shape
        caption = QRectF(room.left(), room.top() + laid.top - 1.4 * em, room.width(), 1.3 * em)
        painter.setPen(QColor(theme.muted))
        size = f"{block.filters.shape[1]}×{block.filters.shape[2]}"
        painter.drawText(caption, RIGHT, f"{count(n)} filters {size} · maps {height}×{width}")
        painter.setPen(QColor(theme.text))
        painter.drawText(caption, LEFT, block.name)
        painter.save()
        painter.translate(0, room.top())
        kernels, found = images
        for i in range(n):
            cell = laid.cell(i, room.left())
            side = FILTER_SHARE * laid.side
            place = QRectF(cell.center().x() - side / 2, cell.top(), side, side)
            painter.drawImage(place, kernels, _tile(kernels, i, n))
            place = QRectF(cell.left(), cell.bottom() - laid.side, laid.side, laid.side)
            painter.drawImage(place, found, _tile(found, i, n))
        painter.restore()


def fitted(blocks: tuple[BlockMaps, ...], room: QRectF, em: float) -> list[_Laid]:
    """Return the layout with the largest maps that fit, or with the smallest that can be read."""
    laid: list[_Laid] = []
    for side in SIDES:
        laid = _lay_out(blocks, room.width(), side, em)
        if sum(block.height for block in laid) <= room.height():
            break
    return laid


def _lay_out(blocks: tuple[BlockMaps, ...], width: float, side: float, em: float) -> list[_Laid]:
    n_columns = max(int((width + GAP) / (side + GAP)), 1)
    laid, y = [], 0.0
    for block in blocks:
        n_rows = -(-len(block.maps) // n_columns)
        height = 1.5 * em + n_rows * (_cell_height(side) + GAP) + 0.5 * em
        laid.append(_Laid(side, n_columns, y + 1.5 * em, height))
        y += height
    return laid


def _cell_height(side: float) -> float:
    return side * (1.0 + FILTER_SHARE) + 2.0


def _tile(stacked: QImage, index: int, n: int) -> QRectF:
    """Return where one of ``n`` pictures on top of each other stands."""
    height = stacked.height() / n
    return QRectF(0, index * height, stacked.width(), height)


def _block_images(block: BlockMaps) -> tuple[QImage, QImage]:
    """Return filters, blue where positive, and maps on top of each other, each on one scale."""
    filters, maps = (stack.reshape(-1, stack.shape[-1]) for stack in (block.filters, block.maps))
    largest = _largest(maps)
    # Most activations leave nothing negative; where some is, both signs need a colour.
    if np.nanmin(maps, initial=0.0) < -0.2 * largest:
        return _signed(filters), _signed(maps)
    return _signed(filters), ink_image(np.clip(np.nan_to_num(maps) / largest, 0.0, 1.0), 1.0)


def _signed(values: NDArray[Any]) -> QImage:
    level = np.clip(np.nan_to_num(values) / _largest(values), -1.0, 1.0)
    table = diverging_table(current_theme(), 1.0)
    return image_of(table[(127.5 + 127.5 * level).astype(np.uint8)])


def _largest(values: NDArray[Any]) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(max(finite.max(initial=0.0), 1e-12))
