"""A label that shows mathematics."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import QFontInfo, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.gui.theme import current_theme, scaled, theme_signals
from playground.gui.widgets.typesetting import Formula, typeset

LEAST_SCALE = 0.6
"""A formula too wide for its place shrinks that far; what is still too wide is cut off."""


class Mathematics(QWidget):
    """LaTeX typeset in the theme's colours and at its scale.

    Text that cannot be typeset is shown as it is written.

    Parameters
    ----------
    latex
        Mathematics without dollar signs.
    factor
        Size of its letters, as a multiple of the surrounding text.
    color
        Name of one of the theme's colours.

    Attributes
    ----------
    formula
        What is drawn; None where there is nothing or the text cannot be typeset.
    """

    def __init__(
        self,
        latex: str = "",
        parent: QWidget | None = None,
        *,
        factor: float = 1.3,
        color: str = "text",
        alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        super().__init__(parent)
        self._latex, self._factor, self._color, self._alignment = latex, factor, color, alignment
        self._spoken = ""
        self.formula: Formula | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme_signals.changed.connect(self._typeset)
        self._typeset()

    @property
    def latex(self) -> str:
        """The text that it shows."""
        return self._latex

    def set_latex(self, latex: str, spoken: str = "") -> None:
        """Show another formula.

        Parameters
        ----------
        latex
            Mathematics without dollar signs; "" shows nothing.
        spoken
            What a screen reader says; the LaTeX itself if empty.
        """
        if (latex, spoken) != (self._latex, self._spoken):
            self._latex, self._spoken = latex, spoken
            self._typeset()

    def sizeHint(self) -> QSize:
        """Return the size of the formula at its own scale."""
        if self.formula is not None:
            size = self.formula.size
            return QSize(round(size.width()) + 1, round(size.height()) + 1)
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._latex), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return a width to which a long formula can shrink."""
        hint = self.sizeHint()
        return QSize(min(round(hint.width() * LEAST_SCALE), scaled(160)), hint.height())

    def drawn_scale(self) -> float:
        """Return by how much it is shrunk to fit its width."""
        if self.formula is None or self.formula.size.width() <= self.width():
            return 1.0
        return max(self.width() / self.formula.size.width(), LEAST_SCALE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the formula, or the text in its stead."""
        painter = QPainter(self)
        if self.formula is None:
            painter.setPen(getattr(current_theme(), self._color))
            painter.drawText(
                self.rect(), self._alignment | Qt.AlignmentFlag.AlignVCenter, self._latex
            )
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self.drawn_scale()
        room = self.width() - self.formula.size.width() * scale
        left = {Qt.AlignmentFlag.AlignHCenter: room / 2, Qt.AlignmentFlag.AlignRight: room}
        x = max(left.get(self._alignment, 0.0), 0.0)
        y = (self.height() - self.formula.size.height() * scale) / 2
        self.formula.paint(painter, QPointF(x, y), scale)

    @Slot()
    def _typeset(self) -> None:
        size_px = QFontInfo(self.font()).pixelSize() * self._factor
        color = getattr(current_theme(), self._color)
        try:
            self.formula = typeset(self._latex, size_px, color) if self._latex else None
            self.setToolTip("")
        except ValueError as error:
            self.formula = None
            self.setToolTip(str(error))
        self.setAccessibleName(self._spoken or self._latex)
        self.updateGeometry()
        self.update()
