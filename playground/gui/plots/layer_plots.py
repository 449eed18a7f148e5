"""One layer's histogram: now as bars, over time as a heat map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from playground.gui.plots.axes import OVERHANG
from playground.gui.plots.canvas import Plot
from playground.gui.plots.curves import mixed
from playground.gui.plots.formats import count, number, percent
from playground.gui.plots.overlay import Row
from playground.gui.plots.ranges import Extent, Span, next_nice
from playground.gui.plots.rebinning import column_at, rebinned
from playground.gui.theme import Theme, current_theme
from playground.training.views import Histograms, LayerHistogram

N_ROWS = 64
"""Common bins of a heat map."""

N_COLUMNS = 256
"""Columns of a heat map's picture: as many as the log keeps moments."""


class Caption(pg.GraphicsWidget):
    """Two lines above a small plot: what it is, and its numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.size_text = ""
        self.text = ""
        self.warning = ""
        self._font = QFont()
        # Qt's SVG writer forgets to end the clipping of the item before.
        self.setFlag(self.GraphicsItemFlag.ItemClipsToShape)

    def restyle(self, font: QFont) -> None:
        """Take on a font."""
        self._font = font
        height = 2.4 * QFontMetricsF(font).height()
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Paint both lines, shortened to the width."""
        theme, bold = current_theme(), QFont(self._font)
        bold.setBold(True)
        metrics, width = QFontMetricsF(self._font), self.width()
        line = metrics.height() * 1.15
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        title = QFontMetricsF(bold).elidedText(self.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(0, 0, width, line), Qt.AlignmentFlag.AlignVCenter, title)
        offset = QFontMetricsF(bold).horizontalAdvance(title + "  ")
        painter.setFont(self._font)
        self._paint(painter, QRectF(offset, 0, width - offset, line), self.size_text, theme.muted)
        offset = 0.0
        if self.warning:
            self._paint(painter, QRectF(0, line, width, line), self.warning, theme.danger)
            offset = metrics.horizontalAdvance(self.warning + "  ")
        self._paint(painter, QRectF(offset, line, width - offset, line), self.text, theme.muted)

    def _paint(self, painter: QPainter, cell: QRectF, text: str, color: str) -> None:
        elided = QFontMetricsF(self._font).elidedText(
            text, Qt.TextElideMode.ElideRight, cell.width()
        )
        painter.setPen(QColor(color))
        painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, elided)


