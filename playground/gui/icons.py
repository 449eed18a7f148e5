"""Icons: one family (Phosphor) in the theme's colours, and the application's own picture."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QAbstractButton

from playground.gui.theme import current_theme, theme_signals
from playground.resources import resource_path


@cache
def _font() -> Any:
    # Loads one font; the package's own `icon` loads all twelve of its families.
    from qtawesome import iconic_font

    return iconic_font.IconicFont(("ph", "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"))


def icon(name: str, color: str = "text", scale: float = 1.0) -> QIcon:
    """Return a Phosphor icon such as ``play-fill`` or ``ph.play-fill``.

    Parameters
    ----------
    name
        The icon's name, with or without the family's prefix.
    color
        Name of one of the theme's colours, or a hex string.
    scale
        Size of the glyph within the icon.
    """
    theme = current_theme()
    shade = color if color.startswith("#") else getattr(theme, color)
    full = name if name.startswith("ph.") else f"ph.{name}"
    return QIcon(_font().icon(full, color=shade, color_disabled=theme.disabled, scale_factor=scale))


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
