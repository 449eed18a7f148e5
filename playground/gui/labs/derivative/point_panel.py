"""The panel of one variable: the point, the step, and the slopes they give."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)

from playground.gui.labs.derivative.features import FeatureList
from playground.gui.labs.derivative.study import SETTINGS, Study
from playground.gui.panels.style import panel_style
from playground.gui.plots.formats import number
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.gui.widgets.labels import Complaint, SettingLabel, column
from playground.gui.widgets.mathematics import Mathematics
from playground.gui.widgets.number_field import NumberField

_READOUTS = {
    "fa": ("f(a)", "f of a"),
    "fb": (r"f(a+h)", "f of a plus h"),
    "quotient": (r"\frac{f(a+h)-f(a)}{h}", "difference quotient"),
    "slope": (r"f'(a)", "f prime of a"),
    "difference": (r"\text{quotient} - f'(a)", "difference quotient less f prime of a"),
    "second": (r"f''(a)", "f double prime of a"),
}


class LabPanel(QWidget):
    """A scrolling column of sections, styled like the other panels."""

    def __init__(self, study: Study, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.study = study
        self.setObjectName("side_panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        scroll = QScrollArea(self, widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setObjectName("side_panel_body")
        self.column = column(body, 10)
        scroll.setWidget(body)
        column(self, 0).addWidget(scroll)
        self.fields: dict[str, NumberField] = {}
        self._complaints: dict[str, Complaint] = {}
        theme_signals.changed.connect(self._restyle_panel)
        self._restyle_panel()

    def add_heading(self, text: str) -> None:
        """Add a section's title."""
        label = QLabel(text)
        label.setObjectName("heading")
        self.column.addWidget(label)

    def add_field(self, name: str) -> NumberField:
        """Add a number of the situation, with its slider where it has one."""
        setting = SETTINGS[name]
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(scaled(8))
        label = SettingLabel(setting)
        label.setFixedWidth(label.fontMetrics().horizontalAdvance("Direction") + scaled(4))
        field = self.fields[name] = NumberField(setting)
        complaint = self._complaints[name] = Complaint()
        field.setAccessibleName(setting.label)
        if field.slider is not None:
            field.slider.setAccessibleName(setting.label)
        field.box.setAccessibleName(setting.label)
        label.reset_asked.connect(field.reset)
        field.edited.connect(self._setter(name))
        field.refused.connect(complaint.say)
        row.addWidget(label)
        row.addWidget(field, 1)
        self.column.addWidget(box)
        self.column.addWidget(complaint)
        return field

    def show_fields(self) -> None:
        """Show the present numbers."""
        for name, field in self.fields.items():
            field.show_value(getattr(self.study.situation, name))

    def _setter(self, name: str) -> Any:
        def set_value(value: object) -> None:
            self._complaints[name].say("")
            self.study.set(**{name: value})

        return set_value

    @Slot()
    def _restyle_panel(self) -> None:
        self.setStyleSheet(panel_style(current_theme()))
        self.column.setContentsMargins(scaled(16), scaled(12), scaled(16), scaled(12))
        self.setMinimumWidth(scaled(260))


class PointPanel(LabPanel):
    """Point, step, side, and what they give in numbers.

    Attributes
    ----------
    readouts
        The labels that show numbers, by name.
    """

    def __init__(self, study: Study, parent: QWidget | None = None) -> None:
        super().__init__(study, parent)
        self.add_heading("Point and step")
        self.add_field("point")
        self.add_field("step")
        self._add_sides()
        self.add_heading("Slope")
        self.readouts: dict[str, QLabel] = {}
        self._add_readouts()
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

    def _add_readouts(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(scaled(8))
        grid.setVerticalSpacing(scaled(8))
        grid.setColumnStretch(1, 1)
        for row, (name, (latex, spoken)) in enumerate(_READOUTS.items()):
            symbol = Mathematics(factor=1.15)
            symbol.set_latex(latex, spoken)
            value = self.readouts[name] = QLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(spoken)
            grid.addWidget(symbol, row, 0)
            grid.addWidget(value, row, 1)
        self.column.addLayout(grid)
        theme_signals.changed.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        for label in self.readouts.values():
            label.setFont(tabular_font(label))

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"formula", "point", "step", "from_left", "analysis"}:
            self._show()
        if "analysis" in names:
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
