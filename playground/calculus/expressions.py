"""Expressions as immutable trees in which equal parts are one object.

Equal expressions are identical, so comparing them costs nothing, every table about an expression is
keyed by its parts, and a derivative in which a part occurs a hundred times holds it once. Nothing
here or in the walkers recurses: a sum of five hundred terms is five hundred levels deep.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Expression:
    """One operation on operands, or a leaf; made by the functions of this module only.

    Attributes
    ----------
    operation : str
        ``number``, ``constant``, ``variable``, or a key of :data:`.operations.OPERATIONS`.
    operands : tuple of Expression
    value : float or str or None
        A number's value, or the name of a constant or variable.
    """

    __slots__ = ("__weakref__", "operands", "operation", "value")

    operation: str
    operands: tuple[Expression, ...]
    value: Any

    def __reduce__(self) -> tuple[Any, ...]:
        return from_rows, (to_rows(self),)

    def __repr__(self) -> str:
        if not self.operands:
            return f"{self.value}"
        return f"{self.operation}({', '.join(map(repr, self.operands))})"


_known: WeakValueDictionary[Any, Expression] = WeakValueDictionary()
_lock = Lock()


def make(
    operation: str, operands: tuple[Expression, ...] = (), value: float | str | None = None
) -> Expression:
    """Return the one expression of this operation on these operands."""
    key = (operation, operands, value)
    with _lock:
        expression = _known.get(key)
        if expression is None:
            expression = Expression()
            expression.operation, expression.operands, expression.value = key
            _known[key] = expression
    return expression


def number(value: float) -> Expression:
    """Return a number; a zero has no sign."""
    return make("number", (), float(value) + 0.0)


def variable(name: str) -> Expression:
    """Return a variable."""
    return make("variable", (), name)


def constant(name: str) -> Expression:
    """Return ``pi`` or ``e``."""
    return make("constant", (), name)


CONSTANTS = {"pi": math.pi, "e": math.e}


def apply(operation: str, *operands: Expression) -> Expression:
    """Return an operation as it is written, but for two spellings of the same.

    A minus before a number is part of the number, and a power of e is ``exp``.
    """
    first = operands[0]
    if operation == "neg" and first.operation == "number":
        return number(-first.value)
    if operation == "pow" and first is constant("e"):
        return make("exp", operands[1:])
    return make(operation, operands)


_ALL_OPERANDS = attrgetter("operands")


def postorder(
    root: Expression,
    operands_of: Callable[[Expression], Sequence[Expression]] = _ALL_OPERANDS,
) -> list[Expression]:
    """Return the distinct parts of an expression, operands before what uses them.

    ``operands_of`` may leave some out; these are not visited.
    """
    done: dict[Expression, None] = {}
    stack = [(root, False)]
    while stack:
        node, is_expanded = stack.pop()
        if node in done:
            continue
        if is_expanded or not (operands := operands_of(node)):
            done[node] = None
        else:
            stack.append((node, True))
            stack.extend([(x, False) for x in reversed(operands) if x not in done])
    return list(done)


def fold(root: Expression, combine: Callable[[Expression, list[T]], T]) -> T:
    """Return what ``combine(part, results of its operands)`` gives for the whole."""
    results: dict[Expression, T] = {}
    for node in postorder(root):
        results[node] = combine(node, [results[x] for x in node.operands])
    return results[root]


def to_rows(root: Expression) -> list[tuple[str, tuple[int, ...], Any]]:
    """Return an expression as plain data: operation, operands by row, value; the whole last."""
    parts = postorder(root)
    rows = {part: i for i, part in enumerate(parts)}
    return [(p.operation, tuple(rows[x] for x in p.operands), p.value) for p in parts]


def from_rows(rows: list[tuple[str, tuple[int, ...], Any]]) -> Expression:
    """Return the expression that :func:`to_rows` was given."""
    parts: list[Expression] = []
    for operation, operands, value in rows:
        parts.append(make(operation, tuple(parts[i] for i in operands), value))
    return parts[-1]


def variables_of(root: Expression) -> frozenset[str]:
    """Return the names of the variables in an expression."""
    return frozenset(node.value for node in postorder(root) if node.operation == "variable")


def count_operations(root: Expression) -> int:
    """Return how many operations an expression has when it is written out."""
    return fold(root, lambda node, counts: sum(counts) + bool(node.operands))


def substitute(root: Expression, values: dict[str, Expression]) -> Expression:
    """Return an expression with variables replaced."""

    def replaced(node: Expression, operands: list[Expression]) -> Expression:
        if node.operation == "variable":
            return values.get(node.value, node)
        return make(node.operation, tuple(operands), node.value) if operands else node

    return fold(root, replaced)


def flat(root: Expression, operation: str) -> Iterator[Expression]:
    """Yield the operands of nested uses of one operation from left to right."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.operation == operation:
            stack.extend(reversed(node.operands))
        else:
            yield node
