"""The panel of one variable: the point, the step, and the slopes they give."""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from playground.gui.labs.derivative.features import FeatureList
from playground.gui.labs.derivative.lab_panel import LabPanel
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.formats import number
from playground.gui.theme import scaled
from playground.gui.widgets.labels import Complaint

_READOUTS = {
    "fa": ("f(a)", "f of a"),
    "fb": (r"f(a+h)", "f of a plus h"),
    "quotient": (r"\frac{f(a+h)-f(a)}{h}", "difference quotient"),
    "slope": (r"f'(a)", "f prime of a"),
    "difference": (r"\text{quotient} - f'(a)", "difference quotient less f prime of a"),
    "second": (r"f''(a)", "f double prime of a"),
}


class PointPanel(LabPanel):
    """Point, step, side, and what they give in numbers."""

    def __init__(self, study: Study, parent: QWidget | None = None) -> None:
        super().__init__(study, parent)
        self.add_heading("Point and step")
        self.add_field("point")
        self.add_field("step")
        self._add_sides()
        self.add_heading("Slope")
        self.add_readouts(_READOUTS)
        self.corner = Complaint()
        self.column.addWidget(self.corner)
        self.add_heading("In sight")
        self.features = FeatureList()
        self.features.chosen.connect(self._on_feature)
        self.column.addWidget(self.features)
        self.column.addStretch(1)
        study.changed.connect(self._on_changed)
        self._show()

    def _add_sides(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(scaled(8))
        group = QButtonGroup(self)
        self.sides: dict[bool, QPushButton] = {}
        for from_left, text in ((True, "from the left"), (False, "from the right")):
            button = self.sides[from_left] = QPushButton(text)
            button.setObjectName("chip")
            button.setCheckable(True)
            button.setToolTip(f"The second point lies at a {'−' if from_left else '+'} h")
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        group.buttonClicked.connect(self._on_side)
        self.column.addLayout(row)

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"formula", "point", "step", "from_left", "analysis"}:
            self._show()
        if names & {"formula", "analysis"}:
            self.features.show_analysis(self.study.analysis)

    def _show(self) -> None:
        self.show_fields()
        situation, secant = self.study.situation, self.study.secant
        self.sides[situation.from_left].setChecked(True)
        fa, slope, second = secant.at_point
        corner = self.study.corner
        if corner is not None:
            slope = second = math.nan
        self.corner.say(corner.explanation if corner else "")
        values = {
            "fa": fa,
            "fb": secant.fb,
            "quotient": secant.slope,
            "slope": slope,
            "difference": secant.slope - slope,
            "second": second,
        }
        for name, value in values.items():
            digits = 3 if name == "difference" else 10
            self.readouts[name].setText("–" if math.isnan(value) else number(value, digits))

    @Slot(float)
    def _on_feature(self, at: float) -> None:
        self.study.set(point=at)

    @Slot(object)
    def _on_side(self, button: QPushButton) -> None:
        self.study.set(from_left=button is self.sides[True])
