"""Texts that the model writes: translations beside the true ones, or texts that it continues."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextDocument

from playground.gui.plots.canvas import Canvas
from playground.gui.plots.formats import number
from playground.gui.plots.painted import LEFT, Painted
from playground.gui.plots.picture import Picture
from playground.gui.run import Run
from playground.gui.theme import Theme, current_theme
from playground.training.views import TextView

HEADERS = ("source", "should be", "written")
"""What the columns are called, in the order of a view's rows."""

MISSING, END_OF_TEXT = "_", "\0"


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
        line = 1.4 * em
        rows = [HEADERS, *view.rows][: int(rect.height() / line)]
        widths = [
            max(map(metrics.horizontalAdvance, column)) + 2 * em
            for column in zip(*rows, strict=True)
        ]
        lefts = rect.left(), rect.left() + widths[0], rect.left() + widths[0] + widths[2]
        for i, (source, true, written) in enumerate(rows):
            source_cell, written_cell, true_cell = (
                QRectF(left, rect.top() + line * i, rect.right() - left, line) for left in lefts
            )
            if i == 0:
                for cell, text in ((source_cell, source), (written_cell, written)):
                    self._paint_text(painter, cell, text, theme.muted)
                self._paint_text(painter, true_cell, true, theme.muted)
                continue
            source_cell.setRight(min(written_cell.left() - em / 2, rect.right()))
            self._paint_text(painter, source_cell, source, theme.text)
            if written == true:
                self._paint_text(painter, written_cell, written, theme.success)
            else:
                self._paint_marked(painter, written_cell, runs(true, written))
                self._paint_text(painter, true_cell, true, theme.muted)

    def _paint_text(self, painter: QPainter, cell: QRectF, text: str, color: str) -> None:
        shown = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, max(int(cell.width()), 0)
        )
        painter.setPen(QColor(color))
        painter.drawText(cell, LEFT, shown)

    def _paint_marked(
        self, painter: QPainter, cell: QRectF, parts: Sequence[tuple[str, bool]]
    ) -> None:
        """Paint a text with its wrong symbols on a ground of their own."""
        theme, metrics = current_theme(), QFontMetricsF(self._font)
        painter.save()
        painter.setClipRect(cell, Qt.ClipOperation.IntersectClip)
        left = cell.left()
        for text, is_right in parts:
            width = metrics.horizontalAdvance(text)
            place = QRectF(left, cell.top(), width, cell.height())
            if not is_right:
                inset = 0.08 * cell.height()
                painter.fillRect(place.adjusted(0, inset, 0, -inset), QColor(theme.danger_soft))
            painter.setPen(QColor(theme.text if is_right else theme.danger))
            painter.drawText(place, LEFT, text)
            left += width
        painter.restore()

    def _paint_paragraphs(self, painter: QPainter, rect: QRectF, em: float, view: TextView) -> None:
        painter.save()
        painter.setClipRect(rect)
        painter.translate(rect.topLeft())
        for source, _, written in view.rows:
            document = _paragraph(source, written, self._font, rect.width())
            document.drawContents(painter)
            painter.translate(0, document.size().height() + 0.7 * em)
        painter.restore()


def runs(true: str, written: str) -> list[tuple[str, bool]]:
    """Return a written text in pieces, and whether their symbols stand where they should.

    What is missing at the end stands as an underscore a symbol, and is wrong.
    """
    padded = written.ljust(len(true), MISSING)
    marks = [a == b for a, b in zip(padded, true.ljust(len(padded), END_OF_TEXT), strict=True)]
    pieces = groupby(zip(padded, marks, strict=True), key=lambda pair: pair[1])
    return [("".join(symbol for symbol, _ in piece), is_right) for is_right, piece in pieces]


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
