"""An update rule typeset, with the symbols of its settings to light up."""

from __future__ import annotations

import re

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from playground.gui.theme import current_theme, theme_signals
from playground.gui.widgets.labels import column
from playground.gui.widgets.mathematics import Mathematics

_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "varphi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Δ": "Delta",
    "Λ": "Lambda",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ω": "Omega",
}
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SIGNS = {"⁺": "+", "⁻": "-", "*": "*"}


def symbol_pattern(symbol: str) -> re.Pattern[str]:
    """Return what finds a setting's symbol, such as ``β₁`` or ``Δmin``, in LaTeX."""
    base, rest = symbol[0], symbol[1:]
    # No part of a longer name, and not the name of a command.
    found = rf"\\{_GREEK[base]}(?![A-Za-z])" if base in _GREEK else rf"(?<![A-Za-z\\]){base}"
    if rest in ("min", "max"):
        found += rf"_\{{?\\{rest}\}}?"
    elif rest in _SIGNS:
        found += rf"\^\{{?{re.escape(_SIGNS[rest])}\}}?"
    elif rest:
        found += rf"_\{{?{rest.translate(_DIGITS)}(?![0-9])\}}?"
    else:
        found += r"(?![A-Za-z_])(?!\^\{?[-+*])"
    # A power takes the same colour, so that nothing moves.
    return re.compile(rf"{found}(?:\^(?:\{{[^{{}}]*\}}|[A-Za-z0-9]))?")


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
        formulas = [line.strip() for line in self._rule.splitlines() if line.strip()]
        while len(self.lines) < len(formulas):
            self.lines.append(Mathematics(parent=self, factor=self.FACTOR))
            self._column.addWidget(self.lines[-1])
        color = current_theme().accent
        for label, formula in zip(self.lines, formulas, strict=False):
            label.set_latex(lit(formula, self.symbol, color) if self.symbol else formula)
        for index, label in enumerate(self.lines):
            label.setVisible(index < len(formulas))
