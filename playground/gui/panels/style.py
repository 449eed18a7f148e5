"""The panel's own part of the style sheet."""

from __future__ import annotations

from playground.gui.theme import Theme, scaled


def panel_style(theme: Theme) -> str:
    """Return the style of sections, chips and rows, at the present scale."""
    return f"""
    QWidget#side_panel, QWidget#side_panel_body {{ background: {theme.surface}; }}
    QToolButton#section {{ font-weight: 600; text-align: left; border: none; border-radius: 0;
        border-top: 1px solid {theme.border}; padding: {scaled(8)}px {scaled(12)}px; }}
    QToolButton#section:focus {{ background: {theme.hover}; }}
    QToolButton#more {{ color: {theme.muted}; text-align: left; border: none;
        padding: {scaled(2)}px 0; }}
    QToolButton#more:hover, QToolButton#more:focus {{ color: {theme.text}; background: none; }}
    QToolButton#row {{ padding: 0; }}
    QPushButton#chip {{ padding: {scaled(3)}px {scaled(10)}px; border-radius: {scaled(9)}px; }}
    QPushButton#chip:checked {{ background: {theme.accent_soft}; color: {theme.accent};
        border-color: {theme.accent}; }}
    """
