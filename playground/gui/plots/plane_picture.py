"""Decision regions, or a fitted surface, over the plane of two columns with the data points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from playground.gui.plots import regions
from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import mixed
from playground.gui.plots.formats import number, percent
from playground.gui.plots.key import Key
from playground.gui.plots.overlay import Row
from playground.gui.plots.picture import Picture, SmoothImage
from playground.gui.run import Run
from playground.gui.theme import Theme, current_theme, scaled
from playground.tasks import Task
from playground.training.views import PlaneView


@dataclass
class PlaneOptions:
    """What the controls of the picture say."""

    validation: bool = True
    mistakes: bool = False
    discrete: bool = False


class PlanePicture(Picture):
    """Regions in class colours, two classes from orange to blue; points of both parts over them."""

    has_points = True

    def __init__(self, canvas: Canvas, run: Run, options: PlaneOptions) -> None:
        super().__init__(canvas, run)
        self.options = options
        table = run.prepared.table
        self._is_regression = table.task is Task.REGRESSION
        self._points = {
            part: (table.inputs[rows], table.targets[rows])
            for part, rows in (
                ("train", run.prepared.train.rows),
                ("validation", run.prepared.validation.rows),
            )
        }
        targets = table.targets
        half = max(abs(float(targets.max())), abs(float(targets.min())), 1e-12)
        self._low, self._high = -half, half
        self._view: PlaneView | None = None
        self._key_width = 0.0
        self._build(canvas, table.feature_names)
        self.restyle(current_theme())

    def _build(self, canvas: Canvas, names: Sequence[str]) -> None:
        self.plot = canvas.add_plot(Plot(*names, has_grid=False), 0, 0)
        self.plot.cursor_moved.connect(self._show_readout)
        self.image = self.plot.add(SmoothImage())
        self.image.setZValue(-10)
        self.points = {part: self.plot.add(pg.ScatterPlotItem()) for part in self._points}
        # Hollow points lie below, so that training points stay whole.
        self.points["validation"].setZValue(-1)
        self.mistakes = self.plot.add(pg.ScatterPlotItem(brush=None, pxMode=True))
        self.mistakes.setZValue(1)
        self.key = Key()
        canvas.ci.addItem(self.key, 0, 1)

    def show(self, view: PlaneView) -> None:
        """Draw the regions."""
        self._view = view
        values = view.values
        theme = current_theme()
        if self._is_regression:
            if self.options.discrete:
                values = np.where(values < (self._low + self._high) / 2, self._low, self._high)
            table = regions.diverging_table(theme)
            colors = regions.value_colors(values, self._low, self._high, table)
        else:
            shares = regions.decided(values) if self.options.discrete else values
            colors = self._class_image(shares, theme)
        self.image.setImage(colors, levels=(0, 255), autoLevels=False)
        self.image.set_extent(view.extent)
        x0, x1, y0, y1 = view.extent
        self.plot.show_range(x=(x0, x1), y=(y0, y1))
        self.points["validation"].setVisible(self.options.validation)
        self._show_mistakes(view)
        self._show_key(theme)
        self._show_readout()
        if (key_width := self.key.minimumWidth()) != self._key_width:
            self._key_width = key_width
            self.resize()

    def _class_image(self, shares: NDArray[np.float32], theme: Theme) -> regions.Image:
        if shares.shape[-1] == 2:
            table = regions.diverging_table(theme)
            return regions.value_colors(shares[..., 1], 0.0, 1.0, table)
        return regions.share_colors(shares, theme.classes, theme.plot_background)

    def _show_mistakes(self, view: PlaneView) -> None:
        is_shown = self.options.mistakes and not self._is_regression
        self.mistakes.setVisible(is_shown)
        if not is_shown:
            return
        parts = ["train", "validation"] if self.options.validation else ["train"]
        points = np.concatenate([self._points[part][0] for part in parts])
        labels = np.concatenate([self._points[part][1] for part in parts])
        said = np.argmax(regions.sampled(view.values, view.extent, points), axis=-1)
        wrong = points[said != labels]
        self.mistakes.setData(wrong[:, 0], wrong[:, 1])

    def _show_key(self, theme: Theme) -> None:
        table = self.run.prepared.table
        rows: list[Row] = []
        ramp: list[str] = []
        labels: list[str] = []
        if self._is_regression:
            ramp = [theme.diverging[0], theme.diverging[1], theme.diverging[2]]
            labels = [number(v, 3) for v in (self._high, 0.0, self._low)]
        elif table.n_classes == 2:
            ramp = [theme.diverging[0], theme.diverging[1], theme.diverging[2]]
            labels = [table.class_names[1], "½", table.class_names[0]]
        else:
            rows += [
                Row(color, name, swatch="dot")
                for color, name in zip(theme.classes, table.class_names, strict=False)
            ]
        rows.append(Row(theme.muted, "training", swatch="dot"))
        if self.options.validation and len(self._points["validation"][0]):
            rows.append(Row(theme.muted, "validation", swatch="ring"))
        if self.options.mistakes and not self._is_regression:
            rows.append(Row(theme.text, "misclassified", swatch="ring"))
        self.key.show_key(rows, ramp, labels)

    def _show_readout(self) -> None:
        view, overlay = self._view, self.plot.overlay
        # A vertical line alone would not say where the cursor is.
        overlay.cursor = None
        overlay.heading, overlay.rows = "", ()
        cursor = self.plot.cursor
        if view is None or cursor is None:
            return
        at = np.array([[cursor.x(), cursor.y()]])
        said = regions.sampled(view.values, view.extent, at)[0]
        overlay.heading = f"({number(cursor.x(), 3)}, {number(cursor.y(), 3)})"
        table, theme = self.run.prepared.table, current_theme()
        if self._is_regression:
            overlay.rows = [Row("", table.target_name, number(float(said), 3), "none")]
        else:
            overlay.rows = [
                Row(color, name, percent(share), "dot")
                for color, name, share in zip(theme.classes, table.class_names, said, strict=False)
            ]

    def restyle(self, theme: Theme) -> None:
        """Give points and regions a theme's colours."""
        self.key.restyle(self.canvas.plot_font())
        self.mistakes.setSize(scaled(13))
        self.mistakes.setPen(pg.mkPen(theme.text, width=1.5))
        # Numbers near the middle have the background's colour; a darker line keeps their points.
        line = mixed(theme.text, theme.plot_background, 0.4 if self._is_regression else 0.0)
        outline = pg.mkPen(line, width=1)
        inside = pg.mkBrush(theme.plot_background)
        for part, (points, targets) in self._points.items():
            shades = self._point_colors(targets, theme)
            # pyqtgraph draws a symbol for each pen and brush object, whatever their colours.
            if part == "train":
                brushes = {color: pg.mkBrush(color) for color in set(shades)}
                style = {"pen": outline, "brush": [brushes[color] for color in shades]}
            else:
                pens = {color: pg.mkPen(color, width=2) for color in set(shades)}
                style = {"pen": [pens[color] for color in shades], "brush": inside}
            size = scaled(8 if len(points) <= 500 else 6 if len(points) <= 2000 else 4)
            self.points[part].setData(points[:, 0], points[:, 1], size=size, **style)
        if self._view is not None:
            self.show(self._view)

    def _point_colors(self, targets: NDArray[np.generic], theme: Theme) -> list[str]:
        if self._is_regression:
            table = regions.diverging_table(theme, strength=1.0)
            colors = regions.value_colors(targets.astype(float), self._low, self._high, table)
            return ["#{:02x}{:02x}{:02x}".format(*color) for color in colors]
        return [theme.classes[int(c) % len(theme.classes)] for c in targets]

    def resize(self) -> None:
        """Make a unit as long on both axes, where they can be compared, by margins at the sides."""
        if self._view is None:
            return
        x0, x1, y0, y1 = self._view.extent
        ratio = (x1 - x0) / (y1 - y0)
        layout = self.canvas.ci.layout
        if not 1 / 3 < ratio < 3:
            layout.setContentsMargins(0, 0, 0, 0)
            return
        room = self.canvas.viewport().rect()
        left, top, right, bottom = self.plot.layout().getContentsMargins()
        beside = left + self.plot.y_axis.minimumWidth() + right + self.key.minimumWidth()
        below = top + self.plot.x_axis.minimumHeight() + bottom
        unit = min((room.width() - beside) / ratio, room.height() - below)
        x = max((room.width() - beside - unit * ratio) / 2, 0)
        y = max((room.height() - below - unit) / 2, 0)
        layout.setContentsMargins(x, y, x, y)
