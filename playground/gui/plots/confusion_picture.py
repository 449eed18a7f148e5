"""Confusion matrix, and the worst mistakes beside it: as pictures where the rows are pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QGraphicsSceneHoverEvent

from playground.data.table import Table
from playground.data.vocabulary import Vocabulary
from playground.gui.plots.array_images import ink_image
from playground.gui.plots.canvas import Canvas
from playground.gui.plots.curves import mixed
from playground.gui.plots.formats import count, percent
from playground.gui.plots.painted import LEFT, RIGHT, Painted
from playground.gui.plots.picture import Picture
from playground.gui.run import Run
from playground.gui.theme import Theme, current_theme
from playground.training.views import ConfusionView

CENTER = Qt.AlignmentFlag.AlignCenter
MOST_TEXTS = 50


class ConfusionPicture(Picture):
    """Counts with shares of each true class; the most confident mistakes come first."""

    def __init__(self, canvas: Canvas, run: Run) -> None:
        super().__init__(canvas, run)
        self.matrix = Matrix(run.prepared.table.class_names)
        self.mistakes = Mistakes(run.prepared.table)
        canvas.ci.addItem(self.matrix, 0, 0)
        canvas.ci.addItem(self.mistakes, 0, 1)
        layout = canvas.ci.layout
        layout.setColumnStretchFactor(0, 3)
        layout.setColumnStretchFactor(1, 2)
        self.restyle(current_theme())

    def show(self, view: ConfusionView) -> None:
        """Draw the counts and the mistakes."""
        self.matrix.show_view(view)
        self.mistakes.show_view(view)

    def restyle(self, theme: Theme) -> None:
        """Take on the plots' font; colours are asked for when painting."""
        for widget in (self.matrix, self.mistakes):
            widget.set_font(self.canvas.plot_font())


