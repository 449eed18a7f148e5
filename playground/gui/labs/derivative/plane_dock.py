"""A function of two variables from above: contours, gradient, directions, curvature, Taylor."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot

from playground.calculus.plane import LocalQuadratic
from playground.gui.labs.derivative.drawing import Floats
from playground.gui.labs.derivative.study import Study
from playground.gui.labs.relief import HeightScale, isolines, scale_of, shaded
from playground.gui.labs.shapes import Arrows, Line, Shape, ShapesItem
from playground.gui.plots.canvas import Plot
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.formats import number
from playground.gui.plots.nudging import NudgedCanvas
from playground.gui.plots.overlay import Row
from playground.gui.plots.picture import SmoothImage
from playground.gui.plots.regions import rgb
from playground.gui.theme import Theme, current_theme, scaled

MOST_PIXELS, REST_PIXELS = 240, 900
"""Samples along the longer side while something moves, and once it rests."""

REST_MS = 140
NUDGE, LARGE_NUDGE = 0.0025, 0.025
ARROW = 0.2
"""Length of the arrows, as a share of the height in sight."""

TAYLOR = {
    "none": "No Taylor polynomial",
    "1": "Taylor, order 1",
    "2": "Taylor, order 2",
}
CONTOUR_PX = 1.3


class PlaneDock(CanvasDock):
    """The map with what the derivatives at the point say, drawn over it.

    Attributes
    ----------
    heights
        f at the picture's pixels, shape (height, width).
    """

    taylor_changed = Signal()

    def __init__(self, study: Study) -> None:
        self.nudged_canvas = NudgedCanvas()
        super().__init__("derivative_plane", "Contours", self.nudged_canvas)
        self.study = study
        self.plot = self.canvas.add_plot(Plot("x", "y", has_grid=False), 0)
        self.plot.view.setAspectLocked(True)
        self.plot.overlay.corner = "top left"
        self.heights = np.zeros((2, 2))
        self.scale: HeightScale | None = None
        self.image = self.plot.add(SmoothImage())
        self.image.setZValue(-100)
        self.contour = self.plot.add(SmoothImage())
        self.contour.setZValue(-90)
        self.approximation = self.plot.add(SmoothImage())
        self.approximation.setZValue(-80)
        self.shapes = ShapesItem(self.plot.view)
        self.shapes.setZValue(60)
        self.handle = self.plot.add(pg.TargetItem(movable=True, symbol="o", size=scaled(14)))
        self.handle.setZValue(90)
        self.handle.sigPositionChanged.connect(self._on_dragged)
        self.header_controls()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._draw_moving)
        self._at_rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._at_rest.timeout.connect(self._draw_resting)
        self._go_home()
        self.plot.view.sigRangeChanged.connect(self._on_range_changed)
        self.plot.view.sigResized.connect(self._on_range_changed)
        self.plot.view.scene().sigMouseClicked.connect(self._on_clicked)
        self.nudged_canvas.nudged.connect(self._on_nudged)
        study.changed.connect(self._on_changed)
        self.restyle(current_theme())

    def header_controls(self) -> None:
        """Add the header's controls."""
        self.taylor = self.header.add_choice(
            "Isolines of the Taylor polynomial at the point", TAYLOR, self._on_taylor
        )
        self.eigen = self.header.add_toggle(
            "curvature", "Eigenvectors of the Hessian, long where it bends", self._on_eigen, on=True
        )

    # --- what is drawn -------------------------------------------------------------------------

    @property
    def order(self) -> int:
        """Order of the Taylor polynomial that is drawn; 0 for none."""
        return 0 if self.taylor.value == "none" else int(self.taylor.value)

    def extent(self) -> tuple[float, float, float, float]:
        """Return what is in sight: x low, x high, y low, y high."""
        (x0, x1), (y0, y1) = self.plot.view.state["viewRange"]
        return float(x0), float(x1), float(y0), float(y1)

    @Slot()
    def refresh(self) -> None:
        """Draw everything again, if somebody can see it."""
        if self.is_shown:
            self._draw_map(MOST_PIXELS)
            self._draw_point()
            self._at_rest.start()

    @Slot()
    def _draw_moving(self) -> None:
        self.refresh()

    @Slot()
    def _draw_resting(self) -> None:
        if self.is_shown:
            self._draw_map(REST_PIXELS)
            self._draw_contour()

    def _draw_map(self, most: int) -> None:
        view = self.plot.view
        width, height = view.width(), view.height()
        if width < 2 or height < 2:
            return
        share = min(most / max(width, height), 1.0)
        n_x, n_y = max(int(width * share), 8), max(int(height * share), 8)
        x0, x1, y0, y1 = extent = self.extent()
        self._x = x0 + (np.arange(n_x) + 0.5) * (x1 - x0) / n_x
        self._y = y0 + (np.arange(n_y) + 0.5) * (y1 - y0) / n_y
        values = self.study.surface(self._x[None, :], self._y[:, None])
        self.heights = np.asarray(values, float)
        self.scale = scale_of(self.heights, "linear")
        picture = shaded(self.heights, self.scale, current_theme())
        self.image.setImage(picture, levels=(0, 255), autoLevels=False)
        self.image.set_extent(extent)
        with np.errstate(all="ignore"):
            down, right = np.gradient(self.heights)
            self._slope = np.maximum(np.hypot(down, right), 1e-300)

    def _draw_point(self) -> None:
        situation, local = self.study.situation, self.study.local
        with QSignalBlocker(self.handle):
            self.handle.setPos(situation.x, situation.y)
        self._draw_contour()
        self.shapes.show_shapes(self._shapes(local))
        self._draw_legend(local)

    def _draw_contour(self) -> None:
        """Draw the contour through the point, and those of the Taylor polynomial."""
        local, theme = self.study.local, current_theme()
        with np.errstate(all="ignore"):
            distance = np.abs(self.heights - local.value) / self._slope
        coverage = np.nan_to_num(np.clip(CONTOUR_PX - distance + 0.5, 0.0, 1.0))
        self._show_ink(self.contour, coverage, theme.text)
        self.approximation.setVisible(self.order > 0)
        if self.order and self.scale is not None:
            values = local.taylor(self._x[None, :], self._y[:, None], self.order)
            lines = isolines(self.scale.levels(np.asarray(values, float)))
            self._show_ink(self.approximation, lines * self._nearness(), theme.series[3])

    def _nearness(self) -> Floats:
        """Return 1 near the point and less away from it, where the polynomial means little."""
        x0, x1, _, _ = self.extent()
        x, y = self.study.situation.x, self.study.situation.y
        distance = np.hypot(self._x[None, :] - x, self._y[:, None] - y) / (x1 - x0)
        return np.clip(1.25 - 2.0 * distance, 0.15, 1.0)

    def _show_ink(self, item: SmoothImage, coverage: Floats, color: str) -> None:
        picture = np.empty((*coverage.shape, 4), np.uint8)
        picture[..., :3] = rgb(color)
        picture[..., 3] = 255 * coverage
        item.setImage(picture, levels=(0, 255), autoLevels=False)
        item.set_extent(self.extent())

    def _shapes(self, local: LocalQuadratic) -> list[Shape]:
        theme, (_, _, y0, y1) = current_theme(), self.extent()
        length, at = ARROW * (y1 - y0), local.point
        shapes: list[Shape] = []
        if self.eigen.isChecked() and np.isfinite(local.eigenvalues).all():
            shapes += self._eigen_lines(local, length)
        angle = math.radians(self.study.situation.direction_deg)
        way = length * np.array([math.cos(angle), math.sin(angle)])
        shapes.append(Arrows(at[None], (at + way)[None], theme.series[2], width=2.5))
        steepness = local.steepness
        if math.isfinite(steepness) and steepness > 0.0:
            uphill = length * local.gradient / steepness
            across = np.array([-uphill[1], uphill[0]])
            tangent = np.stack([at - across, at + across])
            shapes.append(Line(tangent, theme.muted, is_dashed=True))
            shapes.append(Arrows(at[None], (at + uphill)[None], theme.series[1], width=3.0))
        return shapes

    def _eigen_lines(self, local: LocalQuadratic, length: float) -> list[Shape]:
        largest = float(np.abs(local.eigenvalues).max()) or 1.0
        lines: list[Shape] = []
        for value, vector in zip(local.eigenvalues, local.eigenvectors.T, strict=True):
            half = length * (0.25 + 0.75 * abs(value) / largest) * vector
            ends = np.stack([local.point - half, local.point + half])
            lines.append(Line(ends, self._sign_color(value), width=2.0))
        return lines

    def _draw_legend(self, local: LocalQuadratic) -> None:
        theme = current_theme()
        slope, _ = local.along(math.radians(self.study.situation.direction_deg))
        rows = [
            Row(theme.text, "contour", f"f = {number(local.value, 4)}"),
            Row(theme.series[1], "gradient", number(local.steepness, 4)),
            Row(theme.series[2], "direction", number(slope, 4)),
        ]
        if self.eigen.isChecked():
            low, high = local.eigenvalues
            rows.append(Row(self._sign_color(high), "eigenvector", f"λ = {number(high, 4)}"))
            rows.append(Row(self._sign_color(low), "eigenvector", f"λ = {number(low, 4)}"))
        if self.order:
            rows.append(Row(theme.series[3], f"Taylor, order {self.order}"))
        self.plot.overlay.rows = rows
        self.plot.overlay.update()

    @staticmethod
    def _sign_color(value: float) -> str:
        theme = current_theme()
        return theme.series[0] if value >= 0 else theme.series[4]

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""
        self.handle.setPen(pg.mkPen(theme.text, width=2))
        self.handle.setHoverPen(pg.mkPen(theme.accent, width=3))
        self.handle.setBrush(pg.mkBrush(theme.plot_background))
        self.handle.setHoverBrush(pg.mkBrush(theme.accent_soft))
        self.handle.setCursor(Qt.CursorShape.OpenHandCursor)

    # --- what happens --------------------------------------------------------------------------

    def _go_home(self) -> None:
        reach = self.study.situation.reach
        self.plot.view.setRange(xRange=(-reach, reach), yRange=(-reach, reach), padding=0)

    @Slot()
    def autoscale(self) -> None:
        """Show the usual part of the plane."""
        self._go_home()
        super().autoscale()

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if "reach" in names:
            self.autoscale()
        if not self.is_shown:
            return
        if "surface" in names:
            self.refresh()
        elif names & {"x", "y", "direction_deg"}:
            self._draw_point()

    @Slot()
    def _on_range_changed(self) -> None:
        self._soon.start()

    def _on_taylor(self, value: str) -> None:
        self.refresh()
        self.taylor_changed.emit()

    def _on_eigen(self, on: bool) -> None:
        self.refresh()

    @Slot()
    def _on_dragged(self) -> None:
        at = self.handle.pos()
        self.study.set(x=float(at.x()), y=float(at.y()))

    @Slot(object)
    def _on_clicked(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        view = self.plot.view
        is_plain = event.button() == Qt.MouseButton.LeftButton and not event.double()
        if is_plain and view.sceneBoundingRect().contains(event.scenePos()):
            at = view.mapSceneToView(event.scenePos())
            self.study.set(x=float(at.x()), y=float(at.y()))

    @Slot(int, int, bool)
    def _on_nudged(self, right: int, up: int, is_large: bool) -> None:
        x0, x1, _, _ = self.extent()
        step = (LARGE_NUDGE if is_large else NUDGE) * (x1 - x0)
        situation = self.study.situation
        self.study.set(x=situation.x + right * step, y=situation.y + up * step)
