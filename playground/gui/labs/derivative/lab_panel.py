"""What the panels of the workspace share: numbers to set and numbers to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QWidget

from playground.gui.labs.derivative.study import SETTINGS, Study
from playground.gui.panels.style import panel_style
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.gui.widgets.labels import Complaint, SettingLabel, column
from playground.gui.widgets.mathematics import Mathematics
from playground.gui.widgets.number_field import NumberField


class LabPanel(QWidget):
    """A scrolling column of sections, styled like the other panels.

    Attributes
    ----------
    fields, readouts
        The controls and the labels that show numbers, by name.
    """

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
        self._labels: list[SettingLabel] = []
        self.readouts: dict[str, QLabel] = {}
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
        self._labels.append(label)
        _fit(label)
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
        for readout in self.readouts.values():
            readout.setFont(tabular_font(readout))
        for label in self._labels:
            _fit(label)
        self.column.setContentsMargins(scaled(16), scaled(12), scaled(16), scaled(12))
        self.setMinimumWidth(scaled(260))

    def add_readouts(self, names: Mapping[str, tuple[str, str]]) -> None:
        """Add numbers under their symbols: by name, LaTeX and what a screen reader says."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(scaled(8))
        grid.setVerticalSpacing(scaled(8))
        grid.setColumnStretch(1, 1)
        for row, (name, (latex, spoken)) in enumerate(names.items()):
            symbol = Mathematics(factor=1.15)
            symbol.set_latex(latex, spoken)
            value = self.readouts[name] = QLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(spoken)
            value.setFont(tabular_font(value))
            grid.addWidget(symbol, row, 0)
            grid.addWidget(value, row, 1)
        self.column.addLayout(grid)


def _fit(label: SettingLabel) -> None:
    """Make a label as wide as the longest one is, so that numbers stand below each other."""
    label.setFixedWidth(label.fontMetrics().horizontalAdvance("Direction") + scaled(4))
