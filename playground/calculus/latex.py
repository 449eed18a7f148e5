"""Expressions as LaTeX."""

from __future__ import annotations

from playground.calculus.expressions import Expression, fold
from playground.calculus.operations import OPERATIONS
from playground.calculus.printing import number_text

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _FUNCTION, _ATOM = range(1, 9)

Piece = tuple[str, int]
"""A text and how strongly its outermost operator binds."""

_SIGNS = {
    "less": "<",
    "less_equal": r"\le",
    "greater": ">",
    "greater_equal": r"\ge",
    "equal": "=",
    "not_equal": r"\ne",
    "and": r"\text{ and }",
    "or": r"\text{ or }",
}
_GREEK = frozenset({"alpha", "beta", "gamma", "delta", "theta", "mu", "sigma", "phi", "omega"})


def to_latex(root: Expression) -> str:
    """Return an expression as LaTeX."""
    return fold(root, _typeset)[0]


def _typeset(node: Expression, operands: list[Piece]) -> Piece:
    match node.operation:
        case "number":
            return _number(node.value)
        case "constant":
            return (r"\pi" if node.value == "pi" else "e"), _ATOM
        case "variable":
            return variable_latex(node.value), _ATOM
        case "add" | "sub":
            return _sum(node.operation, *operands)
        case "neg":
            return f"-{within(operands[0], _PRODUCT)}", _SUM
        case "mul":
            return _product(*operands), _PRODUCT
        case "div":
            return rf"\frac{{{operands[0][0]}}}{{{operands[1][0]}}}", _FUNCTION
        case "pow":
            return _power(node, *operands)
        case "if":
            return _cases(*operands)
        case "not":
            return rf"\text{{not }} {within(operands[0], _ATOM)}", _NOT
    if node.operation in _SIGNS:
        return _relation(node.operation, *operands)
    return _called(node.operation, operands)


def variable_latex(name: str) -> str:
    """Return a variable's name as LaTeX."""
    letters = name.rstrip("0123456789")
    index = rf"_{{{name[len(letters) :]}}}" if letters != name else ""
    if letters in _GREEK:
        return rf"\{letters}{index}"
    return (letters if len(letters) == 1 else _upright(letters)) + index


def _upright(name: str) -> str:
    return rf"\mathrm{{{name}}}".replace("_", r"\_")


def decimal_latex(value: float) -> str:
    """Return a measured number as LaTeX, to six digits."""
    text = f"{value:.6g}"
    mantissa, is_scientific, exponent = text.partition("e")
    if is_scientific:
        return _scientific(mantissa, exponent)
    return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{undefined}"}.get(text, text)


def within(piece: Piece, power: int) -> str:
    """Return a piece, in parentheses where it binds less strongly than its surroundings."""
    text, own = piece
    return text if own >= power else rf"\left({text}\right)"


def _number(value: float) -> Piece:
    text = number_text(value)
    mantissa, is_scientific, exponent = text.partition("e")
    if is_scientific:
        text = _scientific(mantissa, exponent)
    if value < 0:
        return text, _SUM
    return text, _PRODUCT if is_scientific else _ATOM


def _scientific(mantissa: str, exponent: str) -> str:
    power = rf"10^{{{int(exponent)}}}"
    return {"1": power, "-1": f"-{power}"}.get(mantissa, rf"{mantissa} \cdot {power}")


def _sum(operation: str, left: Piece, right: Piece) -> Piece:
    sign = "+" if operation == "add" else "-"
    text, power = right
    # A minus right after another sign needs parentheses; a sum only after a minus.
    needs = text.startswith("-") or (operation == "sub" and power <= _SUM)
    return f"{left[0] if left[1] >= _SUM else within(left, _SUM)} {sign} " + (
        rf"\left({text}\right)" if needs or power < _SUM else text
    ), _SUM


def _product(left: Piece, right: Piece) -> str:
    first, second = within(left, _PRODUCT), within(right, _PRODUCT)
    if second[0].isdigit() or (first[-1:].isdigit() and second.startswith(r"\frac")):
        return rf"{first} \cdot {second}"
    return (
        rf"{first} \, {second}"
        if first[-1:].isalpha() or first[-1:] in ")}"
        else first + (f" {second}")
    )


def _power(node: Expression, base: Piece, exponent: Piece) -> Piece:
    # A fraction, a root or a function as a base looks like another formula without parentheses.
    return f"{within(base, _ATOM)}^{{{exponent[0]}}}", _FUNCTION


def _cases(condition: Piece, then: Piece, otherwise: Piece) -> Piece:
    rows = rf"{then[0]} & \text{{if }} {condition[0]} \\ {otherwise[0]} & \text{{otherwise}}"
    return rf"\begin{{cases}} {rows} \end{{cases}}", _SUM - 1


def _relation(operation: str, left: Piece, right: Piece) -> Piece:
    power = {"and": _AND, "or": _OR}.get(operation, _COMPARISON)
    return f"{within(left, power)} {_SIGNS[operation]} {within(right, power + 1)}", power


def _called(operation: str, operands: list[Piece]) -> Piece:
    template = OPERATIONS[operation].latex
    text = ", ".join(text for text, _ in operands)
    if "@" in template:
        # The exponent of a root or of e would seem to belong inside.
        power = _ATOM if operation == "abs" else _FUNCTION
        return template.replace("@", text), power
    return template.replace("#", rf"\left({text}\right)"), _FUNCTION