class LayerPlot(Plot):
    """A small plot of one layer with its caption; for bars and for a heat map."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self.caption = Caption()
        layout = self.layout()
        layout.setContentsMargins(12, 8, OVERHANG, 4)
        # The plot's own rows move down by one.
        for row, column, item in ((2, 1, self.x_axis), (1, 1, self.view), (1, 0, self.y_axis)):
            layout.removeItem(item)
            layout.addItem(item, row, column)
        layout.addItem(self.caption, 0, 0, 1, 2)
        self.cursor_moved.connect(self.show_readout)

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        super().restyle(theme, font)
        self.caption.restyle(font)

    def show_caption(self, layer: LayerHistogram) -> None:
        """Say how many numbers there are, how large, and how many are zero or not finite."""
        zeros = "1 zero" if layer.zeros == 1 else f"{count(layer.zeros)} zeros"
        self.caption.title = layer.layer
        unit = self._unit.removesuffix("s") if layer.size == 1 else self._unit
        self.caption.size_text = f"{count(layer.size)} {unit}"
        self.caption.text = f"{number(layer.mean, 3)} ± {number(layer.std, 3)} · {zeros}"
        self.caption.warning = f"{count(layer.nonfinite)} not finite" if layer.nonfinite else ""
        self.caption.update()

    def show_readout(self) -> None:
        """Say what is under the cursor."""
        raise NotImplementedError


class BarsPlot(LayerPlot):
    """The newest histogram as bars between its own edges."""

    def __init__(self, unit: str) -> None:
        super().__init__(unit)
        self.bars = self.add(pg.PlotCurveItem([0, 1], [0], stepMode="center", fillLevel=0))
        self.y_axis.hide()
        self._x_span, self._top = Span(), 0.0
        self._layer: LayerHistogram | None = None

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        super().restyle(theme, font)
        self.bars.setPen(pg.mkPen(theme.train, width=1))
        self.bars.setBrush(mixed(theme.train, theme.plot_background, 0.45))

    def show_layer(self, layer: LayerHistogram) -> None:
        """Draw a histogram."""
        self._layer = layer
        self.bars.setData(layer.edges, layer.counts)
        highest = float(layer.counts.max(initial=1))
        # Steps of its own, for the highest bar trembles more than it grows.
        if not 0.4 * self._top < highest <= self._top:
            self._top = next_nice(1.15 * highest)
        span = self._x_span.fit(float(layer.edges[0]), float(layer.edges[-1]))
        self.show_range(x=span, y=(0.0, self._top))
        self.show_caption(layer)
        self.show_readout()

    def show_readout(self) -> None:
        """Say how many numbers are in the bin under the cursor."""
        layer, overlay = self._layer, self.overlay
        overlay.heading, overlay.rows = "", ()
        if layer is None or self.cursor is None:
            return
        i = int(np.searchsorted(layer.edges, self.cursor.x(), side="right")) - 1
        if 0 <= i < len(layer.counts):
            overlay.heading = f"{number(layer.edges[i], 3)} … {number(layer.edges[i + 1], 3)}"
            share = layer.counts[i] / max(layer.size, 1)
            overlay.rows = [_share_row(int(layer.counts[i]), share)]


class HeatPlot(LayerPlot):
    """All logged histograms, a column each at its own step, darker where numbers lie denser."""

    def __init__(self, unit: str) -> None:
        super().__init__(unit)
        self.image = self.add(pg.ImageItem(axisOrder="row-major", autoDownsample=False))
        self._extent, self._span = Extent(), Span()
        self._columns: dict[int, NDArray[np.float64]] = {}
        self._edges = np.linspace(0.0, 1.0, N_ROWS + 1)
        self._steps = np.empty(0, np.int64)
        self._shares = np.empty((0, N_ROWS))

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        super().restyle(theme, font)
        ends = [theme.plot_background, theme.train, theme.text]
        colors = pg.ColorMap([0.0, 0.65, 1.0], [QColor(c) for c in ends])
        self.image.setLookupTable(colors.getLookupTable(nPts=256, alpha=False))

    def show_log(self, log: tuple[Histograms, ...], index: int, last_step: int) -> None:
        """Draw one layer of all moments."""
        layers = [moment.layers[index] for moment in log]
        self._rebin([moment.step for moment in log], layers)
        first, last = int(self._steps[0]), int(self._steps[-1])
        # A single moment is drawn a step wide.
        picked = column_at(self._steps, np.linspace(first, last, N_COLUMNS))
        strength = np.sqrt(self._shares / max(np.quantile(self._shares, 0.995), 1e-9))
        levels = (255 * np.minimum(strength, 1.0)).astype(np.uint8)
        self.image.setImage(levels[picked].T, levels=(0, 255), autoLevels=False)
        low, high = float(self._edges[0]), float(self._edges[-1])
        self.image.setRect(QRectF(first, low, max(last - first, 1), high - low))
        self.show_range(x=self._extent.fit(max(last_step, 1)), y=(low, high))
        self.show_caption(layers[-1])
        self.show_readout()

    def _rebin(self, steps: list[int], layers: list[LayerHistogram]) -> None:
        """Bring all moments onto common edges; only new ones cost, unless the edges change."""
        low = min(float(layer.edges[0]) for layer in layers)
        high = max(float(layer.edges[-1]) for layer in layers)
        edges = np.linspace(*self._span.fit(low, high), N_ROWS + 1)
        if not np.array_equal(edges, self._edges):
            self._edges = edges
            self._columns = {}
        self._columns = {
            step: self._column(step, layer) for step, layer in zip(steps, layers, strict=True)
        }
        self._steps = np.array(steps)
        self._shares = np.array(list(self._columns.values()))

    def _column(self, step: int, layer: LayerHistogram) -> NDArray[np.float64]:
        known = self._columns.get(step)
        if known is not None:
            return known
        return rebinned(layer.edges, layer.counts, self._edges) / max(layer.size, 1)

    def show_readout(self) -> None:
        """Say how dense the numbers were under the cursor."""
        overlay = self.overlay
        overlay.heading, overlay.rows = "", ()
        if self.cursor is None or not len(self._steps):
            return
        moment = int(column_at(self._steps, np.array([self.cursor.x()]))[0])
        row = int(np.searchsorted(self._edges, self.cursor.y(), side="right")) - 1
        if 0 <= row < N_ROWS:
            low, high = self._edges[row], self._edges[row + 1]
            overlay.heading = f"step {count(self._steps[moment])}"
            share = percent(self._shares[moment, row], 1)
            overlay.rows = [Row("", f"{number(low, 3)} … {number(high, 3)}", share, "none")]


def _share_row(n: int, share: float) -> Row:
    return Row("", count(n), percent(share, 1), "none")
