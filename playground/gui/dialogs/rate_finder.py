"""The learning-rate finder: what each rate does to the loss, and one click to take one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from playground.errors import SpecError
from playground.gui.dialogs.buttons import Buttons
from playground.gui.dialogs.question import Question
from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.curves import curve_item, style_curve
from playground.gui.plots.formats import number
from playground.gui.plots.legend import LegendPlace
from playground.gui.plots.overlay import Row
from playground.gui.session import Session
from playground.gui.theme import Theme, current_theme, scaled
from playground.training.rate_finder import HOW, RangeTest, RateFinder

if TYPE_CHECKING:
    from playground.training.trainer import Trainer

MARKS = {
    "steepest": ("Steepest", "Where the loss falls most by the rate's logarithm"),
    "largest_stable": ("Largest stable", "Where the loss is lowest; above it rises"),
    "stability_limit": ("2/λmax", "Above it plain gradient descent on the full batch is unstable"),
}
"""Name and meaning of each rate that a test may find."""


class RateFinderDialog(QDialog):
    """Loss against rate while the test runs; a mark or a click chooses the rate to take.

    Attributes
    ----------
    found
        What is known so far; None at first.
    chosen
        The rate that the button takes; None while there is none.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Learning-rate finder")
        self._session = session
        self.found: RangeTest | None = None
        self.chosen: float | None = None
        self.canvas = Canvas()
        self.plot = self.canvas.add_plot(Plot("learning rate", "loss"), 0)
        self.raw = self.plot.add(curve_item(1))
        self.curve = self.plot.add(curve_item(2))
        self.choice = self.plot.add(_line(3))
        self.lines = {name: self.plot.add(_line(4)) for name in MARKS}
        self.dot = self.plot.add(pg.ScatterPlotItem())
        self.plot.overlay.corner = "bottom left"
        self._legend_place = LegendPlace(self.plot.overlay)
        self.marks = {name: self._mark_button(name) for name in MARKS}
        self.note = QLabel(HOW, self)
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._build()
        self.canvas.restyled.connect(self._style)
        self.canvas.scene().sigMouseClicked.connect(self._on_clicked)
        self.plot.cursor_moved.connect(self._show_legend)
        self._question = Question(session, self._search, self)
        self._question.arrived.connect(self._on_arrived)
        self._question.failed.connect(self._on_failed)
        self._question.ask()

    def _mark_button(self, name: str) -> QPushButton:
        button = QPushButton(MARKS[name][0], self)
        button.setToolTip(MARKS[name][1])
        button.setEnabled(False)
        button.setAutoDefault(False)
        button.clicked.connect(partial(self._choose_mark, name))
        return button

    def _build(self) -> None:
        self.plot.set_log(x=True)
        self.plot.show_message("Trying rates …")
        row = QHBoxLayout()
        row.setSpacing(scaled(8))
        for button in self.marks.values():
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(scaled(16),) * 4)
        layout.setSpacing(scaled(12))
        layout.addWidget(self.canvas, 1)
        layout.addLayout(row)
        layout.addWidget(self.note)
        buttons = Buttons(self)
        self.take_button = buttons.add("Take this rate", self.take)
        self.take_button.setEnabled(False)
        layout.addWidget(buttons)
        self._style(current_theme())
        self.resize(scaled(820), scaled(560))

    @staticmethod
    def _search(trainer: Trainer) -> Iterator[RangeTest]:
        """Yield what is known so far; runs on the training thread."""
        yield from RateFinder(trainer).run()

    # --- what arrives --------------------------------------------------------------------------

    @Slot(object)
    def _on_arrived(self, found: RangeTest) -> None:
        self.found = found
        if not len(found.rates):
            self.plot.show_message("The loss is not finite even after the smallest step.")
            return
        self.plot.show_message("")
        decades = np.log10(found.rates)
        self.raw.setData(decades, found.losses)
        self.curve.setData(decades, found.smoothed)
        self._fit(found)
        if found.is_done:
            self._conclude(found)
        self._show_legend()
        self._legend_place.look([self.curve], is_still=found.is_done)

    def _fit(self, found: RangeTest) -> None:
        curve = found.smoothed
        low, first = float(curve.min()), float(curve[0])
        # What shoots up at the end must not press the rest flat.
        high = min(float(curve.max()), first + 0.5 * max(first - low, 0.1 * abs(first)))
        margin = 0.06 * max(high - low, 1e-3 * abs(high), 1e-12)
        left = float(np.log10(found.rates[0]))
        right = float(np.log10(found.rates[-1]))
        self.plot.show_range(x=(left, max(right, left + 1)), y=(low - margin, high + margin))

    def _conclude(self, found: RangeTest) -> None:
        for name, button in self.marks.items():
            rate = self._mark(name)
            button.setEnabled(rate is not None)
            if rate is not None:
                button.setText(f"{MARKS[name][0]}  {number(rate, 3)}")
                _show_line(self.lines[name], float(np.log10(rate)))
        for rate in (found.steepest, found.largest_stable, found.stability_limit):
            if rate is not None:
                self.choose(rate)
                return
        self.note.setText(f"The loss never fell at these rates. {HOW}")

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        self.plot.show_message(message)

    # --- choosing ------------------------------------------------------------------------------

    def choose(self, rate: float) -> None:
        """Choose a rate to take."""
        # Three digits are as much as a test can say.
        self.chosen = float(f"{rate:.3g}")
        x = float(np.log10(self.chosen))
        _show_line(self.choice, x)
        if self.found is not None:
            height = float(np.interp(x, np.log10(self.found.rates), self.found.smoothed))
            self.dot.setData([x], [height])
        self.take_button.setText(f"Take {number(self.chosen, 3)}")
        self.take_button.setEnabled(True)

    def _choose_mark(self, name: str, _checked: bool = False) -> None:
        rate = self._mark(name)
        if rate is not None:
            self.choose(rate)

    def _mark(self, name: str) -> float | None:
        is_done = self.found is not None and self.found.is_done
        return getattr(self.found, name) if is_done else None

    @Slot(object)
    def _on_clicked(self, event: Any) -> None:
        is_left = event.button() == Qt.MouseButton.LeftButton and not event.double()
        inside = self.plot.view.sceneBoundingRect().contains(event.scenePos())
        if is_left and inside and self.found is not None and self.found.is_done:
            self.choose(10.0 ** self.plot.view.mapSceneToView(event.scenePos()).x())

    @Slot()
    def take(self) -> None:
        """Give the run the chosen rate, from its next step on."""
        try:
            self._session.set("optimizer.learning_rate", self.chosen)
        except SpecError as error:
            self._session.failed.emit(str(error))
        self.accept()

    # --- legend and colours --------------------------------------------------------------------

    @Slot()
    def _show_legend(self) -> None:
        theme, overlay, cursor = current_theme(), self.plot.overlay, self.plot.cursor
        rate = getattr(self._session.experiment.optimizer, "learning_rate", None)
        overlay.heading = "" if rate is None else f"present rate {number(rate, 3)}"
        overlay.rows = [
            Row(theme.train, "averaged"),
            Row(theme.train, "each rate", "", "faint"),
            *(
                Row(_color(name, theme), MARKS[name][0].lower(), number(rate, 3), "dashes")
                for name in MARKS
                if (rate := self._mark(name)) is not None
            ),
        ]
        if cursor is not None:
            overlay.heading = f"rate {number(10.0 ** cursor.x(), 3)}"
        overlay.update()

    @Slot(object)
    def _style(self, theme: Theme) -> None:
        style_curve(self.raw, theme.train, 0.3)
        style_curve(self.curve, theme.train, 1.0, 2)
        for name, line in self.lines.items():
            line.setPen(pg.mkPen(_color(name, theme), width=1, style=Qt.PenStyle.DashLine))
        self.choice.setPen(pg.mkPen(theme.accent, width=2))
        self.dot.setSize(scaled(9))
        self.dot.setZValue(5)
        self.dot.setBrush(pg.mkBrush(theme.accent))
        self.dot.setPen(pg.mkPen(theme.plot_background, width=1))
        self._show_legend()

    def done(self, result: int) -> None:
        """Close once the training thread has let go."""
        self._question.stop()
        super().done(result)


def _line(z: float) -> pg.InfiniteLine:
    line = pg.InfiniteLine(angle=90)
    line.setZValue(z)
    line.hide()
    return line


def _show_line(line: pg.InfiniteLine, x: float) -> None:
    line.setValue(x)
    line.show()


def _color(name: str, theme: Theme) -> str:
    colors = {"steepest": theme.success, "largest_stable": theme.warning}
    return colors.get(name, theme.danger)
