"""The map with the racers on it: paths, where they stand, and what they have in mind."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Slot

from playground.descent.drawn import Quadratic, velocity
from playground.descent.race import Race, Racer
from playground.descent.track import Ending, Track
from playground.gui.labs.descent.map_plot import MapCanvas, MapPlot
from playground.gui.labs.descent.racer_card import series_color
from playground.gui.labs.descent.session import DescentSession
from playground.gui.labs.shapes import Arrows, Disc, Dots, Line, Shape, ShapesItem, ellipse
from playground.gui.plots.canvas_dock import CanvasDock
from playground.gui.plots.formats import number
from playground.gui.plots.overlay import Row
from playground.gui.theme import Theme, current_theme, scaled
from playground.objectives.surface import Scale, Surface

FIELD_COLUMNS = 22
"""Arrows of the gradient field across the map."""

FAR = 50.0
"""Widths of the map beyond which a path is not drawn."""

MINIMUM_SIZE = 12
DOTS_UP_TO = 300
"""Steps up to which a path has dots."""

DOT_GAP_PX = 9


class MapDock(CanvasDock):
    """The surface from above; racers move on it."""

    def __init__(self, session: DescentSession) -> None:
        super().__init__("descent_map", "Map", MapCanvas())
        self.session = session
        self.plot = MapPlot()
        self.canvas.add_plot(self.plot, 0)
        self.curves: list[pg.PlotCurveItem] = []
        self.minima = self.plot.add(pg.ScatterPlotItem(pxMode=True, symbol="x"))
        self.minima.setZValue(20)
        self.field, self.ideas, self.heads = (ShapesItem(self.plot.view) for _ in range(3))
        for item, z in ((self.field, 10), (self.ideas, 60), (self.heads, 80)):
            item.setZValue(z)
        self._shown: Race | None = None
        self._drawn: tuple[object, int] = ((), -1)
        self._add_controls()
        self._connect()
        self.restyle(current_theme())

    def _add_controls(self) -> None:
        add = self.header
        self.log_levels = add.add_toggle(
            "log levels", "Isolines at equal steps of the logarithm above the minimum", self._on_log
        )
        self.gradients = add.add_toggle(
            "Gradient field", "Arrows along the negative gradient", self._on_field, icon="wind"
        )
        self.ideas_on = add.add_toggle(
            "What they have in mind",
            "Velocity and next step of rules, Newton's quadratic model, CMA-ES' ellipse, "
            "Nelder-Mead's simplex, swarms",
            self._on_ideas,
            icon="lightbulb",
            on=True,
        )

    def _connect(self) -> None:
        session, plot = self.session, self.plot
        plot.start_moved.connect(session.set_start)
        plot.cursor_moved.connect(self._show_readout)
        plot.drawn.connect(self._on_drawn)
        assert isinstance(self.canvas, MapCanvas)
        self.canvas.nudged.connect(self._on_nudged)
        session.race_changed.connect(self._on_race)
        session.tracks_changed.connect(self._draw)
        session.visibility_changed.connect(self._draw_anew)
        session.player.moved.connect(self._draw)
        session.player.glided.connect(self._glide)
        self._field_soon = QTimer(self, singleShot=True, interval=0)
        self._field_soon.timeout.connect(self._draw_field)

    # --- drawing -------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Draw surface and racers, if somebody can see them."""
        if self.is_shown:
            self._on_race(self.session.race)
            self._draw_anew()

    @Slot(object)
    def _on_race(self, race: Race) -> None:
        if not self.is_shown:
            return
        before, self._shown = self._shown, race
        if before is None or before.surface != race.surface:
            is_new = before is None or type(before.surface) is not type(race.surface)
            self._show_surface(race.surface, is_new=is_new)
        self.plot.show_start(*race.start)
        if before is not None and [r.color for r in before.racers] != [
            r.color for r in race.racers
        ]:
            self._draw_anew()

    def _show_surface(self, surface: Surface, *, is_new: bool) -> None:
        if is_new:
            self.log_levels.blockSignals(True)
            self.log_levels.setChecked(surface.scale == "log")
            self.log_levels.blockSignals(False)
        self.plot.show_surface(surface, self._scale(), is_new=is_new)
        at = [(m.x, m.y) for m in surface.minima]
        self.minima.setData(*np.array(at).T) if at else self.minima.clear()

    @Slot()
    def _draw_anew(self) -> None:
        self._drawn = ((), -1)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        """Draw the racers where they are at the step in sight."""
        session = self.session
        if not self.is_shown or not session.tracks:
            return
        moment = (
            (tuple(track.length for track in session.tracks), session.tracks),
            session.player.step,
        )
        if moment == self._drawn:
            return
        self._drawn = moment
        shown = list(self._visible())
        self._draw_paths(shown)
        self._draw_heads(shown)
        self._draw_ideas(shown)
        self._show_readout()

    def _visible(self) -> list[tuple[Racer, Track, int]]:
        """Return the racers to draw, with their tracks and rows."""
        session = self.session
        return [
            (racer, track, track.row(session.player.step))
            for i, (racer, track) in enumerate(
                zip(session.shown.racers, session.tracks, strict=False)
            )
            if i not in session.hidden and track.length
        ]

    def _draw_paths(self, shown: list[tuple[Racer, Track, int]]) -> None:
        while len(self.curves) < len(shown):
            curve = self.plot.add(pg.PlotCurveItem(antialias=True, connect="finite"))
            curve.setZValue(50)
            self.curves.append(curve)
        low, high = self._reach()
        for curve, (racer, track, row) in zip(self.curves, shown, strict=False):
            curve.setPen(pg.mkPen(series_color(racer.color), width=scaled(20) / 10))
            path = np.clip(track.theta[: row + 1], low, high)
            curve.setData(path[:, 0], path[:, 1])
        for curve in self.curves[len(shown) :]:
            curve.setData([], [])

    @Slot()
    def _glide(self) -> None:
        """Move the racers within a step; their paths end where the step began."""
        if self.is_shown and self.session.tracks:
            self._draw_heads(list(self._visible()))

    def _draw_heads(self, shown: list[tuple[Racer, Track, int]]) -> None:
        theme, position = current_theme(), self.session.player.position
        links: list[Shape] = []
        discs: list[Shape] = []
        for racer, track, row in shown:
            at, color = track.place(position), series_color(racer.color)
            is_lost = track.ending is Ending.DIVERGED and row == track.length - 1
            rim = theme.danger if is_lost else theme.plot_background
            if not position.is_integer():
                links.append(Line(np.stack([track.theta[row], at]), color, width=2.0))
            discs.append(Disc(at, color, rim, is_lost))
        self.heads.show_shapes([*links, *discs])

    def _reach(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the corners beyond which nothing is drawn: Qt's painter would overflow."""
        x0, x1, y0, y1 = self.plot.extent()
        far = FAR * np.array([x1 - x0, y1 - y0])
        return np.array([x0, y0]) - far, np.array([x1, y1]) + far

    # --- what racers have in mind --------------------------------------------------------------

    def _draw_ideas(self, shown: list[tuple[Racer, Track, int]]) -> None:
        shapes: list[Shape] = []
        for racer, track, row in shown:
            color = series_color(racer.color)
            if row + 1 <= DOTS_UP_TO:
                shapes.append(Dots(track.theta[: row + 1], color, 0.6, least_gap_px=DOT_GAP_PX))
            if self.ideas_on.isChecked():
                shapes += self._ideas(racer, track, row, color)
        self.ideas.show_shapes(shapes)

    def _ideas(self, racer: Racer, track: Track, row: int, color: str) -> list[Shape]:
        at, state = track.theta[row], track.state(row)
        if not np.isfinite(at).all():
            return []
        shapes: list[Shape] = []
        if (speed := velocity(racer, track, row)) is not None and speed.shape == (2,):
            shapes.append(Arrows(at[None], (at + speed)[None], color, opacity=0.6))
        if row + 1 < track.length:
            shapes.append(Arrows(at[None], track.theta[row + 1][None], color))
        if "hessian" in racer.optimizer.REQUIRES:
            shapes += _model(self.session.shown.surface, at, color)
        shapes += _remembered(state, color)
        return shapes

    # --- the field -----------------------------------------------------------------------------

    @Slot()
    def _on_drawn(self) -> None:
        self._field_soon.start()

    @Slot()
    def _draw_field(self) -> None:
        surface = self.plot.surface
        if surface is None or not self.gradients.isChecked():
            self.field.show_shapes(())
            return
        x0, x1, y0, y1 = self.plot.extent()
        view = self.plot.view
        rows = max(round(FIELD_COLUMNS * view.height() / max(view.width(), 1.0)), 3)
        x = x0 + (np.arange(FIELD_COLUMNS) + 0.5) * (x1 - x0) / FIELD_COLUMNS
        y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
        gx, gy = surface.gradient_grid(x[None, :], y[:, None])
        # Equal lengths in pixels: directions are what the eye can read over decades of size.
        unit = np.array([(x1 - x0) / FIELD_COLUMNS, (y1 - y0) / rows])
        way = np.stack([-gx, -gy], axis=-1).reshape(-1, 2) / unit
        with np.errstate(all="ignore"):
            way = 0.42 * unit * way / np.hypot(way[:, 0], way[:, 1])[:, None]
        at = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        arrows = Arrows(at - way, at + way, current_theme().muted, opacity=0.75, width=1.0)
        self.field.show_shapes((arrows,))

    # --- readout and controls ------------------------------------------------------------------

    @Slot()
    def _show_readout(self) -> None:
        overlay, cursor = self.plot.overlay, self.plot.cursor
        overlay.cursor = None
        overlay.heading = ""
        overlay.rows = [
            Row(series_color(racer.color), racer.name, swatch="line")
            for racer, _, _ in self._visible()
        ]
        surface = self.plot.surface
        if cursor is not None and surface is not None:
            x, y = cursor.x(), cursor.y()
            value = number(float(surface.grid(x, y)))
            overlay.heading = f"f({number(x, 3)}, {number(y, 3)}) = {value}"
        overlay.update()

    @Slot(int, int, bool)
    def _on_nudged(self, right: int, up: int, is_fine: bool) -> None:
        self.plot.nudge(right, up, is_fine=is_fine)

    def _scale(self) -> Scale:
        return "log" if self.log_levels.isChecked() else "linear"

    def _on_log(self, on: bool) -> None:
        self.plot.show_surface(self.session.race.surface, self._scale(), is_new=False)

    def _on_field(self, on: bool) -> None:
        self._draw_field()

    def _on_ideas(self, on: bool) -> None:
        self._draw_anew()

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""
        self.minima.setSize(scaled(MINIMUM_SIZE))
        self.minima.setPen(pg.mkPen(theme.text, width=1))
        self.minima.setBrush(pg.mkBrush(theme.text))
        self.plot.start.setCursor(Qt.CursorShape.OpenHandCursor)


def _model(surface: Surface, at: np.ndarray, color: str) -> list[Shape]:
    """Return the ellipse on which Newton's model is as low as it gets, and its middle."""
    model = Quadratic.of(surface, at)
    middle = model.stationary
    if middle is None:
        return []
    values, axes = model.curvatures
    shapes: list[Shape] = [Line(np.stack([at, middle]), color, is_dashed=True, opacity=0.8)]
    if values[0] > 0:
        # The level line of the model through the point: v with ½ vᵀ H v = f(at) - f(middle).
        drop = 0.5 * (at - middle) @ model.hessian @ (at - middle)
        covariance = axes @ np.diag(2.0 * drop / values) @ axes.T
        shapes.append(Line(ellipse(middle, covariance), color, is_closed=True, is_dashed=True))
    return shapes


def _remembered(state: object, color: str) -> list[Shape]:
    """Return what a method's state shows of itself: ellipse, simplex, population."""
    assert hasattr(state, "get")
    shapes: list[Shape] = []
    mean, covariance, sigma = (state.get(name) for name in ("mean", "covariance", "sigma"))
    if mean is not None and covariance is not None and np.size(mean) == 2:
        # A separable strategy keeps the diagonal alone.
        covariance = np.diag(covariance) if np.ndim(covariance) == 1 else covariance
        width = float(sigma) ** 2 if sigma is not None else 1.0
        outline = ellipse(np.asarray(mean), width * np.asarray(covariance))
        shapes.append(Line(outline, color, is_closed=True))
    simplex, population = state.get("simplex"), state.get("population")
    if simplex is not None and np.ndim(simplex) == 2:
        shapes.append(Line(np.asarray(simplex), color, is_closed=True))
    if population is not None and np.ndim(population) == 2:
        shapes.append(Dots(np.asarray(population), color, opacity=0.5))
    return shapes
