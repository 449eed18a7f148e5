"""A dock with a canvas: what plots of every workspace share, and how they are exported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Slot
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QDockWidget

from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.header import Header
from playground.gui.plots.svg import flattened
from playground.gui.theme import Theme

PNG_SCALE = 2


class CanvasDock(QDockWidget):
    """A canvas under a header with controls; it costs nothing while nobody can see it."""

    def __init__(self, name: str, title: str, canvas: Canvas | None = None) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.canvas = canvas or Canvas()
        self.header = Header(self, title)
        self.setTitleBarWidget(self.header)
        self.setWidget(self.canvas)
        self._is_shown = self._is_exporting = False
        self.visibilityChanged.connect(self._on_visibility_changed)
        self.canvas.restyled.connect(self._on_restyled)
        self.canvas.autoscale_asked.connect(self.autoscale)

    @property
    def is_shown(self) -> bool:
        """Whether somebody can see it: neither closed nor behind another tab."""
        return self._is_shown

    def plots(self) -> list[Plot]:
        """Return the plots that it shows now."""
        return [plot for plot in self.canvas.plots() if plot.isVisible()]

    @Slot()
    def autoscale(self) -> None:
        """Let all axes follow the data again."""
        for plot in self.plots():
            plot.follow()
        self.refresh()

    def export_image(self, path: Path) -> None:
        """Write what is seen as a PNG or SVG file, by the path's suffix.

        Raises
        ------
        ValueError
            Where the suffix is another one.
        OSError
            Where the file cannot be written.
        """
        makers = {".png": self._png, ".svg": self._svg}
        if path.suffix.lower() not in makers:
            raise ValueError(f"{path}: must end in .png or .svg, got {path.suffix!r}")
        with self._exporting():
            data = makers[path.suffix.lower()]()
        path.write_bytes(data)

    # --- for each kind of plot ------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Draw the present moment again, if somebody can see it."""
        raise NotImplementedError

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""

    # --------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_visibility_changed(self, visible: bool) -> None:
        self._is_shown = visible
        self.refresh()

    @Slot(object)
    def _on_restyled(self, theme: Theme) -> None:
        self.restyle(theme)
        self.refresh()

    @contextmanager
    def _exporting(self) -> Iterator[None]:
        """Draw as if nothing moved, and symbols as shapes instead of as ready pictures."""
        items = [item for item in self.canvas.items() if hasattr(item, "setExportMode")]
        self._is_exporting = True
        for plot in self.plots():
            plot.hover(None)
        self.refresh()
        for item in items:
            item.setExportMode(True, {"antialias": True, "resolutionScale": 1.0})
        try:
            yield
        finally:
            for item in items:
                item.setExportMode(False)
            self._is_exporting = False
            self.refresh()

    def _png(self) -> bytes:
        size = self.canvas.size()
        image = QImage(size * PNG_SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(PNG_SCALE)
        painter = QPainter(image)
        self._render(painter, size)
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        return bytes(data.data())

    def _svg(self) -> bytes:
        size = self.canvas.size()
        data = QByteArray()
        generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
        generator.setOutputDevice(QBuffer(data))
        generator.setSize(size)
        # Axes are recorded pictures: at another resolution they would be drawn at another size.
        generator.setResolution(self.logicalDpiX())
        generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
        generator.setTitle(self.windowTitle())
        self._render(QPainter(generator), size)
        return flattened(bytes(data.data()).decode()).encode()

    def _render(self, painter: QPainter, size: QSize) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        everything = QRectF(0, 0, size.width(), size.height())
        self.canvas.render(painter, everything, self.canvas.viewport().rect())
        painter.end()
