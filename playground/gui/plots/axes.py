"""Axes with few, readable ticks, linear and logarithmic."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from playground.gui.plots.formats import count, number, power_of_ten
from playground.gui.plots.ranges import next_nice
from playground.gui.theme import Theme

OVERHANG = 20
"""Pixels by which a label may reach beyond the ends of a bottom axis."""

Levels = list[tuple[float, list[float]]]


class Axis(pg.AxisItem):
    """A left or bottom axis without a box: a grid line and a label at each round value.

    Parameters
    ----------
    orientation
        Which side of the plot it stands on.
    label
        What it counts, with the unit.
    has_grid
        Whether its ticks run through the plot.
    """

    def __init__(
        self, orientation: Literal["left", "bottom"], label: str = "", *, has_grid: bool = True
    ) -> None:
        self._caption = self._shown = label
        self._font: QFont | None = None
        super().__init__(orientation, maxTickLength=0)
        self._line_height = 16.0
        self.enableAutoSIPrefix(False)
        # An axis that changed its width with its labels would make the plot jump.
        self.setStyle(autoReduceTextSpace=False, maxTextLevel=1, hideOverlappingLabels=False)
        if has_grid:
            self.setGrid(255)

    def set_caption(self, label: str) -> None:
        """Say what the axis counts."""
        if label != self._caption:
            self._caption = label
            self._show_caption()

    def boundingRect(self) -> QRectF:
        """Return what it paints on; labels at its ends reach beyond it."""
        rect, margin = super().boundingRect(), self._line_height
        if self.orientation == "left":
            return rect.adjusted(0, -margin / 2, 0, margin / 2)
        return rect.adjusted(-OVERHANG, 0, OVERHANG, 0)

    def restyle(self, theme: Theme, font: QFont) -> None:
        """Take on the theme's colours and a font."""
        self._font = font
        metrics = QFontMetricsF(font)
        self._line_height = metrics.height()
        self.setStyle(tickFont=font, tickTextOffset=6, tickAlpha=255)
        self.textWidth = metrics.horizontalAdvance("0.00")
        self.textHeight = round(metrics.height() * 0.9)
        self.setTextPen(theme.muted)
        self.setTickPen(theme.grid)
        self.setPen(theme.grid)
        self.labelStyle = {"color": theme.muted, "font-size": f"{font.pointSizeF():.1f}pt"}
        self._show_caption()

    def _show_caption(self) -> None:
        self._shown = self._fitting()
        self.setLabel(self._shown or None, **self.labelStyle)
        self.showLabel(bool(self._shown))

    def _fitting(self) -> str:
        """Return as much of the caption as the axis is long."""
        length = self.height() if self.orientation == "left" else self.width()
        if length < 1 or self._font is None:
            return self._caption
        metrics = QFontMetricsF(self._font)
        return metrics.elidedText(self._caption, Qt.TextElideMode.ElideRight, length)

    def resizeEvent(self, event: Any = None) -> None:
        """Show as much of the caption as there is room for."""
        if self._fitting() != self._shown:
            self._show_caption()
        super().resizeEvent(event)

    def _wanted(self, size: float) -> float:
        """Return how many ticks are easy to read over ``size`` pixels."""
        per_tick = 2.6 if self.orientation == "left" else 4.5
        return max(size / (per_tick * self._line_height), 1.5)

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Return one level of ticks, 1, 2 or 5 times a power of ten apart."""
        least = max((maxVal - minVal) / self._wanted(size), 1e-300)
        scale = 10.0 ** math.floor(math.log10(least))
        spacing = next(m * scale for m in (1, 2, 5, 10) if m * scale >= least * 0.999)
        if minVal < maxVal and math.floor(maxVal / spacing) <= math.ceil(minVal / spacing):
            # One label alone would not say how far anything is.
            spacing = self._finer(minVal, maxVal, spacing)
        return [(spacing, 0)]

    @staticmethod
    def _finer(low: float, high: float, spacing: float) -> float:
        """Return the widest round spacing that gives two ticks at least."""
        scale = 10.0 ** math.floor(math.log10(spacing) - 1e-9)
        finer = (m * scale for m in (8, 5, 4, 2, 1) if m * scale < spacing * 0.999)
        return next((s for s in finer if math.floor(high / s) > math.ceil(low / s)), spacing)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> Levels:
        """Return the ticks by level: (spacing, values)."""
        low, high = sorted((minVal, maxVal))
        if not self.logMode:
            return super().tickValues(low, high, size)
        if high - low < 1.2 or math.floor(high) <= math.ceil(low):
            return self._mantissa_ticks(low, high, size)
        return self._decade_ticks(low, high, size)

    def _decade_ticks(self, low: float, high: float, size: float) -> Levels:
        every = max(math.ceil((high - low) / self._wanted(size)), 1)
        decades = [float(d) for d in range(math.ceil(low), math.floor(high) + 1) if d % every == 0]
        return [(float(every), decades)]

    def _mantissa_ticks(self, low: float, high: float, size: float) -> Levels:
        """Return round values, evenly spaced before the logarithm is taken."""
        a, b = 10.0**low, 10.0**high
        wanted = self._wanted(size)
        if high - low > 0.5:
            scale = 10.0 ** math.floor(low)
            for steps in ((1, 2, 5), (1, 3)):
                values = [m * scale * d for d in (1, 10, 100) for m in steps]
                if sum(a <= v <= b for v in values) <= wanted:
                    break
        else:
            step = next_nice((b - a) / wanted)
            values = list(np.arange(math.ceil(a / step), math.floor(b / step) + 1) * step)
        return [(0.1, [math.log10(v) for v in values if a <= v <= b])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of one level."""
        if self.logMode:
            return self._log_strings(values)
        largest = max((abs(v) for v in values), default=0.0)
        if largest >= 1e6 or 0 < largest < 1e-3:
            return [number(round(v / spacing) * spacing, 3) for v in values]
        places = max(0, math.ceil(-math.log10(spacing) - 1e-9))
        if not places:
            return [count(v) for v in values]
        return [f"{v:.{places}f}".replace("-", "−") for v in values]

    def _log_strings(self, values: list[float]) -> list[str]:
        are_plain = all(-2.01 < v < 3.01 for v in values)
        strings = []
        for v in values:
            exponent = round(v)
            if are_plain or abs(v - exponent) > 1e-6:
                strings.append(number(10.0**v, 3))
            else:
                strings.append(power_of_ten(exponent))
        return strings
