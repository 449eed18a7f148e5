"""Curves of one run's columns in a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from playground.gui.plots.canvas import Plot
from playground.gui.plots.sampling import Floats, Series, Window, masked_log10
from playground.gui.run import Run
from playground.gui.theme import current_theme


def curve_item(z: float = 0.0, *, antialias: bool = True) -> pg.PlotCurveItem:
    """Return an empty curve that leaves gaps where a value is missing."""
    item = pg.PlotCurveItem(connect="finite", antialias=antialias)
    item.setZValue(z)
    return item


def style_curve(item: pg.PlotCurveItem, color: str, strength: float = 1.0, width: int = 1) -> None:
    """Give a curve its colour, mixed into the background by ``1 - strength``."""
    # A pen that lets something through leaves pyqtgraph's fast path.
    shade = mixed(color, current_theme().plot_background, strength)
    item.setPen(pg.mkPen(shade, width=width))


def mixed(color: str, background: str, share: float) -> QColor:
    """Return the opaque colour that ``share`` of a colour makes on a background."""
    front, back = QColor(color), QColor(background)
    return QColor.fromRgbF(
        share * front.redF() + (1.0 - share) * back.redF(),
        share * front.greenF() + (1.0 - share) * back.greenF(),
        share * front.blueF() + (1.0 - share) * back.blueF(),
    )


class RunCurves:
    """Columns of one run as curves; under a smoothed curve the raw one stays faint.

    Attributes
    ----------
    series
        What is drawn, by column.
    """

    def __init__(self, plot: Plot, run: Run, columns: Sequence[str], weight: float = 0.0) -> None:
        self.run = run
        self._plot = plot
        self._raw = {name: Series(run.history, name) for name in columns}
        self.series = dict(self._raw)
        self.raw_items = {name: plot.add(curve_item(0, antialias=False)) for name in columns}
        self.items = {name: plot.add(curve_item(1)) for name in columns}
        self._weight = 0.0
        self._drawn: tuple[object, ...] = ()
        self._colors: dict[str, tuple[str, float]] = {}
        self.smooth(weight)

    @property
    def main(self) -> Series:
        """The series that tells most of the run: validation, where there is one."""
        return list(self.series.values())[-1]

    def smooth(self, weight: float) -> None:
        """Smooth the curves; 0 draws them as they are."""
        # At 1 nothing but the first value would be left.
        self._weight = min(weight, 0.999)
        self.series = {
            name: Series(self.run.history, name, self._weight) if self._weight else raw
            for name, raw in self._raw.items()
        }
        self._drawn = ()
        for item in self.raw_items.values():
            item.setVisible(bool(self._weight))

    def draw(self, window: Window, *, is_log: bool, is_still: bool = True) -> list[Floats]:
        """Draw what the window shows and return the y of each curve, as drawn.

        Curves are bold only while nothing moves: wide pens leave pyqtgraph's fast path.
        """
        if not is_still:
            # One point a pixel is enough for what moves.
            window = replace(window, n_bins=window.n_bins // 2)
        # A finished run is drawn again only when the window has changed.
        ends = (self.run.history.last(name) for name in self.series)
        state: tuple[object, ...] = (window, is_log, is_still, *ends)
        if state != self._drawn:
            self._drawn = state
            for name, series in self.series.items():
                self._set(self.items[name], series, window, is_log)
                if self._weight:
                    self._set(self.raw_items[name], self._raw[name], window, is_log)
            self._set_widths(is_still=is_still)
        drawn = [item.yData for item in self.items.values()]
        return [y for y in drawn if y is not None]

    def style(self, name: str, color: str, strength: float = 1.0) -> None:
        """Give one column its colour."""
        width = self.items[name].opts["pen"].width()
        self._colors[name] = (color, strength)
        style_curve(self.items[name], color, strength, width)
        style_curve(self.raw_items[name], color, 0.2 * strength)

    def remove(self) -> None:
        """Take the curves out of the plot."""
        for item in (*self.items.values(), *self.raw_items.values()):
            self._plot.view.removeItem(item)

    def _set_widths(self, *, is_still: bool) -> None:
        bold = is_still and all(_is_calm(item.yData) for item in self.items.values())
        width = 2 if bold else 1
        for name, color in self._colors.items():
            if width != self.items[name].opts["pen"].width():
                style_curve(self.items[name], *color, width)

    @staticmethod
    def _set(item: pg.PlotCurveItem, series: Series, window: Window, is_log: bool) -> None:
        x, y = series.points(window)
        y = masked_log10(y) if is_log else np.where(np.isfinite(y), y, np.nan)
        item.setData(x, y)


def _is_calm(y: Floats) -> bool:
    """Return whether a curve's way up and down is short enough for a wide pen (some 5 ms)."""
    known = y[np.isfinite(y)]
    way = np.abs(np.diff(known)).sum()
    return bool(way <= 20 * np.ptp(known)) if len(known) else True
