"""Whatever can be painted, as PNG and SVG files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from playground.gui.plots.svg import flattened

PNG_SCALE = 2

Paint = Callable[[QPainter], None]


def write_picture(path: Path, widget: QWidget, title: str, paint: Paint) -> None:
    """Write what ``paint`` paints of a widget as a PNG or SVG file, by the path's suffix.

    Raises
    ------
    ValueError
        Where the suffix is another one.
    OSError
        Where the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".svg"):
        raise ValueError(f"{path}: must end in .png or .svg, got {path.suffix!r}")
    data = _png(widget, paint) if suffix == ".png" else _svg(widget, title, paint)
    path.write_bytes(data)


def _png(widget: QWidget, paint: Paint) -> bytes:
    image = QImage(widget.size() * PNG_SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PNG_SCALE)
    _paint(QPainter(image), paint)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())


def _svg(widget: QWidget, title: str, paint: Paint) -> bytes:
    size, data = widget.size(), QByteArray()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(QBuffer(data))
    generator.setSize(size)
    # Axes are recorded pictures: at another resolution they would be drawn at another size.
    generator.setResolution(widget.logicalDpiX())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    _paint(QPainter(generator), paint)
    return flattened(bytes(data.data()).decode()).encode()


def _paint(painter: QPainter, paint: Paint) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
