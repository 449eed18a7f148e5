"""LaTeX mathematics as pictures without pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

KEPT = 512
"""Formulas that are kept typeset: a derivation of many steps, in both themes."""


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula ready to be drawn.

    Attributes
    ----------
    size
        Width and height in pixels.
    ascent
        Pixels from its top to the base line.
    svg
        The whole picture as a file's text.
    """

    size: QSizeF
    ascent: float
    svg: str
    _renderer: QSvgRenderer

    def paint(self, painter: QPainter, corner: QPointF, scale: float = 1.0) -> None:
        """Draw it with its upper left corner there, crisp at any scale."""
        self._renderer.render(painter, QRectF(corner, self.size * scale))


@lru_cache(maxsize=KEPT)
def typeset(latex: str, size_px: float, color: str) -> Formula:
    """Return a formula typeset in STIX Two.

    Parameters
    ----------
    latex
        Mathematics without dollar signs.
    size_px
        Size of its font.
    color
        Of everything that chooses no colour itself, as ``#rrggbb``.

    Raises
    ------
    ValueError
        Where the text is not LaTeX that can be read.
    """
    # A tenth of a second, which a window that shows no formula need not pay.
    import ziamath

    # Symbols that are drawn once and used often are unknown to Qt.
    ziamath.config.svg2 = False
    try:
        svg = ziamath.Latex(latex, size=size_px, color=color).svg()
    except Exception as error:  # Its parser raises a dozen unrelated kinds, AssertionError too.
        raise ValueError(f"{latex!r} cannot be typeset: {error or type(error).__name__}") from error
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    box = renderer.viewBoxF()
    return Formula(box.size(), -box.top(), svg, renderer)
