"""Formulas without a value anywhere, such as ``1/0`` and ``x + log(-1)``."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from playground.calculus.algebra import ZERO, build
from playground.calculus.evaluation import leaf_value, precise, precise_context
from playground.calculus.expressions import Expression, fold
from playground.calculus.operations import OPERATIONS

_DIGITS = 50


class _Part(NamedTuple):
    """What is known of a part of a formula.

    Attributes
    ----------
    expression
        The part.
    culprit
        What of it has no value anywhere, if anything.
    value
        Its number where no variable occurs in it and the number is finite; else None.
    """

    expression: Expression
    culprit: Expression | None
    value: float | None


def undefined_part(root: Expression) -> Expression | None:
    """Return the part for which an expression has no value anywhere; None where it may have one.

    Such a part has no variable and no real number for a value (``log(-1)``, ``0^-1``), or divides
    by what is zero everywhere (``x/0``, ``1/(x - x)``). In a branch of ``if`` it says nothing of
    the other one. A number that is too large is no such part.
    """
    return fold(root, _judged).culprit


def _judged(node: Expression, operands: list[_Part]) -> _Part:
    if not operands:
        return _Part(node, None, None if node.operation == "variable" else leaf_value(node))
    if node.operation == "if":
        return _chosen(node, *operands)
    culprit = next((part.culprit for part in operands if part.culprit), None)
    if culprit is None and node.operation == "div" and _is_zero(operands[1]):
        culprit = node
    values = [part.value for part in operands]
    if culprit is not None or None in values:
        return _Part(node, culprit, None)
    with np.errstate(all="ignore"):
        value = float(OPERATIONS[node.operation].on_arrays(*values))
    if math.isfinite(value):
        return _Part(node, None, value)
    return _Part(node, None if _has_value(node) else node, None)


def _chosen(node: Expression, condition: _Part, then: _Part, otherwise: _Part) -> _Part:
    if condition.culprit is None and condition.value is not None:
        # The branch that is not taken may hold variables.
        value = then.value if condition.value else otherwise.value
        is_number = then.value is not None and otherwise.value is not None
        culprit = then.culprit if condition.value else otherwise.culprit
        return _Part(node, culprit, value if is_number else None)
    both = then.culprit if otherwise.culprit else None
    return _Part(node, condition.culprit or both, None)


def _is_zero(part: _Part) -> bool:
    if part.value is None:
        return fold(part.expression, _tidied) is ZERO
    # A number may be zero because 64 bits hold none that is so small.
    return part.value == 0 and _precise(part.expression) == 0


def _tidied(node: Expression, operands: list[Expression]) -> Expression:
    return build(node.operation, tuple(operands)) if operands else node


def _has_value(node: Expression) -> bool:
    """Whether an operation that gives no finite number of 64 bits gives one that is too large."""
    numbers = [_precise(operand) for operand in node.operands]
    context = precise_context(_DIGITS)
    if not all(context.isfinite(number) for number in numbers):
        return True
    value = OPERATIONS[node.operation].precise(context, *numbers)
    return bool(context.isfinite(value) and context.im(value) == 0)


def _precise(expression: Expression) -> Any:
    return precise(expression, {}, precise_context(_DIGITS))
