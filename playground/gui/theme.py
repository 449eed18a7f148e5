"""Colours, scale and style of the window, light and dark; everything that draws asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from playground.gui.stylesheet import stylesheet
from playground.gui.theme_colors import DARK, LIGHT, Theme

Choice = Literal["light", "dark", "system"]

__all__ = [
    "DARK",
    "LIGHT",
    "SCALES",
    "Choice",
    "Theme",
    "ThemeSignals",
    "current_choice",
    "current_scale",
    "current_theme",
    "install",
    "scaled",
    "set_scale",
    "set_theme",
    "tabular_font",
    "theme_signals",
]

SCALES = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
"""The scales offered in the menu; a projector is read best from 1.3 upwards."""


class ThemeSignals(QObject):
    """Tells that colours or scale have changed, after palette, font and style sheet have."""

    changed = Signal(object)


theme_signals = ThemeSignals()


@dataclass
class _State:
    choice: Choice = "system"
    theme: Theme = LIGHT
    scale: float = 1.0
    base_point_size: float = 0.0


_state = _State()


def current_theme() -> Theme:
    """Return the colours in use."""
    return _state.theme


def current_choice() -> Choice:
    """Return what was asked for: ``light``, ``dark`` or ``system``."""
    return _state.choice


def current_scale() -> float:
    """Return the factor on fonts and sizes."""
    return _state.scale


def scaled(pixels: float) -> int:
    """Return a length in pixels at the current scale."""
    return round(pixels * _state.scale)


def set_theme(choice: Choice) -> None:
    """Choose light, dark or what the system has."""
    _state.choice = choice
    _apply()


def set_scale(scale: float) -> None:
    """Enlarge fonts and sizes by a factor from 1 to 2."""
    _state.scale = min(max(scale, 1.0), 2.0)
    _apply()


def install(choice: Choice = "system", scale: float = 1.0) -> None:
    """Give the application its style; call once after the QApplication exists."""
    app = _application()
    app.setStyle("Fusion")
    _state.base_point_size = max(app.font().pointSizeF(), 9.0)
    app.styleHints().colorSchemeChanged.connect(_follow_system)
    _state.choice, _state.scale = choice, scale
    _apply()


def tabular_font(widget: QWidget, factor: float = 1.0) -> QFont:
    """Return the widget's font with digits of equal width, so that running numbers stand still."""
    font = QFont(widget.font())
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setPointSizeF(_state.base_point_size * _state.scale * factor)
    return font


def _follow_system() -> None:
    if _state.choice == "system":
        _apply()


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication), "the theme needs a QApplication"
    return app


def _resolve(app: QApplication) -> Theme:
    if _state.choice == "system":
        return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if _state.choice == "dark" else LIGHT


def _apply() -> None:
    app = _application()
    if not _state.base_point_size:
        _state.base_point_size = max(app.font().pointSizeF(), 9.0)
    _state.theme = _resolve(app)
    font = QFont(app.font())
    font.setPointSizeF(_state.base_point_size * _state.scale)
    app.setFont(font)
    app.setPalette(_palette(_state.theme))
    app.setStyleSheet(stylesheet(_state.theme, _state.scale))
    theme_signals.changed.emit(_state.theme)


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: theme.background,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.background,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.ToolTipBase: theme.tooltip,
        role.ToolTipText: theme.tooltip_text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Accent: theme.accent,
        role.Light: theme.raised,
        role.Midlight: theme.border,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.border,
    }
    palette = QPalette()
    for key, color in colors.items():
        palette.setColor(key, QColor(color))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.disabled))
    return palette
