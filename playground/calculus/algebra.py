"""Light simplification: what can be tidied up between two keystrokes.

Products gather their numbers and the integer powers of equal factors, sums their equal terms. The
result has the same values wherever the expression has one, and may have some where it has none.
Nothing is expanded or factored; that is left to sympy in the background.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from playground.calculus.expressions import Expression, apply, make, number
from playground.calculus.printing import number_text

ZERO, ONE = number(0.0), number(1.0)

_EXACT = 1 << 53
"""Whole numbers up to here are exact doubles."""

_SHORT = 8
"""A product of decimals stays one as long as it has no more characters."""


_ONE = Fraction(1)


@dataclass
class _Monomial:
    """A coefficient times integer powers."""

    coefficient: Fraction = _ONE
    is_decimal: bool = False
    powers: dict[Expression, int] = field(default_factory=dict)

    def take(self, root: Expression, exponent: int) -> None:
        """Multiply by a power of an expression."""
        stack = [(root, exponent)]
        while stack:
            node, n = stack.pop()
            match node.operation:
                case "number":
                    self._multiply_number(node, n)
                case "neg":
                    self.coefficient *= -1 if n % 2 else 1
                    stack.append((node.operands[0], n))
                case "mul":
                    stack += [(node.operands[1], n), (node.operands[0], n)]
                case "div":
                    stack += [(node.operands[1], -n), (node.operands[0], n)]
                case "pow" if (power := _whole(node.operands[1])) is not None:
                    base = node.operands[0]
                    is_number = base.operation == "number"
                    (self._multiply_number if is_number else self._multiply)(base, n * power)
                case _:
                    self._multiply(node, n)
        self._free_roots()

    def _free_roots(self) -> None:
        """Write the square of a root as what stands under it."""
        for base, n in list(self.powers.items()):
            half = int(n / 2)  # towards zero
            if base.operation == "sqrt" and half:
                self._multiply(base, -2 * half)
                self.take(base.operands[0], half)

    def _multiply_number(self, node: Expression, n: int) -> None:
        value = _fraction(node.value)
        if value is None or abs(n) > 16 or (not value and n < 0):
            self._multiply(node, n)
            return
        folded = value if n == 1 else value**n
        if abs(n) > 1 and max(abs(folded.numerator), folded.denominator) >= _EXACT:
            self._multiply(node, n)
            return
        self.coefficient *= folded
        self.is_decimal |= value.denominator != 1

    def _multiply(self, base: Expression, n: int) -> None:
        self.powers[base] = self.powers.get(base, 0) + n
        if not self.powers[base]:
            del self.powers[base]

    @property
    def is_exact(self) -> bool:
        """Whether the coefficient can be written."""
        return max(abs(self.coefficient.numerator), self.coefficient.denominator) < _EXACT

    def size(self) -> Expression:
        """Return its absolute value as an expression, taking all powers as positive."""
        above, below = self._coefficient()
        for base, n in sorted(self.powers.items(), key=lambda item: _rank(item[0])):
            (above if n > 0 else below).append(_power(base, abs(n)))
        top = _chain(above)
        return make("div", (top, _chain(below))) if below else top

    def _coefficient(self) -> tuple[list[Expression], list[Expression]]:
        size = abs(self.coefficient)
        is_short = self.is_decimal and len(number_text(float(size))) <= _SHORT
        if is_short or not self.is_exact:
            return ([number(float(size))] if size != 1 else []), []
        above, below = size.numerator, size.denominator
        return [number(above)] if above != 1 else [], [number(below)] if below != 1 else []

    def written(self) -> Expression:
        """Return it as an expression."""
        if not self.coefficient:
            return ZERO
        return apply("neg", self.size()) if self.coefficient < 0 else self.size()


@lru_cache(4096)
def _fraction(value: float) -> Fraction | None:
    """Return a number exactly as it is written; None for the very large and small."""
    text = number_text(value)
    return None if "e" in text else Fraction(text)


def _whole(node: Expression) -> int | None:
    if node.operation == "number" and node.value == int(node.value) and abs(node.value) < 1e6:
        return int(node.value)
    return None


def _rank(base: Expression) -> tuple[int, str]:
    """Return where a factor stands in a product: x before y before x + 1 before sin(x)."""
    order = {"number": 0, "constant": 0, "variable": 1, "pow": 1, "add": 2, "sub": 2}
    return order.get(base.operation, 3), base.value if base.operation == "variable" else "~"


def _chain(factors: list[Expression]) -> Expression:
    if not factors:
        return ONE
    whole = factors[0]
    for factor in factors[1:]:
        whole = make("mul", (whole, factor))
    return whole


def _power(base: Expression, n: int) -> Expression:
    return base if n == 1 else make("pow", (base, number(float(n))))


def multiply(*factors: Expression) -> Expression:
    """Return a product."""
    return _quotient(factors, ())


def divide(a: Expression, b: Expression) -> Expression:
    """Return a quotient."""
    return make("div", (a, b)) if b is ZERO else _quotient([a], [b])


def negate(a: Expression) -> Expression:
    """Return −a."""
    return multiply(number(-1.0), a)


def _quotient(above: Iterable[Expression], below: Iterable[Expression]) -> Expression:
    above, below = list(above), list(below)
    whole = _Monomial()
    for factor in above:
        whole.take(factor, 1)
    for factor in below:
        whole.take(factor, -1)
    if whole.is_exact:
        return whole.written()
    top = _chain(above)
    return make("div", (top, _chain(below))) if below else top


def power(base: Expression, exponent: Expression) -> Expression:
    """Return a power; ``u^0`` is 1 and ``(u^2)^3`` is ``u^6``."""
    n = _whole(exponent)
    if n == 0 or base is ONE:
        return ONE
    if n == 1:
        return base
    is_power = base.operation == "pow" and _whole(base.operands[1]) is not None
    if n is not None and base is not ZERO and (is_power or base.operation in ("number", "sqrt")):
        whole = _Monomial()
        whole.take(base, n)
        if whole.is_exact:
            return whole.written()
    return apply("pow", base, exponent)


def add(*terms: Expression) -> Expression:
    """Return a sum."""
    totals: dict[Any, _Monomial] = {}
    for positive, term in _terms(terms):
        monomial = _Monomial()
        monomial.take(term, 1)
        if not monomial.is_exact:
            monomial = _Monomial(powers={term: 1})
        total = totals.setdefault(
            frozenset(monomial.powers.items()), _Monomial(Fraction(0), False, monomial.powers)
        )
        total.coefficient += monomial.coefficient if positive else -monomial.coefficient
        total.is_decimal |= monomial.is_decimal
    return _written_sum(totals.values())


def subtract(a: Expression, b: Expression) -> Expression:
    """Return a difference."""
    return add(a, negate(b))


def _terms(terms: Iterable[Expression]) -> Iterable[tuple[bool, Expression]]:
    stack = [(True, term) for term in reversed(list(terms))]
    while stack:
        positive, node = stack.pop()
        if node.operation in ("add", "sub"):
            a, b = node.operands
            stack += [(positive == (node.operation == "add"), b), (positive, a)]
        elif node.operation == "neg":
            stack.append((not positive, node.operands[0]))
        else:
            yield positive, node


def _written_sum(terms: Iterable[_Monomial]) -> Expression:
    whole: Expression | None = None
    for term in terms:
        if whole is None:
            whole = term.written() if term.coefficient else None
        elif term.coefficient:
            whole = make("add" if term.coefficient > 0 else "sub", (whole, term.size()))
    return whole or ZERO


def choose(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    """Return a choice, or its value where both branches are the same."""
    return then if then is otherwise else make("if", (condition, then, otherwise))


BUILDERS: dict[str, Callable[..., Expression]] = {
    "add": add,
    "sub": subtract,
    "mul": multiply,
    "div": divide,
    "neg": negate,
}
BUILDERS |= {"pow": power, "if": choose}


def build(operation: str, operands: tuple[Expression, ...]) -> Expression:
    """Return an operation, tidied up."""
    builder = BUILDERS.get(operation)
    return builder(*operands) if builder else make(operation, operands)
