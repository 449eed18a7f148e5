"""The surface in three dimensions with the paths on it, where OpenGL is to be had."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QTimer, Slot
from PySide6.QtGui import QColor, QOpenGLContext, QPainter, QVector3D
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.gui.labs.descent.map_dock import MapDock
from playground.gui.labs.descent.racer_card import series_color
from playground.gui.labs.descent.session import DescentSession
from playground.gui.labs.relief import HeightScale, scale_of, shaded
from playground.gui.plots.regions import sampled
from playground.gui.plots.view_dock import ViewDock
from playground.gui.theme import Theme, current_theme, scaled, theme_signals
from playground.objectives.surface import Domain, Scale, Surface

Floats = NDArray[np.float64]

N_MESH = 240
"""Points of the mesh along each side."""

TALL = 0.9
"""Height of the highest point in sight; the ground is two by two."""

POWER = 0.3

LIFT = 0.02
"""How far paths float above the surface, so that it does not swallow them."""


class Box:
    """From the surface's coordinates to the scene's: a square ground, heights as the map shades."""

    def __init__(self, surface: Surface, kind: Scale) -> None:
        self.domain: Domain = surface.domain
        self.x, self.y = (np.asarray(axis) for axis in self.domain.axes(N_MESH, N_MESH))
        self.heights = surface.grid(self.x[None, :], self.y[:, None])
        known = self.heights[np.isfinite(self.heights)]
        lowest = surface.floor(float(known.min())) if known.size else None
        self.scale: HeightScale = scale_of(self.heights, kind, lowest)

    def ground(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Return the place on the ground, each from -1 to 1 within the domain."""
        x0, x1, y0, y1 = self.domain
        across = 2.0 * (np.asarray(x, float) - x0) / (x1 - x0) - 1.0
        along = 2.0 * (np.asarray(y, float) - y0) / (y1 - y0) - 1.0
        return across, along

    def height(self, values: Any) -> Floats:
        """Return heights of values of the surface.

        Where the map counts logarithms a power takes their place: a logarithm has no bottom, and
        would make a needle of every minimum.
        """
        low, high = self.scale.low, self.scale.high
        shares = np.clip((np.asarray(values, float) - low) / (high - low), 0.0, 1.0)
        power = POWER if self.scale.kind == "log" else 1.0
        return np.asarray(TALL * np.nan_to_num(shares, nan=1.0) ** power)

    def path(self, theta: Floats) -> Floats:
        """Return a path in the scene, shape (n, 3), on the mesh; it ends where it leaves that."""
        x, y = self.ground(theta[:, 0], theta[:, 1])
        is_inside = np.isfinite(theta).all(axis=1) & (np.abs(x) <= 1) & (np.abs(y) <= 1)
        outside = np.flatnonzero(~is_inside)
        kept = slice(0, outside[0] if outside.size else len(theta))
        z = sampled(self.height(self.heights), self.domain, theta[kept])
        return np.column_stack([x[kept], y[kept], z + LIFT])


