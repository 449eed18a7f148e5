"""Where a formula may break: the parts of it whose zeros are kinks, jumps, poles, gaps or edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playground.calculus.algebra import ONE, ZERO, add, multiply, subtract
from playground.calculus.expressions import Expression, make, postorder, variables_of
from playground.calculus.operations import COMPARISONS


@dataclass(frozen=True)
class Guard:
    """A part of a formula at whose zeros the formula may break.

    Attributes
    ----------
    expression : Expression
    divides : bool
        Whether something is divided by it, so that there is no value at its zeros.
    """

    expression: Expression
    divides: bool


def guards_of(root: Expression) -> tuple[Guard, ...]:
    """Return every part at whose zeros a formula may break, without repetition."""
    found: dict[Expression, bool] = {}
    for node in postorder(root):
        for expression, divides in _guards(node):
            if variables_of(expression):
                found[expression] = found.get(expression, False) or divides
    return tuple(Guard(expression, divides) for expression, divides in found.items())


_ZERO_OF_ARGUMENT = frozenset({"abs", "sign", "relu", "leaky_relu", "elu", "sqrt", "cbrt"})
_LOGARITHMS = frozenset({"log", "log2", "log10"})
_WITHIN_ONE = frozenset({"asin", "acos", "atanh"})
_SEVERAL = frozenset({"min", "max", *COMPARISONS})


def _guards(node: Expression) -> Iterator[tuple[Expression, bool]]:
    operation, operands = node.operation, node.operands
    if operation == "div":
        yield _base(operands[1]), True
    elif operation == "pow":
        exponent = operands[1]
        if operands[0] is ZERO:
            # 0^u is 1 where u is 0, 0 where it is positive and nothing where it is negative.
            yield exponent, False
        elif exponent.operation != "number" or exponent.value != int(exponent.value):
            yield operands[0], False
        elif exponent.value < 0:
            yield _base(operands[0]), True
    elif operation in _ZERO_OF_ARGUMENT:
        yield operands[0], False
    elif operation in _LOGARITHMS:
        yield _base(operands[0]), True
    elif operation == "log1p":
        yield add(ONE, operands[0]), True
    elif operation in _WITHIN_ONE:
        yield subtract(multiply(operands[0], operands[0]), ONE), False
    elif operation == "acosh":
        yield subtract(operands[0], ONE), False
    elif operation == "tan":
        yield make("cos", operands), True
    elif operation in _SEVERAL:
        yield subtract(*operands), False


def _base(node: Expression) -> Expression:
    """Return what has the same zeros and, where that is easy, changes its sign at them."""
    while True:
        operands = node.operands
        is_power = node.operation == "pow" and operands[1].operation == "number"
        if is_power or node.operation in ("abs", "neg", "sqrt", "cbrt"):
            node = operands[0]
        elif node.operation == "mul" and operands[0].operation in ("number", "constant"):
            node = operands[1]
        else:
            return node
