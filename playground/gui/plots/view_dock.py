"""A dock with a view: what views of every workspace share, and how they are exported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRectF, QSize, Slot
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QDockWidget, QWidget

from playground.gui.plots.header import Header
from playground.gui.plots.svg import flattened

PNG_SCALE = 2


class ViewDock(QDockWidget):
    """A view under a header with controls; it costs nothing while nobody can see it."""

    def __init__(self, name: str, title: str, view: QWidget) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.header = Header(self, title)
        self.setTitleBarWidget(self.header)
        self.setWidget(view)
        self._is_shown = self._is_exporting = False
        self.visibilityChanged.connect(self._on_visibility_changed)

    @property
    def is_shown(self) -> bool:
        """Whether somebody can see it: neither closed nor behind another tab."""
        return self._is_shown

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

    # --- for each kind of view ------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Draw the present moment again, if somebody can see it."""
        raise NotImplementedError

    def pictured(self) -> QWidget:
        """Return the widget that an exported picture shows."""
        return self.widget()

    def paint_picture(self, painter: QPainter) -> None:
        """Paint what an exported picture shows."""
        self.pictured().render(painter, QPoint())

    @contextmanager
    def _exporting(self) -> Iterator[None]:
        """Draw as if nothing moved."""
        self._is_exporting = True
        try:
            yield
        finally:
            self._is_exporting = False

    # --------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_visibility_changed(self, visible: bool) -> None:
        self._is_shown = visible
        self.refresh()

    def _png(self) -> bytes:
        size = self.pictured().size()
        image = QImage(size * PNG_SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(PNG_SCALE)
        self._paint(QPainter(image))
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        return bytes(data.data())

    def _svg(self) -> bytes:
        size: QSize = self.pictured().size()
        data = QByteArray()
        generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
        generator.setOutputDevice(QBuffer(data))
        generator.setSize(size)
        # Axes are recorded pictures: at another resolution they would be drawn at another size.
        generator.setResolution(self.logicalDpiX())
        generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
        generator.setTitle(self.windowTitle())
        self._paint(QPainter(generator))
        return flattened(bytes(data.data()).decode()).encode()

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_picture(painter)
        painter.end()
