"""The chain rule at each operation of a formula, with names, local derivatives and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from playground.calculus import latex
from playground.calculus.derivation import differentiate, simplified
from playground.calculus.expressions import Expression, make, substitute, variable
from playground.calculus.formula import Formula
from playground.calculus.operations import COMPARISONS, LOGIC
from playground.calculus.printing import number_text

if TYPE_CHECKING:
    from playground.calculus.trace import Contribution

_SYMBOLS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "−", "pow": "^"}
_SYMBOLS |= {"abs": "|·|", "sqrt": "√", "cbrt": "∛", **COMPARISONS}


class Notation:
    """Writes the chain rule as LaTeX.

    Parameters
    ----------
    parts
        The parts of a formula, operands before what uses them.
    inputs
        The places of each part's operands.

    Attributes
    ----------
    names
        ``x``, ``v3``, or the number itself, of each part.
    """

    def __init__(self, parts: Sequence[Expression], inputs: Sequence[Sequence[int]]) -> None:
        self._parts = parts
        self._inputs = inputs
        # Leaves are no steps of the computation and take no number of their own.
        numbers = count(1)
        self.names = [f"v{next(numbers)}" if p.operands else symbol_of(p) for p in parts]

    def partials(self, i: int) -> tuple[str, ...]:
        """Return a part's derivatives by its operands, as formulas of their names."""
        if not self._parts[i].operands:
            return ()
        operands = [
            variable(self.names[k]) if self._parts[k].operands else self._parts[k]
            for k in self._inputs[i]
        ]
        return _partials_latex(self._parts[i].operation, tuple(operands))

    def forward(self, i: int, parts: Sequence[Contribution], total: float) -> tuple[str, ...]:
        """Return the equation of a part's tangent: its operands' tangents times derivatives."""
        left = rf"\dot {{{self._name_latex(i)}}}"
        if not parts:
            return (f"{left} = {_decimal(total)}",)
        formulas = self.partials(i)
        rule = " + ".join(
            rf"{_factor(formulas[p.argument])} \, \dot {{{self._name_latex(p.source)}}}"
            for p in parts
        )
        numbers = " + ".join(_product(p.local, p.factor) for p in parts)
        return (f"{left} = {rule} = {numbers} = {_decimal(total)}",)

    def reverse(self, i: int, parts: Sequence[Contribution], adjoint: float) -> tuple[str, ...]:
        """Return an equation for each operand: what a part's adjoint adds to the operand's."""
        here = rf"\bar {{{self._name_latex(i)}}}"
        formulas = self.partials(i)
        return tuple(
            rf"\bar {{{self._name_latex(p.source)}}} \; {{+}}{{=}} \; "
            rf"{here} \, {_factor(formulas[p.argument])} = "
            f"{_product(p.factor, p.local)} = {_decimal(p.product)}"
            for p in parts
        ) or (f"{here} = {_decimal(adjoint)}",)

    def _name_latex(self, i: int) -> str:
        part = self._parts[i]
        return latex.variable_latex(self.names[i]) if part.operands else latex.to_latex(part)


def symbol_of(part: Expression) -> str:
    """Return a short label of a part's operation, or the number or letter that it is."""
    if part.operands:
        return _SYMBOLS.get(part.operation, part.operation)
    if part.operation == "number":
        return number_text(part.value)
    return "π" if part.value == "pi" else str(part.value)


@lru_cache(512)
def _partials_latex(operation: str, operands: tuple[Expression, ...]) -> tuple[str, ...]:
    """Return the local derivatives of an operation as formulas of its operands."""
    if operation in COMPARISONS or operation in LOGIC:
        return ("",) * len(operands)
    if operation == "if":
        return "", r"[\text{taken}]", r"[\text{taken}]"
    # Operands may be equal, so each is a letter of its own while it is differentiated by.
    letters = tuple(f"operand{i}" for i in range(len(operands)))
    whole = Formula(make(operation, tuple(map(variable, letters))), letters)
    meaning = dict(zip(letters, operands, strict=True))
    slopes = [differentiate(whole, letter) for letter in letters]
    return tuple(simplified(s.with_root(substitute(s.root, meaning))).to_latex() for s in slopes)


def _product(a: float, b: float) -> str:
    return rf"{_decimal(a, True)} \cdot {_decimal(b, True)}"


def _factor(text: str) -> str:
    return rf"\left({text}\right)" if " + " in text or " - " in text or text[0] == "-" else text


def _decimal(value: float, within: bool = False) -> str:
    text = latex.decimal_latex(value)
    return rf"\left({text}\right)" if within and text.startswith("-") else text