class ReliefDock(ViewDock):
    """A view that is turned with the mouse; made when it is first looked at."""

    def __init__(self, session: DescentSession, map_dock: MapDock) -> None:
        super().__init__("descent_relief", "3-D", QWidget())
        self.session, self._map = session, map_dock
        self.view: Any = None
        self.box: Box | None = None
        self.paths: list[Any] = []
        self._surface: Any = None
        self._heads: Any = None
        self._shown: tuple[object, ...] = ()
        self.message = QLabel(self.widget())
        self.message.setObjectName("muted")
        self.message.setWordWrap(True)
        self.message.setMargin(scaled(16))
        self._column = QVBoxLayout(self.widget())
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.message)
        self._soon = QTimer(self, singleShot=True, interval=30)
        self._soon.timeout.connect(self._draw)
        for signal in (session.race_changed, session.tracks_changed, session.visibility_changed):
            signal.connect(self._ask)
        session.player.moved.connect(self._ask)
        session.player.glided.connect(self._ask)
        map_dock.log_levels.toggled.connect(self._ask)
        theme_signals.changed.connect(self._restyle)

    @Slot()
    def refresh(self) -> None:
        """Draw surface and paths, if somebody can see them."""
        if self.is_shown and self.view is None and not self.message.text():
            self._make_view()
        self._ask()

    def paint_picture(self, painter: QPainter) -> None:
        if self.view is None:
            super().paint_picture(painter)
        else:
            picture = self.view.grabFramebuffer()
            painter.drawImage(QRectF(self.view.geometry()), picture)

    @Slot()
    def _ask(self) -> None:
        if self.view is not None and self.is_shown and not self._soon.isActive():
            self._soon.start()

    def _make_view(self) -> None:
        why = why_not()
        self.message.setText(why)
        self.message.setVisible(bool(why))
        if why:
            return
        import pyqtgraph.opengl as gl

        self.view = gl.GLViewWidget()
        self.view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.view.setCameraPosition(QVector3D(0.0, 0.0, 0.2), 2.6, elevation=42, azimuth=-64)
        self._surface = gl.GLSurfacePlotItem(computeNormals=False, smooth=True)
        self._heads = gl.GLScatterPlotItem(pxMode=True)
        self._heads.setGLOptions("translucent")
        for item in (self._surface, self._heads):
            # Without data it cannot be painted.
            item.setVisible(False)
            self.view.addItem(item)
        self._column.addWidget(self.view)
        self._restyle()

    # --- drawing -------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        race, kind = self.session.shown, self._map.plot.scale_kind
        ground = (race.surface, kind, current_theme().name)
        if self.box is None or ground != self._shown:
            self._shown = ground
            self.box = Box(race.surface, kind)
            self._draw_surface(self.box)
        self._draw_paths(self.box)

    def _draw_surface(self, box: Box) -> None:
        x, y = box.ground(box.x, box.y)
        colors = shaded(box.heights, box.scale, current_theme()).astype(np.float32) / 255
        rgba = np.concatenate([colors, np.ones((*colors.shape[:2], 1), np.float32)], axis=-1)
        # Its rows run along x, ours along y.
        z = box.height(box.heights).T
        self._surface.setData(x=x, y=y, z=z, colors=rgba.transpose(1, 0, 2).reshape(-1, 4))
        self._surface.setVisible(True)

    def _draw_paths(self, box: Box) -> None:
        import pyqtgraph.opengl as gl

        session = self.session
        shown = [
            (racer, track)
            for i, (racer, track) in enumerate(
                zip(session.shown.racers, session.tracks, strict=False)
            )
            if i not in session.hidden and track.length
        ]
        while len(self.paths) < len(shown):
            line = gl.GLLinePlotItem(antialias=True, width=2.0, mode="line_strip")
            line.setVisible(False)
            self.view.addItem(line)
            self.paths.append(line)
        heads, colors = [], []
        for line, (racer, track) in zip(self.paths, shown, strict=False):
            end = track.row(session.player.step) + 1
            head = track.place(session.player.position)
            points = box.path(np.vstack([track.theta[:end], head]))
            color = QColor(series_color(racer.color)).getRgbF()
            if len(points) > 1:
                line.setData(pos=points, color=color)
            line.setVisible(len(points) > 1)
            if len(points):
                heads.append(points[-1])
                colors.append(color)
        for line in self.paths[len(shown) :]:
            line.setVisible(False)
        if heads:
            self._heads.setData(pos=np.array(heads), color=np.array(colors), size=scaled(10))
        self._heads.setVisible(bool(heads))

    @Slot()
    def _restyle(self) -> None:
        theme: Theme = current_theme()
        if self.view is not None:
            self.view.setBackgroundColor(theme.plot_background)
            self._ask()


def why_not() -> str:
    """Return why there is no view in three dimensions; empty where there can be one."""
    if find_spec("OpenGL") is None:
        return "The view in three dimensions needs the package PyOpenGL (pip install PyOpenGL)."
    if not QOpenGLContext().create():
        return "The view in three dimensions needs OpenGL, which this display does not have."
    return ""
