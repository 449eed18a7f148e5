"""Icons: one family (Phosphor) in the theme's colours, and the application's own picture."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontDatabase,
    QIcon,
    QIconEngine,
    QPainter,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton

from playground.gui.theme import current_theme, scaled, theme_signals
from playground.resources import resource_path

GLYPH_SHARE = 0.9
"""Size of the glyph within its icon."""


@cache
def _glyphs() -> tuple[str, dict[str, str]]:
    """Load the font and return its family and the character of each name.

    The files come with qtawesome; importing it would load eleven more fonts and a second Qt layer,
    which takes a tenth of the whole start.
    """
    package = find_spec("qtawesome")
    assert package is not None
    assert package.submodule_search_locations is not None
    fonts = Path(package.submodule_search_locations[0], "fonts")
    number = QFontDatabase.addApplicationFont(str(next(fonts.glob("phosphor-*.ttf"))))
    codes = json.loads(next(fonts.glob("phosphor-charmap-*.json")).read_text())
    names = {name: chr(int(code, 16)) for name, code in codes.items()}
    return QFontDatabase.applicationFontFamilies(number)[0], names


class _GlyphEngine(QIconEngine):
    """Draws one character of the icon font at any size."""

    def __init__(self, glyph: str, color: str, disabled: str) -> None:
        super().__init__()
        self._glyph, self._color, self._disabled = glyph, color, disabled
        self._pixmaps: dict[tuple[int, int, bool], QPixmap] = {}

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._glyph, self._color, self._disabled)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        font = QFont(_glyphs()[0])
        font.setPixelSize(max(1, round(min(rect.width(), rect.height()) * GLYPH_SHARE)))
        is_disabled = mode == QIcon.Mode.Disabled
        painter.setFont(font)
        painter.setPen(QColor(self._disabled if is_disabled else self._color))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()
        key = (size.width(), size.height(), mode == QIcon.Mode.Disabled)
        if key not in self._pixmaps:
            pixmap = QPixmap(size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
            painter.end()
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]


def icon(name: str, color: str = "text") -> QIcon:
    """Return a Phosphor icon such as ``play-fill``.

    Parameters
    ----------
    name
        The icon's name within the family.
    color
        Name of one of the theme's colours, or a hex string.
    """
    theme = current_theme()
    shade = color if color.startswith("#") else getattr(theme, color)
    return QIcon(_GlyphEngine(_glyphs()[1][name], shade, theme.disabled))


def set_icon(target: QAction | QAbstractButton, name: str, color: str = "text") -> None:
    """Give an action or button an icon that follows the theme; a second call replaces the first."""
    keeper = target.findChild(_IconKeeper)
    if keeper is None:
        keeper = _IconKeeper(target)
    keeper.choose(name, color)


class _IconKeeper(QObject):
    """Child of what it decorates, so that it ends with it."""

    def __init__(self, target: QAction | QAbstractButton) -> None:
        super().__init__(target)
        self._target = target
        self._chosen = ("", "")
        theme_signals.changed.connect(self._repaint)

    def choose(self, name: str, color: str) -> None:
        if (name, color) != self._chosen:
            self._chosen = (name, color)
            self._repaint()

    @Slot()
    def _repaint(self) -> None:
        self._target.setIcon(icon(*self._chosen))


def application_icon() -> QIcon:
    """Return the application's own icon."""
    return QIcon(str(resource_path("icons", "playground.svg")))


def swatch(color: str) -> QIcon:
    """Return a small square of one colour, for a legend in a table."""
    size = QSize(scaled(12), scaled(12))
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(QRect(0, 0, size.width(), size.height()), 3, 3)
    painter.end()
    found = QIcon(pixmap)
    # Of a chosen row Qt would mix it with the row's colour: no curve has that.
    found.addPixmap(pixmap, QIcon.Mode.Selected)
    return found
