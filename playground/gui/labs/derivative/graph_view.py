"""A computation graph: nodes with values, duals and adjoints; the present step stands out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from playground.calculus.trace import Contribution, Trace, TraceNode, TraceStep
from playground.gui.labs.derivative.graph_layout import layered
from playground.gui.plots.formats import number
from playground.gui.theme import current_theme, scaled

WIDTH, GAP_X, GAP_Y = 118.0, 46.0, 18.0
LINE, PADDING = 17.0, 8.0
MOST_ZOOM, LEAST_ZOOM = 3.0, 0.1
SMALLEST_AT_FIRST, LARGEST_AT_FIRST = 0.7, 1.35
"""A small graph is enlarged that far to fill the view; of a large one the present step is shown."""


@dataclass(frozen=True)
class Moment:
    """How far the derivative has come.

    Attributes
    ----------
    step
        The step just taken; None before the first.
    known
        The tangents or adjoints known so far, by node.
    """

    mode: str
    step: TraceStep | None = None
    known: Mapping[int, float] = field(default_factory=dict)


class GraphView(QWidget):
    """Draws the graph from left to right; the wheel zooms, a drag moves it.

    Attributes
    ----------
    trace, moment
        What is drawn.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trace: Trace | None = None
        self.moment = Moment("forward")
        self._places = np.zeros((0, 2))
        self._zoom, self._middle = 1.0, QPointF()
        self._follows = True
        self._grabbed: QPointF | None = None
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Computation graph")
        self.setToolTip("Wheel: zoom · drag: move · double click: everything")

    def sizeHint(self) -> QSize:
        return QSize(scaled(520), scaled(360))

    def show_trace(self, trace: Trace, moment: Moment) -> None:
        """Draw a computation at a moment."""
        inputs = [node.inputs for node in trace.nodes]
        if self.trace is None or [node.inputs for node in self.trace.nodes] != inputs:
            self._places = layered(inputs)
            self._follows = True
        self.trace, self.moment = trace, moment
        self.setAccessibleDescription(_in_words(trace, moment))
        self.update()

    def box(self, index: int) -> QRectF:
        """Return a node's rectangle, in the graph's own units."""
        assert self.trace is not None
        layer, height = self._places[index]
        n_lines = _n_lines(self.trace.nodes[index])
        size = n_lines * LINE + 2 * PADDING
        width = WIDTH if n_lines > 1 else WIDTH * 0.42
        tall = 4 * LINE + 2 * PADDING + GAP_Y
        middle = QPointF(layer * (WIDTH + GAP_X), height * tall)
        return QRectF(middle.x() - width / 2, middle.y() - size / 2, width, size)

    # --- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw edges, then nodes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(current_theme().plot_background))
        if self.trace is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._fit()
        painter.translate(QPointF(self.width() / 2, self.height() / 2))
        painter.scale(self._zoom, self._zoom)
        painter.translate(-self._middle)
        self._paint_edges(painter)
        for node in self.trace.nodes:
            self._paint_node(painter, node)
        self._paint_locals(painter)

    def _fit(self) -> None:
        if not self._follows:
            return
        whole = QRectF()
        assert self.trace is not None
        for index in range(len(self.trace.nodes)):
            whole = whole.united(self.box(index))
        whole.adjust(-GAP_Y, -GAP_Y, GAP_Y, GAP_Y)
        zoom = min(self.width() / whole.width(), self.height() / whole.height())
        least, most = (
            factor * scaled(100) / 100 for factor in (SMALLEST_AT_FIRST, LARGEST_AT_FIRST)
        )
        self._zoom = min(max(zoom, least), most)
        step = self.moment.step
        present = self.box(step.node if step is not None else 0).center()
        self._middle = QPointF(
            _kept_inside(present.x(), whole.left(), whole.right(), self.width() / self._zoom),
            _kept_inside(present.y(), whole.top(), whole.bottom(), self.height() / self._zoom),
        )

    def _font(self, factor: float = 1.0, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(round(12.5 * factor))
        font.setBold(bold)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _mode_color(self) -> QColor:
        theme = current_theme()
        return QColor(theme.series[0] if self.moment.mode == "forward" else theme.series[1])

    def _paint_edges(self, painter: QPainter) -> None:
        assert self.trace is not None
        active = self._active()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for node in self.trace.nodes:
            for argument, source in enumerate(node.inputs):
                is_active = (node.id, argument) in active
                color = self._mode_color() if is_active else QColor(current_theme().disabled)
                painter.setPen(QPen(color, 2.6 if is_active else 1.2))
                painter.drawPath(self._edge(source, node.id, argument))

    def _paint_locals(self, painter: QPainter) -> None:
        """Write the local derivatives of the step over edges and nodes."""
        for (target, argument), part in self._active().items():
            path = self._edge(part.source, target, argument)
            self._paint_local(painter, path.pointAtPercent(0.5), part)

    def _active(self) -> dict[tuple[int, int], Contribution]:
        step = self.moment.step
        return {(p.target, p.argument): p for p in step.contributions} if step else {}

    def _edge(self, source: int, target: int, argument: int) -> QPainterPath:
        assert self.trace is not None
        start, end = self.box(source), self.box(target)
        share = (argument + 1) / (len(self.trace.nodes[target].inputs) + 1)
        a = QPointF(start.right(), start.center().y())
        b = QPointF(end.left(), end.top() + share * end.height())
        bend = max((b.x() - a.x()) / 2, GAP_X / 2)
        path = QPainterPath(a)
        path.cubicTo(a + QPointF(bend, 0), b - QPointF(bend, 0), b)
        return path

    def _paint_local(self, painter: QPainter, at: QPointF, part: Contribution) -> None:
        text = f"× {number(part.local, 4)}"
        font = self._font(0.92, bold=True)
        metrics = QFontMetricsF(font)
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 8, metrics.height() + 2)
        box.moveCenter(at)
        painter.setFont(font)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().plot_background))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._mode_color())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_node(self, painter: QPainter, node: TraceNode) -> None:
        theme, box = current_theme(), self.box(node.id)
        step = self.moment.step
        is_now = step is not None and step.node == node.id
        painter.setPen(
            QPen(self._mode_color() if is_now else QColor(theme.border), 2.4 if is_now else 1.2)
        )
        painter.setBrush(QColor(theme.background if node.is_constant else theme.raised))
        painter.drawRoundedRect(box, 7, 7)
        rows = self._rows(node)
        y = box.top() + PADDING
        for text, color, font, align in rows:
            line = QRectF(box.left() + PADDING, y, box.width() - 2 * PADDING, LINE)
            painter.setPen(QColor(color))
            painter.setFont(font)
            painter.drawText(line, align | Qt.AlignmentFlag.AlignVCenter, text)
            y += LINE

    def _rows(self, node: TraceNode) -> list[tuple[str, str, QFont, Qt.AlignmentFlag]]:
        theme, left = current_theme(), Qt.AlignmentFlag.AlignLeft
        middle = Qt.AlignmentFlag.AlignHCenter
        if _n_lines(node) == 1:
            return [(node.symbol, theme.muted, self._font(1.05), middle)]
        rows = [
            (node.symbol, theme.text, self._font(1.15, bold=True), middle),
            (f"{node.name} = {number(node.value, 5)}", theme.text, self._font(), left),
        ]
        for mode, mark, color in (
            ("forward", "\u0307", theme.series[0]),
            ("reverse", "\u0304", theme.series[1]),
        ):
            if self.moment.mode == mode and node.id in self.moment.known:
                name = f"{node.name[0]}{mark}{node.name[1:]}"
                value = number(self.moment.known[node.id], 5)
                rows.append((f"{name} = {value}", color, self._font(bold=True), left))
        return rows

    # --- moving about --------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        factor = math.exp(event.angleDelta().y() / 600)
        self._zoom_by(factor, event.position())
        event.accept()

    def _zoom_by(self, factor: float, at: QPointF) -> None:
        self._follows = False
        before = self._in_graph(at)
        self._zoom = min(max(self._zoom * factor, LEAST_ZOOM), MOST_ZOOM)
        self._middle += before - self._in_graph(at)
        self.update()

    def _in_graph(self, at: QPointF) -> QPointF:
        return (at - QPointF(self.width() / 2, self.height() / 2)) / self._zoom + self._middle

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the graph."""
        self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move it along."""
        if self._grabbed is not None:
            self._follows = False
            self._middle -= (event.position() - self._grabbed) / self._zoom
            self._grabbed = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything."""
        self._follows = True
        self.update()


def _kept_inside(wanted: float, low: float, high: float, seen: float) -> float:
    """Return the middle of what is seen: where it is wanted, but with nothing beyond the ends."""
    if seen >= high - low:
        return (low + high) / 2
    return min(max(wanted, low + seen / 2), high - seen / 2)


def _n_lines(node: TraceNode) -> int:
    """Return how many lines a node has room for: numbers stand alone, others keep their size."""
    return 1 if not node.inputs and node.is_constant else 3


def _in_words(trace: Trace, moment: Moment) -> str:
    """Return the present step as a screen reader says it."""
    if moment.step is None:
        return f"{len(trace.nodes)} nodes, nothing derived yet"
    node = trace.nodes[moment.step.node]
    return f"{node.name}, {node.symbol}: {number(moment.known.get(node.id, 0.0), 5)}"
