"""Texts that the model writes: translations beside the true ones, or texts that it continues."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextDocument

from playground.gui.plots.canvas import Canvas
from playground.gui.plots.formats import number
from playground.gui.plots.painted import LEFT, Painted
from playground.gui.plots.picture import Picture
from playground.gui.session import Run
from playground.gui.theme import Theme, current_theme
from playground.training.snapshots import TextView


class TextPicture(Picture):
    """As many texts as there is room for."""

    def __init__(self, canvas: Canvas, run: Run) -> None:
        super().__init__(canvas, run)
        self.texts = Texts()
        canvas.ci.addItem(self.texts, 0, 0)
        self.restyle(current_theme())

    def show(self, view: TextView) -> None:
        """Show what is written now."""
        self.texts.show_view(view)

    def restyle(self, theme: Theme) -> None:
        """Take on the plots' font; colours are asked for when painting."""
        self.texts.set_font(self.canvas.plot_font())


class Texts(Painted):
    """A line for each translation, a paragraph for each text that is continued."""

    def heading(self, view: TextView) -> str:
        """Return how good the texts are."""
        texts = f"{view.part} · perplexity {number(view.perplexity)}"
        if view.exact_match is None:
            return texts
        n_right = sum(true == written for _, true, written in view.rows)
        return f"{texts} · {n_right} of {len(view.rows)} right"

    def paint_view(self, painter: QPainter, rect: QRectF, em: float, view: TextView) -> None:
        """Paint lines or paragraphs."""
        if view.exact_match is None:
            self._paint_paragraphs(painter, rect, em, view)
        else:
            self._paint_lines(painter, rect, em, view)

    def _paint_lines(self, painter: QPainter, rect: QRectF, em: float, view: TextView) -> None:
        """Paint source, what is written and, where that is wrong, what is true, in columns."""
        theme, metrics = current_theme(), QFontMetricsF(self._font)
        rows = view.rows[: int(rect.height() / (1.4 * em))]
        widths = [
            max(map(metrics.horizontalAdvance, column)) + 2 * em
            for column in zip(*rows, strict=True)
        ]
        for i, (source, true, written) in enumerate(rows):
            is_right = written == true
            cells = (
                (source, theme.text, widths[0]),
                (written, theme.success if is_right else theme.danger, widths[2]),
                ("" if is_right else true, theme.muted, widths[1]),
            )
            x = rect.left()
            for text, color, width in cells:
                width = min(width, rect.right() - x)
                cell = QRectF(x, rect.top() + 1.4 * em * i, width, 1.4 * em)
                painter.setPen(QColor(color))
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
                painter.drawText(cell, LEFT, shown)
                x += width

    def _paint_paragraphs(self, painter: QPainter, rect: QRectF, em: float, view: TextView) -> None:
        painter.save()
        painter.setClipRect(rect)
        painter.translate(rect.topLeft())
        for source, _, written in view.rows:
            document = _paragraph(source, written, self._font, rect.width())
            document.drawContents(painter)
            painter.translate(0, document.size().height() + 0.7 * em)
        painter.restore()


def _paragraph(source: str, written: str, font: QFont, width: float) -> QTextDocument:
    """Return a text's beginning, faint, and what was written after it."""
    theme = current_theme()
    document = QTextDocument()
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setTextWidth(width)
    parts = ((theme.muted, source), (theme.text, written))
    document.setHtml(
        "".join(
            f'<span style="color: {color}; white-space: pre-wrap">'
            f"{escape(text).replace(chr(10), '<br>')}</span>"
            for color, text in parts
        )
    )
    return document
