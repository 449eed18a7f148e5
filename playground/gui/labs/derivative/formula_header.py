"""The formula that is worked on, above the pages."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget

from playground.calculus.formula import Formula
from playground.calculus.gallery import Example, gallery, surfaces
from playground.calculus.situation import PLANE, VARIABLE
from playground.gui.labs.derivative.study import Study
from playground.gui.theme import current_theme, scaled, theme_signals
from playground.gui.widgets.formula_field import FormulaField
from playground.gui.widgets.mathematics import Mathematics

TYPESET_MS = 60
"""How long after the last keystroke the formula is typeset."""


class FormulaHeader(QFrame):
    """The formula that is worked on: of one variable, or of two."""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.setObjectName("formulaHeader")
        self._study = study
        self.line = FormulaField("f(x) =", VARIABLE, study.situation.formula, gallery)
        self.plane = FormulaField("f(x, y) =", PLANE, study.situation.surface, surfaces)
        self.fields = QStackedWidget()
        for field in (self.line, self.plane):
            self.fields.addWidget(field)
        self.fields.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.typeset = Mathematics(factor=1.5)
        self._typeset_soon = QTimer(self, singleShot=True, interval=TYPESET_MS)
        self._typeset_soon.timeout.connect(self._typeset)
        row = QHBoxLayout(self)
        row.addWidget(self.fields, 3)
        row.addWidget(self.typeset, 2)
        self._row = row
        self.line.edited.connect(self._on_line)
        self.plane.edited.connect(self._on_plane)
        for field in (self.line, self.plane):
            field.example_chosen.connect(self._on_example)
        study.changed.connect(self._on_changed)
        theme_signals.changed.connect(self._fit)
        self._fit()
        self._typeset()

    @property
    def is_waiting(self) -> bool:
        """Whether the formula is still to be typeset."""
        return self._typeset_soon.isActive()

    def show_plane(self, is_plane: bool) -> None:
        """Show the formula of one variable or of two."""
        self.fields.setCurrentWidget(self.plane if is_plane else self.line)
        self._typeset()

    @Slot(object)
    def _on_line(self, formula: Formula) -> None:
        self._study.set(formula=formula.text)

    @Slot(object)
    def _on_example(self, example: Example) -> None:
        self._study.take(example)

    @Slot(object)
    def _on_plane(self, formula: Formula) -> None:
        self._study.set(surface=formula.text)

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"formula", "surface"}:
            self.line.show_formula(self._study.formula)
            self.plane.show_formula(self._study.surface)
            # It takes longer than everything else: plots come first.
            self._typeset_soon.start()

    @Slot()
    def _typeset(self) -> None:
        is_plane = self.fields.currentWidget() is self.plane
        formula = self._study.surface if is_plane else self._study.formula
        name = "f(x, y)" if is_plane else "f(x)"
        self.typeset.set_latex(f"{name} = {formula.to_latex()}", f"{name} = {formula}")

    @Slot()
    def _fit(self) -> None:
        theme = current_theme()
        self.setStyleSheet(
            f"#formulaHeader {{ background: {theme.surface};"
            f" border-bottom: 1px solid {theme.border}; }}"
        )
        self._row.setContentsMargins(scaled(16), scaled(8), scaled(16), scaled(4))
        self._row.setSpacing(scaled(20))
