"""Expressions as text that reads back as the same expression."""

from __future__ import annotations

from playground.calculus.expressions import Expression, fold
from playground.calculus.operations import COMPARISONS

_OR, _AND, _NOT, _COMPARISON, _SUM, _SIGN, _PRODUCT, _POWER, _ATOM = range(1, 10)
_INFIX = {
    "or": (" or ", _OR),
    "and": (" and ", _AND),
    "add": (" + ", _SUM),
    "sub": (" - ", _SUM),
    "mul": ("*", _PRODUCT),
    "div": ("/", _PRODUCT),
    "pow": ("^", _POWER),
} | {name: (f" {sign} ", _COMPARISON) for name, sign in COMPARISONS.items()}

Piece = tuple[str, int]
"""A text and how strongly its outermost operator binds."""


def to_text(root: Expression) -> str:
    """Return an expression as it would be typed."""
    return fold(root, _printed)[0]


def number_text(value: float) -> str:
    """Return the shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _printed(node: Expression, operands: list[Piece]) -> Piece:
    if node.operation == "number":
        return number_text(node.value), _SIGN if node.value < 0 else _ATOM
    if not operands:
        return str(node.value), _ATOM
    if node.operation == "neg":
        return f"-{_within(operands[0], _PRODUCT)}", _SIGN
    if node.operation == "not":
        return f"not {_within(operands[0], _COMPARISON)}", _NOT
    if node.operation in _INFIX:
        return _infix(node.operation, *operands)
    return f"{node.operation}({', '.join(text for text, _ in operands)})", _ATOM


def _infix(operation: str, left: Piece, right: Piece) -> Piece:
    sign, power = _INFIX[operation]
    # Powers group from the right, the others from the left, comparisons not at all.
    first = _within(left, power + (operation == "pow" or operation in COMPARISONS))
    second = _within(right, power + (operation != "pow"))
    return f"{first}{sign}{second}", power


def _within(piece: Piece, power: int) -> str:
    text, own = piece
    return text if own >= power else f"({text})"
