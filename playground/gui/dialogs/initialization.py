"""The initialisation report: how large activations and gradients are by depth, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from playground.errors import SpecError
from playground.gui.dialogs.buttons import Buttons
from playground.gui.dialogs.question import Question
from playground.gui.icons import swatch
from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import number
from playground.gui.plots.sampling import masked_log10
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme, scaled
from playground.gui.widgets.tables import RIGHT, ReadingTable, cell
from playground.models.initializers import INITIALIZERS
from playground.training.initialization import InitializationReport, report

if TYPE_CHECKING:
    from playground.training.trainer import Trainer

MOST_NAMED = 6
"""Layers whose names fit below a plot; of more the numbers stand there."""

MOST_DECADES = 30.0
"""What lies further below the largest value is left outside of a plot."""


class InitializationDialog(QDialog):
    """Two plots with a curve an initialiser; the chosen one can be taken.

    Attributes
    ----------
    report
        What is shown; None until it is computed.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Initialisation report")
        self._session = session
        self.report: InitializationReport | None = None
        self.canvas = Canvas()
        self.plots = {
            "activations": self.canvas.add_plot(Plot("layer", "std of activations"), 0, 0),
            "gradients": self.canvas.add_plot(Plot("layer", "std of gradients"), 0, 1),
        }
        self.curves: dict[str, list[pg.PlotCurveItem]] = {"activations": [], "gradients": []}
        self._dots: dict[str, list[pg.ScatterPlotItem]] = {"activations": [], "gradients": []}
        self.table = ReadingTable(("Initializer", "Activations", "Gradients"), self)
        self.note = QLabel(self)
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._build()
        self.canvas.restyled.connect(self._on_restyled)
        self._question = Question(session, self._compute, self)
        self._question.arrived.connect(self._on_arrived)
        self._question.failed.connect(self._on_failed)
        self._question.ask()

    def _build(self) -> None:
        for plot in self.plots.values():
            plot.set_log(y=True)
            plot.show_message("Drawing first weights …")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setFixedWidth(scaled(340))
        for column, place in ((1, "Of the last layer"), (2, "Of the first layer")):
            title = self.table.horizontalHeaderItem(column)
            if title is not None:
                title.setTextAlignment(RIGHT)
                title.setToolTip(place)
        self.table.itemSelectionChanged.connect(self._on_chosen)
        self.note.setText(
            "Before training, on the first training samples: an initializer suits the network "
            "where its curves stay level from input to output. The numbers are of the last "
            "layer's activations and the first layer's gradients."
        )
        row = QHBoxLayout()
        row.setSpacing(scaled(16))
        row.addWidget(self.canvas, 1)
        row.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(scaled(16),) * 4)
        layout.setSpacing(scaled(12))
        layout.addLayout(row, 1)
        layout.addWidget(self.note)
        buttons = Buttons(self)
        self.take_button = buttons.add("Use it", self.take)
        self.take_button.setEnabled(False)
        layout.addWidget(buttons)
        self.resize(scaled(1080), scaled(520))

    @staticmethod
    def _compute(trainer: Trainer) -> list[InitializationReport]:
        return [report(trainer.experiment, prepared=trainer.prepared)]

    # --- what arrives --------------------------------------------------------------------------

    @Slot(object)
    def _on_arrived(self, made: InitializationReport) -> None:
        self.report = made
        for name, values in self._values().items():
            plot = self.plots[name]
            plot.show_message("")
            self._fill(name, plot, values, made.layers)
        self._fill_table(made)
        self._on_restyled(current_theme())
        present = self._present()
        if present in made.initializers:
            self.table.selectRow(made.initializers.index(present))

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        for plot in self.plots.values():
            plot.show_message("")
        self.plots["activations"].show_message(message)

    def _values(self) -> dict[str, NDArray[np.float64]]:
        assert self.report is not None
        return {"activations": self.report.activations, "gradients": self.report.gradients}

    def _fill(
        self, name: str, plot: Plot, values: NDArray[np.float64], layers: tuple[str, ...]
    ) -> None:
        x = np.arange(1.0, len(layers) + 1)
        every = -(-len(layers) // 12)
        labels = layers if len(layers) <= MOST_NAMED else [str(int(i)) for i in x]
        ticks = [(i, label) for i, label in zip(x, labels, strict=True) if (i - 1) % every == 0]
        plot.x_axis.setTicks([ticks])
        logarithms = masked_log10(np.where(np.isfinite(values), values, np.nan))
        for y in logarithms:
            curve, dots = plot.add(curve_item(1)), plot.add(pg.ScatterPlotItem())
            curve.setData(x, y)
            known = np.isfinite(y)
            dots.setData(x[known], y[known])
            self.curves[name].append(curve)
            self._dots[name].append(dots)
        known = logarithms[np.isfinite(logarithms)]
        high = float(known.max(initial=0.0)) if len(known) else 0.0
        low = max(float(known.min()), high - MOST_DECADES) if len(known) else -1.0
        margin = 0.06 * max(high - low, 1.0)
        plot.show_range(x=(0.6, len(layers) + 0.4), y=(low - margin, high + margin))

    def _fill_table(self, made: InitializationReport) -> None:
        self.table.setRowCount(len(made.initializers))
        for row, name in enumerate(made.initializers):
            label = INITIALIZERS[name].label()
            self.table.setItem(row, 0, cell(label))
            shown = made.activations[row][np.isfinite(made.activations[row])]
            last = shown[-1] if len(shown) else np.inf
            for column, value in ((1, last), (2, made.gradients[row][0])):
                self.table.setItem(row, column, cell(number(float(value), 2), numeric=True))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    # --- choosing ------------------------------------------------------------------------------

    def chosen(self) -> str:
        """Return the name of the chosen initialiser, or an empty text."""
        rows = self.table.selectionModel().selectedRows()
        if self.report is None or not rows:
            return ""
        return self.report.initializers[rows[0].row()]

    def _present(self) -> str:
        own = getattr(self._session.experiment.model, "initializer", None)
        return "" if own is None else str(own.name())

    @Slot()
    def _on_chosen(self) -> None:
        name = self.chosen()
        self.take_button.setEnabled(bool(name) and name != self._present())
        if name:
            label = INITIALIZERS[name].label()
            is_present = name == self._present()
            self.take_button.setText(f"{label} is in use" if is_present else f"Use {label}")
        self._style_curves()

    @Slot()
    def take(self) -> None:
        """Start a new run with the chosen initialiser."""
        try:
            self._session.set("model.initializer", {"kind": self.chosen()})
        except SpecError as error:
            self._session.failed.emit(str(error))
        self.accept()

    # --- colours -------------------------------------------------------------------------------

    @Slot(object)
    def _on_restyled(self, theme: Theme) -> None:
        colors = _colors(theme)
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None:
                item.setIcon(swatch(colors[row % len(colors)]))
        self._style_curves()

    def _style_curves(self) -> None:
        if self.report is None:
            return
        theme, chosen = current_theme(), self.chosen()
        colors = _colors(theme)
        for name in self.plots:
            pairs = zip(self.curves[name], self._dots[name], strict=True)
            for row, (curve, dots) in enumerate(pairs):
                is_chosen = self.report.initializers[row] == chosen
                color = colors[row % len(colors)]
                style_curve(curve, color, 1.0 if is_chosen else 0.75, 3 if is_chosen else 1)
                for item in (curve, dots):
                    item.setZValue(3 if is_chosen else 1)
                dots.setSize(scaled(8 if is_chosen else 5))
                dots.setBrush(pg.mkBrush(color))
                dots.setPen(pg.mkPen(theme.plot_background, width=1))

    def done(self, result: int) -> None:
        """Close once the training thread has let go."""
        self._question.stop()
        super().done(result)


def _colors(theme: Theme) -> tuple[str, ...]:
    return (*theme.classes, theme.text)