class Matrix(Painted):
    """Rows are true classes, columns predicted ones."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names

    def heading(self, view: ConfusionView) -> str:
        """Return the overall accuracy."""
        right, n = int(np.trace(view.counts)), int(view.counts.sum())
        return (
            f"{view.part} · accuracy {percent(right / max(n, 1), 1)} ({count(right)} of {count(n)})"
        )

    def paint_view(self, painter: QPainter, rect: QRectF, em: float, view: ConfusionView) -> None:
        """Paint cells with their names around."""
        metrics = QFontMetricsF(self._font)
        longest = max(metrics.horizontalAdvance(name) for name in self._names)
        margin = min(longest, 0.25 * rect.width()) + 0.6 * em
        left = 1.4 * em + margin
        cells = rect.adjusted(left, 0, 0, -2.9 * em)
        # Cells are at most twice as wide as high.
        width = min(cells.width(), 2 * cells.height())
        cells = QRectF(cells.left(), cells.top(), width, cells.height())
        self._paint_cells(painter, cells, em, view)
        self._paint_names(painter, cells, em, margin)
        painter.setPen(QColor(current_theme().muted))
        below = QRectF(cells.left(), cells.bottom() + 1.5 * em, cells.width(), 1.3 * em)
        painter.drawText(below, CENTER, "predicted")
        painter.save()
        painter.translate(rect.left() + 0.6 * em, cells.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-4 * em, -em, 8 * em, 2 * em), CENTER, "true")
        painter.restore()

    def _paint_cells(
        self, painter: QPainter, cells: QRectF, em: float, view: ConfusionView
    ) -> None:
        theme, n = current_theme(), len(self._names)
        shares = view.counts / np.maximum(view.counts.sum(axis=1, keepdims=True), 1)
        width, height = cells.width() / n, cells.height() / n
        has_shares = height > 2.4 * em and width > 2.4 * em
        small = QFont(self._font)
        small.setPointSizeF(0.85 * small.pointSizeF())
        for i in range(n):
            for j in range(n):
                x, y = cells.left() + j * width, cells.top() + i * height
                cell = QRectF(x, y, width, height).adjusted(1, 1, -1, -1)
                share, color = float(shares[i, j]), theme.train if i == j else theme.validation
                strength = 0.05 + 0.8 * share**0.5 if view.counts[i, j] else 0.0
                shade = mixed(color, theme.plot_background, strength)
                painter.fillRect(cell, shade if strength else QColor(theme.grid))
                if not view.counts[i, j] or height < 0.9 * em:
                    continue
                painter.setPen(readable_on(shade))
                painter.setFont(self._font)
                upper = cell.adjusted(0, 0, 0, -0.42 * height) if has_shares else cell
                flags = CENTER if not has_shares else Qt.AlignmentFlag.AlignHCenter
                if has_shares:
                    upper = QRectF(cell.left(), cell.center().y() - 1.05 * em, cell.width(), em)
                painter.drawText(upper, flags, str(view.counts[i, j]))
                if has_shares:
                    painter.setFont(small)
                    lower = QRectF(cell.left(), cell.center().y() + 0.05 * em, cell.width(), em)
                    painter.drawText(lower, flags, percent(share))

    def _paint_names(self, painter: QPainter, cells: QRectF, em: float, margin: float) -> None:
        metrics, n = QFontMetricsF(self._font), len(self._names)
        width, height = cells.width() / n, cells.height() / n
        painter.setFont(self._font)
        painter.setPen(QColor(current_theme().text))
        elide = Qt.TextElideMode.ElideRight
        for i, name in enumerate(self._names):
            beside = QRectF(
                cells.left() - margin, cells.top() + i * height, margin - 0.5 * em, height
            )
            painter.drawText(beside, RIGHT, metrics.elidedText(name, elide, margin))
            below = QRectF(cells.left() + i * width, cells.bottom() + 0.2 * em, width, 1.3 * em)
            painter.drawText(below, CENTER, metrics.elidedText(name, elide, width))


class Mistakes(Painted):
    """The misclassified rows, the most confident first, as many as there is room for."""

    pointed_at = Signal(int)
    """The row of the table that the mouse has come to."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self._places: list[QRectF] = []
        self._pointed = -1
        self.setAcceptHoverEvents(True)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Tell which mistake the mouse has come to."""
        found = (i for i, place in enumerate(self._places) if place.contains(event.pos()))
        pointed = next(found, -1)
        if pointed != self._pointed:
            self._pointed = pointed
            if 0 <= pointed < len(self.view.wrong):
                self.pointed_at.emit(int(self.view.wrong[pointed]))

    def heading(self, view: ConfusionView) -> str:
        """Return how many there are."""
        n = len(view.wrong)
        return "no mistakes" if not n else "1 mistake" if n == 1 else f"{count(n)} mistakes"

    def paint_view(self, painter: QPainter, rect: QRectF, em: float, view: ConfusionView) -> None:
        """Paint pictures, texts, or lines."""
        self._places = []
        if self._table.image_shape is not None:
            self._paint_pictures(painter, rect, em, view)
        elif self._table.source_vocabulary is not None:
            self._paint_texts(painter, rect, em, view, self._table.source_vocabulary)
        else:
            self._paint_lines(painter, rect, em, view)

    def _paint_lines(self, painter: QPainter, rect: QRectF, em: float, view: ConfusionView) -> None:
        names, theme, metrics = self._table.class_names, current_theme(), painter.fontMetrics()
        for i in range(min(len(view.wrong), int(rect.height() / (1.4 * em)))):
            line = QRectF(rect.left(), rect.top() + 1.4 * em * i, rect.width(), 1.4 * em)
            self._places.append(line)
            share = percent(view.confidence[i])
            painter.setPen(QColor(theme.muted))
            painter.drawText(line, RIGHT, share)
            text = f"row {view.wrong[i] + 1}: {names[view.true[i]]} → {names[view.predicted[i]]}"
            room = int(rect.width() - metrics.horizontalAdvance(share) - em)
            painter.setPen(QColor(theme.text))
            painter.drawText(
                line, LEFT, metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            )

    def _paint_texts(
        self,
        painter: QPainter,
        rect: QRectF,
        em: float,
        view: ConfusionView,
        vocabulary: Vocabulary,
    ) -> None:
        names, theme = self._table.class_names, current_theme()
        y = rect.top()
        for i, text in enumerate(vocabulary.decode(self._table.inputs[view.wrong[:MOST_TEXTS]])):
            room = QRectF(rect.left(), y + 1.2 * em, rect.width(), rect.height())
            below = painter.boundingRect(room, Qt.TextFlag.TextWordWrap, text)
            if below.bottom() > rect.bottom():
                break
            line = QRectF(rect.left(), y, rect.width(), 1.2 * em)
            verdict = f"{names[view.true[i]]} → {names[view.predicted[i]]}"
            painter.setPen(QColor(theme.muted))
            painter.drawText(line, LEFT, verdict)
            painter.drawText(line, RIGHT, percent(view.confidence[i]))
            painter.setPen(QColor(theme.text))
            painter.drawText(below, Qt.TextFlag.TextWordWrap, text)
            self._places.append(line.united(below))
            y = below.bottom() + 0.6 * em

    def _paint_pictures(
        self, painter: QPainter, rect: QRectF, em: float, view: ConfusionView
    ) -> None:
        side = max(3.2 * em, 48.0)
        n_columns = max(int((rect.width() + 0.6 * em) / (side + 0.6 * em)), 1)
        n_rows = int(rect.height() / (side + 1.8 * em))
        for i in range(min(len(view.wrong), n_columns * n_rows)):
            x = rect.left() + (i % n_columns) * (side + 0.6 * em)
            y = rect.top() + (i // n_columns) * (side + 1.8 * em)
            self._places.append(QRectF(x, y, side, side + 1.3 * em))
            painter.drawImage(QRectF(x, y, side, side), self._picture(int(view.wrong[i])))
            names = self._table.class_names
            text = f"{names[view.true[i]]} → {names[view.predicted[i]]}"
            painter.setPen(QColor(current_theme().text))
            painter.drawText(
                QRectF(QPointF(x, y + side), QPointF(x + side, y + side + 1.3 * em)), CENTER, text
            )

    def _picture(self, row: int) -> QImage:
        """Return a row as a picture, ink on the plot's background."""
        assert self._table.image_shape is not None
        return ink_image(self._table.inputs[row].reshape(self._table.image_shape))


def readable_on(background: QColor) -> QColor:
    """Return black or white, whichever is read more easily."""
    luminance = 0.299 * background.redF() + 0.587 * background.greenF() + 0.114 * background.blueF()
    return QColor("#101418" if luminance > 0.55 else "#ffffff")
