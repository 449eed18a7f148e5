"""Check gradients: layer by layer, while they are compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from playground.gui.dialogs.buttons import Buttons
from playground.gui.dialogs.question import Question
from playground.gui.icons import icon
from playground.gui.plots.formats import count, number
from playground.gui.session import Session
from playground.gui.theme import scaled, theme_signals
from playground.gui.widgets.tables import RIGHT, ReadingTable, cell
from playground.training.gradient_check import BOUND, GradientCheck, LayerCheck

if TYPE_CHECKING:
    from playground.training.trainer import Trainer

_HEADERS = ("Layer", "Checked", "Worst error", "Reverse mode", "Reference", "Entry", "Method")
_NUMERIC = (False, True, True, True, True, False, False)


class GradientCheckDialog(QDialog):
    """One row a layer: the entry on which the ways to differentiate agree least.

    Attributes
    ----------
    results
        What is known so far, by layer.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Check gradients")
        self.results: dict[str, LayerCheck] = {}
        self._check: GradientCheck | None = None
        self.verdict = QLabel("Comparing derivatives …", self)
        self.verdict.setObjectName("heading")
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        keeps = self.progress.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps)
        self.table = ReadingTable(_HEADERS, self)
        self.note = QLabel(self)
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._build()
        theme_signals.changed.connect(self._show_marks)
        self._question = Question(session, self._compare, self)
        self._question.arrived.connect(self._on_arrived)
        self._question.finished.connect(self._on_finished)
        self._question.failed.connect(self._on_failed)
        self._question.ask()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(scaled(24), scaled(24), scaled(24), scaled(16))
        layout.setSpacing(scaled(12))
        layout.addWidget(self.verdict)
        layout.addWidget(self.progress)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        layout.addWidget(Buttons(self))
        self._say_how(16)
        self.resize(scaled(960), scaled(480))

    def _say_how(self, n_rows: int) -> None:
        self.note.setText(
            f"The gradient by reverse mode, on the first {n_rows} training samples and in float64, "
            "against central differences and forward mode. An error is relative to its layer's "
            f"largest derivative; up to {number(BOUND)} is allowed."
        )
        # Its place is kept while a second sentence comes and goes.
        self.note.setMinimumHeight(3 * QFontMetrics(self.note.font()).lineSpacing())
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)

    @staticmethod
    def _compare(trainer: Trainer) -> Iterator[GradientCheck | LayerCheck]:
        """Yield the check, then its results; runs on the training thread."""
        check = GradientCheck.of(trainer)
        yield check
        yield from check.run()

    # --- what arrives --------------------------------------------------------------------------

    @Slot(object)
    def _on_arrived(self, result: GradientCheck | LayerCheck) -> None:
        if isinstance(result, GradientCheck):
            self._start(result)
        else:
            self.results[result.layer] = result
            self._show_row(list(self.results).index(result.layer), result)
            self.progress.setValue(sum(r.n_done for r in self.results.values()))

    def _start(self, check: GradientCheck) -> None:
        self._check = check
        self.progress.setRange(0, check.n_entries)
        self._say_how(check.n_rows)
        self.table.setRowCount(len(check.layers))
        for row, layer in enumerate(check.layers):
            item = cell(layer)
            item.setIcon(icon("circle", "muted"))
            self.table.setItem(row, 0, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        for column, is_numeric in enumerate(_NUMERIC):
            title = self.table.horizontalHeaderItem(column)
            if is_numeric and title is not None:
                title.setTextAlignment(RIGHT)

    def _show_row(self, row: int, result: LayerCheck) -> None:
        texts = (
            result.layer,
            f"{count(result.n_done)} of {count(result.n_parameters)}",
            number(result.error, 2),
            number(result.analytic, 6) if result.entry else "–",
            number(result.numeric, 6) if result.entry else "–",
            result.entry,
            result.reference,
        )
        for column, (text, is_numeric) in enumerate(zip(texts, _NUMERIC, strict=True)):
            item = self.table.item(row, column)
            if item is None:
                self.table.setItem(row, column, cell(text, numeric=is_numeric))
            else:
                item.setText(text)
        self._show_mark(row, result)

    @Slot()
    def _show_marks(self) -> None:
        for row, result in enumerate(self.results.values()):
            self._show_mark(row, result)

    def _show_mark(self, row: int, result: LayerCheck) -> None:
        item = self.table.item(row, 0)
        assert item is not None
        if not result.passed:
            item.setIcon(icon("x-circle-fill", "danger"))
            item.setToolTip("The ways to differentiate disagree")
        elif result.is_done:
            item.setIcon(icon("check-circle-fill", "success"))
            item.setToolTip("All agree")

    @Slot()
    def _on_finished(self) -> None:
        wrong = [result.layer for result in self.results.values() if not result.passed]
        if wrong:
            self._conclude(f"The derivatives disagree in {_listed(wrong)}.", "danger")
            return
        worst = max(self.results.values(), key=lambda result: result.error)
        n = count(sum(result.n_done for result in self.results.values()))
        self._conclude(
            f"All {n} derivatives agree; the worst error is {number(worst.error, 2)}.", "success"
        )
        n_kinks = sum(result.n_kinks for result in self.results.values())
        if n_kinks:
            self.note.setText(
                f"{self.note.text()} At {count(n_kinks)} of them the loss has a kink, so forward "
                "mode alone is compared."
            )

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        self._conclude(message, "danger")

    def _conclude(self, text: str, name: str) -> None:
        self.progress.hide()
        self.verdict.setText(text)
        self.verdict.setStyleSheet("font-weight: 600;")
        self.verdict.setObjectName(name)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)

    def done(self, result: int) -> None:
        """Close once the training thread has let go."""
        self._question.stop()
        super().done(result)


def _listed(names: list[str], most: int = 3) -> str:
    """Return ``a, b and c``, or ``a, b, c and 4 more``."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
