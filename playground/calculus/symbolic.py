"""Expressions to and from sympy, built node by node: sympy never sees text, which it would run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from playground.calculus import algebra
from playground.calculus.expressions import (
    Expression,
    constant,
    fold,
    make,
    number,
    variable,
)
from playground.calculus.operations import OPERATIONS
from playground.calculus.printing import number_text


def to_sympy(root: Expression) -> Any:
    """Return an expression as a sympy expression of real symbols; decimals become fractions."""
    import sympy

    def converted(node: Expression, operands: list[Any]) -> Any:
        match node.operation:
            case "number":
                return _rational(node.value, sympy)
            case "constant":
                return sympy.pi if node.value == "pi" else sympy.E
            case "variable":
                return sympy.Symbol(node.value, real=True)
        return OPERATIONS[node.operation].symbolic(sympy, *operands)

    return fold(root, converted)


def _rational(value: float, sympy: Any) -> Any:
    text = number_text(value)
    # A fraction of numbers of hundreds of digits helps nobody.
    if "e" in text:
        return sympy.Float(value)
    fraction = Fraction(text)
    return sympy.Rational(fraction.numerator, fraction.denominator)


_FUNCTIONS = {
    **{name: name for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh")},
    **{name: name for name in ("tanh", "asinh", "acosh", "atanh", "exp", "log", "erf", "sign")},
    "Abs": "abs",
}
_RELATIONS = {
    "StrictLessThan": "less",
    "LessThan": "less_equal",
    "StrictGreaterThan": "greater",
    "GreaterThan": "greater_equal",
    "Equality": "equal",
    "Unequality": "not_equal",
}


def from_sympy(value: Any) -> Expression | None:
    """Return a sympy expression as an expression, or None where it has something unknown here."""
    import sympy

    results: dict[Any, Expression | None] = {}
    for node in sympy.postorder_traversal(value):
        if node not in results:
            operands = [results.get(x) for x in node.args]
            results[node] = _converted(node, operands, sympy)
    return results[value]


def _converted(node: Any, operands: list[Any], s: Any) -> Expression | None:
    if isinstance(node, s.Symbol):
        return variable(node.name)
    if isinstance(node, s.Rational):
        return _fraction(int(node.p), int(node.q))
    if isinstance(node, s.Float):
        return number(float(node))
    if node in (s.pi, s.E):
        return constant("pi" if node == s.pi else "e")
    if isinstance(node, s.Piecewise):
        return _choices(operands)
    if node in (s.true, s.false) or isinstance(node, s.functions.elementary.piecewise.ExprCondPair):
        # Only a Piecewise knows what these mean, and it looks at the pair itself.
        return _pair(node, operands, s)
    if any(x is None for x in operands) or not operands:
        return None
    return _operation(node, operands, s)


def _operation(node: Any, operands: list[Expression], s: Any) -> Expression | None:
    name = type(node).__name__
    if isinstance(node, s.Add):
        return algebra.add(*_in_order(node, operands))
    if isinstance(node, s.Mul):
        return algebra.multiply(*operands)
    if isinstance(node, s.Pow):
        return _power(node, operands, s)
    if name in _RELATIONS:
        return make(_RELATIONS[name], tuple(operands))
    if name in ("And", "Or") or name in ("Max", "Min"):
        whole = operands[0]
        for operand in operands[1:]:
            whole = make(name.lower(), (whole, operand))
        return whole
    if name == "Not":
        return make("not", tuple(operands))
    return make(_FUNCTIONS[name], tuple(operands)) if name in _FUNCTIONS else None


def _in_order(node: Any, operands: list[Expression]) -> list[Expression]:
    """Return the terms of a sum as sympy shows them: the highest power first."""
    by_term = dict(zip(node.args, operands, strict=True))
    return [by_term[term] for term in node.as_ordered_terms() if term in by_term] or operands


def _power(node: Any, operands: list[Expression], s: Any) -> Expression:
    if node.exp == s.Rational(1, 2):
        return make("sqrt", (operands[0],))
    if node.exp == -s.Rational(1, 2):
        return algebra.divide(number(1.0), make("sqrt", (operands[0],)))
    if isinstance(node.exp, s.Rational) and node.exp < 0:
        exponent = _fraction(-int(node.exp.p), int(node.exp.q))
        if exponent is not None:
            return algebra.divide(number(1.0), algebra.power(operands[0], exponent))
    return algebra.power(*operands)


def _fraction(numerator: int, denominator: int) -> Expression | None:
    if max(abs(numerator), denominator) >= 1 << 53:
        return None
    if denominator == 1:
        return number(float(numerator))
    return algebra.divide(number(float(numerator)), number(float(denominator)))


def _pair(node: Any, operands: list[Any], s: Any) -> Any:
    if node in (s.true, s.false):
        return node == s.true
    return tuple(operands)


def _choices(pairs: list[Any]) -> Expression | None:
    """Return a Piecewise as nested choices; one without an end is unknown here."""
    if any(x is None or x[0] is None or x[1] is None for x in pairs) or pairs[-1][1] is not True:
        return None
    whole = pairs[-1][0]
    for value, condition in reversed(pairs[:-1]):
        whole = make("if", (condition, value, whole))
    return whole
