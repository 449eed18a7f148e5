"""Paints the neurons and weights of a perceptron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPainter,
    QPen,
    QPolygonF,
)

from playground.gui.plots.curves import mixed
from playground.gui.plots.formats import count, number
from playground.gui.plots.network_layout import Place
from playground.gui.plots.network_note import facts, paint_note
from playground.gui.plots.network_scene import Labels, NetworkScene, Target
from playground.gui.plots.regions import diverging_table
from playground.gui.theme import Theme, current_theme, scaled
from playground.training.views import NeuronsView

LEVELS = 8
"""Steps in which colour and width of a weight are drawn, so that few pens are needed."""

WIDEST = 4
"""Pixels across the strongest weight."""

MOST_STROKES = 360
"""Lines of a pixel's width that are painted at once; where there are more, wide ones lose some."""

LEAST_COLUMN_PITCH = 78
CENTER = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
ELIDED = Qt.TextElideMode.ElideRight


class NetworkItem(pg.GraphicsWidget):
    """The network as it is at one moment.

    Attributes
    ----------
    scene_
        What is drawn; None before there is anything.
    target
        What is lit up and explained.
    value
        A number to show for the target in place of its present one, while it is being dragged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scene_: NetworkScene | None = None
        self.target: Target | None = None
        self.value: float | None = None
        self._font = QFont()
        self._polygons: dict[int, QPolygonF] = {}
        self._atlas = QImage()
        # Qt's SVG writer forgets to end the clipping of the item before.
        self.setFlag(self.GraphicsItemFlag.ItemClipsToShape)
        # So that what is scrolled out of sight need not be painted.
        self.setFlag(self.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setMinimumSize(60, 60)

    def restyle(self, font: QFont) -> None:
        """Take on a font and the present theme's colours."""
        self._font = font
        if self.scene_ is not None:
            self.show_view(self.scene_.view, self.scene_.labels)

    def show_view(self, view: NeuronsView, labels: Labels) -> None:
        """Show another moment."""
        self._atlas = atlas(view, current_theme())
        self._lay_out(view, labels)
        self.update()

    def least_width(self) -> float:
        """Return the width below which columns would be too near to each other."""
        if self.scene_ is None:
            return 0.0
        view = self.scene_.view
        pitches = (len(view.columns) - 1) * scaled(LEAST_COLUMN_PITCH)
        return sum(self._margins(view, self.scene_.labels)) + pitches

    def light_up(self, target: Target | None, value: float | None = None) -> None:
        """Mark what the mouse is over."""
        if (target, value) != (self.target, self.value):
            self.target, self.value = target, value
            self.update()

    def target_at(self, position: QPointF) -> Target | None:
        """Return what lies at a position."""
        if self.scene_ is None:
            return None
        return self.scene_.target_at(position.x(), position.y(), scaled(5))

    def resizeEvent(self, event: Any) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        if self.scene_ is not None:
            self._lay_out(self.scene_.view, self.scene_.labels)

    def _lay_out(self, view: NeuronsView, labels: Labels) -> None:
        rect, em = self.rect(), QFontMetricsF(self._font).height()
        left, right = self._margins(view, labels)
        place = Place(
            left=left,
            right=max(rect.width() - right, left + 1),
            top=3.6 * em,
            bottom=max(rect.height() - 2.4 * em, 7 * em),
            pitch=scaled(46),
            least_pitch=scaled(20),
        )
        before, self.scene_ = (
            self.scene_,
            NetworkScene.laid_out(view, labels, place, self.scene_),
        )
        if before is None or before.layout is not self.scene_.layout:
            self._polygons.clear()
            self.target = None

    def _margins(self, view: NeuronsView, labels: Labels) -> tuple[float, float]:
        """Return the room from the edges to the first and the last column's centres."""
        metrics = QFontMetricsF(self._font)
        em = metrics.height()

        def room(names: Sequence[str]) -> float:
            widest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
            return max(min(widest, 7 * em) + scaled(18) + 1.2 * em, 3 * em)

        return (
            room([labels.inputs[i] for i in view.columns[0].shown]),
            room([labels.outputs[i] for i in view.columns[-1].shown]),
        )

    # --- painting -------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: Any, *_: Any) -> None:
        """Paint weights, neurons, biases, names and what is explained."""
        scene, theme = self.scene_, current_theme()
        if scene is None:
            return
        seen = scene.layout.visible(option.exposedRect.left(), option.exposedRect.right())
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_lines(painter, scene, seen, theme)
        self._paint_neurons(painter, scene, seen, theme)
        self._paint_biases(painter, scene, seen, theme)
        self._paint_names(painter, scene, theme)
        self._paint_key(painter, scene, theme)
        if self.target is not None:
            self._paint_note(painter, scene, self.target)

    def _paint_lines(
        self, painter: QPainter, scene: NetworkScene, seen: range, theme: Theme
    ) -> None:
        """Paint the lines in groups of a pen each, the weakest first, those that are lit last."""
        lit, lines = scene.lit(self.target), scene.lines
        if self.target is not None and self.target.kind != "bias":
            lines = np.union1d(lines, np.flatnonzero(lit))
        into = scene.layout.lines[lines, 0]
        lines = lines[(into >= seen.start) & (into <= seen.stop)]
        levels = np.ceil(scene.strengths[lines] * LEVELS).astype(int)
        is_lit, is_positive = lit[lines], scene.weights[lines] >= 0
        widths = line_widths(levels)
        kind = np.column_stack([is_lit, levels, is_positive])
        for group in np.unique(kind, axis=0):
            stands_out, level, positive = (int(n) for n in group)
            color = theme.diverging[0 if positive else 2]
            share = 0.1 + 0.9 * (level / LEVELS) ** 0.5 if stands_out else 0.1
            in_group = (kind == group).all(axis=1)
            own, width = lines[in_group], int(widths[in_group][0]) if stands_out else 1
            self._paint_group(painter, own, mixed(color, theme.plot_background, share), width)
        if self.target is not None and self.target.kind == "weight":
            self._paint_group(painter, lines[is_lit], QColor(theme.text), 2)

    def _paint_group(
        self, painter: QPainter, lines: NDArray[np.intp], color: QColor, width: int
    ) -> None:
        """Paint lines with one pen.

        Qt paints opaque lines of one pixel fifty times as fast as others; so a wide line is
        several beside each other.
        """
        painter.setPen(QPen(color, 1))
        polygons = [self._polygon(int(line)) for line in lines]
        for shift in np.arange(width) - (width - 1) / 2:
            painter.translate(0.0, float(shift))
            for polygon in polygons:
                painter.drawPolyline(polygon)
            painter.translate(0.0, -float(shift))

    def _polygon(self, line: int) -> QPolygonF:
        polygon = self._polygons.get(line)
        if polygon is None:
            assert self.scene_ is not None
            points = self.scene_.layout.curves[line].tolist()
            polygon = self._polygons[line] = QPolygonF([QPointF(x, y) for x, y in points])
        return polygon

    def _paint_neurons(
        self, painter: QPainter, scene: NetworkScene, seen: range, theme: Theme
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = QPen(mixed(theme.text, theme.plot_background, 0.45), 1)
        for index in seen:
            place = scene.layout.columns[index]
            for entry, y in zip(place.entries, place.y, strict=True):
                box = self._box(scene, place.x, float(y))
                painter.drawImage(box, self._atlas, self._in_atlas(scene, index, int(entry)))
                is_target = self.target == Target("neuron", index, int(entry))
                painter.setPen(QPen(QColor(theme.text), 2) if is_target else line)
                painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

    @staticmethod
    def _box(scene: NetworkScene, x: float, y: float) -> QRectF:
        """Return a neuron's square, on whole pixels: elsewhere pictures are painted slowly."""
        side = scene.layout.node
        return QRectF(round(x - side / 2), round(y - side / 2), side, side)

    @staticmethod
    def _in_atlas(scene: NetworkScene, column: int, entry: int) -> QRectF:
        above = sum(len(c.shown) for c in scene.view.columns[:column]) + entry
        _, height, width = scene.view.columns[column].shades.shape
        return QRectF(0, above * height, width, height)

    def _paint_biases(
        self, painter: QPainter, scene: NetworkScene, seen: range, theme: Theme
    ) -> None:
        for index in seen:
            place, biases = scene.layout.columns[index], scene.view.columns[index].biases
            if biases is None:
                continue
            for entry, y in zip(place.entries, place.y, strict=True):
                share = min(abs(float(np.nan_to_num(biases[entry]))) / scene.bias_scale, 1.0) ** 0.5
                color = theme.diverging[0 if biases[entry] >= 0 else 2]
                is_target = self.target == Target("bias", index, int(entry))
                painter.setPen(QPen(QColor(theme.text), 1.5) if is_target else Qt.PenStyle.NoPen)
                painter.setBrush(mixed(color, theme.plot_background, 0.35 + 0.65 * share))
                radius = scaled(2.5 + 2.0 * share)
                center = QPointF(*scene.layout.bias_point(place.x, float(y)))
                painter.drawEllipse(center, radius, radius)

    def _paint_names(self, painter: QPainter, scene: NetworkScene, theme: Theme) -> None:
        metrics = QFontMetricsF(self._font)
        em, side = metrics.height(), scene.layout.node / 2 + metrics.height() / 2
        places = scene.layout.columns
        pitch = places[1].x - places[0].x - 4
        last = len(places) - 1
        for index, (place, (name, remark)) in enumerate(
            zip(places, scene.labels.columns, strict=True)
        ):
            width = min(pitch, 2 * min(place.x, self.rect().width() - place.x))
            title = QRectF(place.x - width / 2, 0.6 * em, width, 1.25 * em)
            painter.setPen(QColor(theme.text))
            painter.drawText(title, CENTER, metrics.elidedText(name, ELIDED, width))
            painter.setPen(QColor(theme.muted))
            title.translate(0, 1.2 * em)
            painter.drawText(title, CENTER, metrics.elidedText(remark, ELIDED, width))
            if place.n_more:
                more = QRectF(place.x - pitch / 2, place.more_y - em / 2, pitch, em)
                painter.drawText(more, CENTER, f"+ {count(place.n_more)} more")
            if index not in (0, last):
                continue
            painter.setPen(QColor(theme.text))
            for entry, y in zip(place.entries, place.y, strict=True):
                text = scene.name_of(index, int(entry))
                if index == 0:
                    cell = QRectF(4, y - em, place.x - side - 4, 2 * em)
                else:
                    start = place.x + side
                    cell = QRectF(start, y - em, self.rect().width() - start - 2, 2 * em)
                elided = metrics.elidedText(text, ELIDED, cell.width())
                painter.drawText(cell, RIGHT if index == 0 else LEFT, elided)

    def _paint_key(self, painter: QPainter, scene: NetworkScene, theme: Theme) -> None:
        """Paint what colour and width of a line stand for, below the network."""
        metrics = QFontMetricsF(self._font)
        em, rect = metrics.height(), self.rect()
        low, high = number(-scene.scale, 2), number(scene.scale, 2)
        start = scaled(12) + metrics.horizontalAdvance(f"weights  {low}") + 0.6 * em
        bar = QRectF(start, rect.bottom() - 1.25 * em, 6 * em, 0.35 * em)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for at, color in zip((0.0, 0.5, 1.0), reversed(theme.diverging), strict=True):
            gradient.setColorAt(at, QColor(color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        painter.setPen(QColor(theme.muted))
        row = QRectF(0, bar.center().y() - em, start - 0.6 * em, 2 * em)
        painter.drawText(row, RIGHT, f"weights  {low}")
        row = QRectF(bar.right() + 0.6 * em, row.top(), rect.width(), 2 * em)
        painter.drawText(row, LEFT, high)

    def _paint_note(self, painter: QPainter, scene: NetworkScene, target: Target) -> None:
        column, picture = scene.view.columns[target.column], None
        if target.kind == "neuron" and column.shades[0].size > 1:
            source = self._in_atlas(scene, target.column, target.entry).toRect()
            picture = self._atlas.copy(source)
        texts = [scene.title_of(target), *facts(scene, target, self.value)]
        gap = scene.layout.node / 2 + scaled(8)
        at = QPointF(*scene.point_of(target))
        paint_note(painter, self.rect(), at, gap, texts, picture)


def line_widths(levels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many pixels wide lines are drawn: 1 to `WIDEST`, less where they are many."""
    widths = np.ones_like(levels)
    for widest in range(2, WIDEST + 1):
        wider = 1 + (widest - 1) * levels // LEVELS
        if wider.sum() > MOST_STROKES:
            break
        widths = wider
    return widths


def atlas(view: NeuronsView, theme: Theme) -> QImage:
    """Return the pictures of all neurons below each other, each with y upwards."""
    table = np.append(diverging_table(theme, strength=0.92), np.full((256, 1), 255), axis=1)
    shades = np.concatenate([column.shades[:, ::-1] for column in view.columns])
    pixels = np.ascontiguousarray(table.astype(np.uint8)[:, [2, 1, 0, 3]])
    packed = np.ascontiguousarray(pixels.view(np.uint32)[:, 0][shades])
    n, height, width = packed.shape
    image = QImage(packed.tobytes(), width, n * height, 4 * width, QImage.Format.Format_RGB32)
    return image.copy()
