"""An update rule typeset, with the symbols of its settings to light up."""

from __future__ import annotations

import re

from PySide6.QtCore import Slot
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QWidget

from playground.declarations.symbols import symbol_pattern
from playground.gui.theme import current_theme, scaled, theme_signals
from playground.gui.widgets.labels import column
from playground.gui.widgets.mathematics import Mathematics
from playground.gui.widgets.typesetting import typeset


def formulas_of(rule: str) -> list[str]:
    """Return a rule's formulas, one a line."""
    # A space glyph at the beginning of a text would give its colour to what stands before it.
    rule = re.sub(r"\\text\{ +", r"\\;\\text{", rule)
    return [line.strip() for line in rule.splitlines() if line.strip()]


def parts_of(formula: str) -> list[str]:
    """Return a formula's parts between wide spaces, for where it does not fit on one line."""
    parts = [part.strip().rstrip(",") for part in re.split(r",?\s*\\quad", formula)]
    is_whole = all(part and part.count("{") == part.count("}") for part in parts)
    return parts if is_whole and r"\left" not in formula else [formula]


def lit(latex: str, symbol: str, color: str) -> str:
    """Return a formula with every occurrence of a symbol in a colour."""
    return symbol_pattern(symbol).sub(
        lambda found: rf"{{\textcolor{{{color}}}{{{found.group()}}}}}", latex
    )


class RuleView(QWidget):
    """A rule's formulas, one below the other.

    Attributes
    ----------
    lines
        A label a formula.
    symbol
        The one that is lit up; empty for none.
    """

    FACTOR = 1.12
    WIDEST = 330
    """Pixels at scale 1 that fit a panel with a little shrinking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Mathematics] = []
        self.symbol = ""
        self._rule = ""
        self._column = column(self, 4)
        theme_signals.changed.connect(self._show)

    def show_rule(self, rule: str) -> None:
        """Show another rule: LaTeX, one line a formula."""
        if rule != self._rule:
            self._rule, self.symbol = rule, ""
            self._show()

    def light(self, symbol: str) -> None:
        """Light a symbol up; an empty one puts out the light."""
        if symbol != self.symbol:
            self.symbol = symbol
            self._show()

    @Slot()
    def _show(self) -> None:
        formulas = [part for formula in formulas_of(self._rule) for part in self._fitted(formula)]
        while len(self.lines) < len(formulas):
            self.lines.append(Mathematics(parent=self, factor=self.FACTOR))
            self._column.addWidget(self.lines[-1])
        color = current_theme().accent
        for label, formula in zip(self.lines, formulas, strict=False):
            label.set_latex(lit(formula, self.symbol, color) if self.symbol else formula)
        for index, label in enumerate(self.lines):
            label.setVisible(index < len(formulas))

    def _fitted(self, formula: str) -> list[str]:
        size_px = QFontInfo(self.font()).pixelSize() * self.FACTOR
        try:
            width = typeset(formula, size_px, current_theme().text).size.width()
        except ValueError:  # the label says so
            return [formula]
        return parts_of(formula) if width > scaled(self.WIDEST) else [formula]
