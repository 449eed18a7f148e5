"""From the words of a formula to its expression.

A Pratt parser: every operator has a binding power, and an expression goes on as long as the next
operator binds more strongly than what is waiting for it. Products may be written without a sign:
``2x``, ``3sin(x)``, ``(x+1)(x-1)``, ``x y``; they bind as a written ``*`` does, so ``1/2x`` is half
of x. A minus takes the whole product after it, and less than a power: ``-x^2`` is −(x²).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import accumulate

from playground.calculus.expressions import (
    CONSTANTS,
    Expression,
    apply,
    constant,
    make,
    number,
    variable,
)
from playground.calculus.operations import ALIASES, COMPARISONS, FUNCTIONS, LOGIC
from playground.calculus.printing import to_text
from playground.calculus.tokens import Token, tokenize
from playground.calculus.undefined import undefined_part
from playground.errors import FormulaError

MAX_DEPTH = 60
"""How deep parentheses, signs and powers may be nested."""

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _POWER = range(1, 8)
_LEFT = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "^": _POWER}
_COMPARED = {sign: name for name, sign in COMPARISONS.items()}
_LEFT |= dict.fromkeys(_COMPARED, _COMPARISON)
_BINARY = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow", "or": "or", "and": "and"}
_CONDITIONS = frozenset(COMPARISONS) | frozenset(LOGIC)


def read(text: str, variables: Sequence[str]) -> Expression:
    """Return the expression that a text means.

    Raises
    ------
    FormulaError
        Where it means none, or one that has no value anywhere, such as ``x + log(-1)``; carries the
        column and says what was expected there.
    """
    return _Parser(text, variables).whole()


def check_variables(names: Sequence[str]) -> None:
    """Raise where names cannot be those of variables.

    Raises
    ------
    FormulaError
        Where a name is no word, stands for something else or comes twice.
    """
    taken = {*CONSTANTS, *FUNCTIONS, *ALIASES, *LOGIC}
    for name in names:
        if not (name.isascii() and name.isidentifier()):
            raise FormulaError(f"variable {name!r}: must be letters, digits and _")
        if name in taken:
            raise FormulaError(f"variable {name!r}: means something else in a formula")
    if len(set(names)) != len(names):
        raise FormulaError(f"variables: must be distinct, got {', '.join(names)}")


def is_condition(expression: Expression) -> bool:
    """Return whether an expression is true or false rather than a number."""
    return expression.operation in _CONDITIONS


class _Parser:
    def __init__(self, text: str, variables: Sequence[str]) -> None:
        self._variables = tuple(variables)
        self._tokens = [part for token in tokenize(text) for part in self._split(token)]
        self._position = 0
        self._depth = 0
        self._open_bars = 0
        self._columns: dict[Expression, int] = {}

    def whole(self) -> Expression:
        start = self._next
        if start.kind == "end":
            raise FormulaError(f"is empty: expected {self._operand_names}", 1)
        expression = self._number(0, start)
        if self._next.kind != "end":
            raise self._unexpected("an operator or the end")
        self._check_value(expression)
        return expression

    def _check_value(self, expression: Expression) -> None:
        part = undefined_part(expression)
        if part is not None:
            so = ", so the formula is undefined everywhere" if self._variables else ""
            raise FormulaError(f"{to_text(part)} has no value{so}", self._columns.get(part, 1))

    # --- words ---------------------------------------------------------------------------------

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _accept(self, text: str) -> bool:
        is_here = self._next.kind == "symbol" and self._next.text == text
        self._position += is_here
        return is_here

    def _expect(self, text: str, instead: str = "") -> None:
        if not self._accept(text):
            raise self._unexpected(instead or repr(text))

    def _unexpected(self, expected: str, token: Token | None = None) -> FormulaError:
        token = token or self._next
        return FormulaError(f"expected {expected}, got {token}", token.column)

    @property
    def _operand_names(self) -> str:
        names = f"{' or '.join(self._variables)}, " if self._variables else ""
        return f"a number, {names}a function or '('"

    # --- expressions ---------------------------------------------------------------------------

    def _number(self, power: int, start: Token) -> Expression:
        """Return an expression that must be a number."""
        expression = self._expression(power)
        if is_condition(expression):
            raise FormulaError(
                "expected a number, got a comparison; it belongs into if(condition, a, b)",
                start.column,
            )
        return expression

    def _condition(self, power: int) -> Expression:
        start = self._next
        expression = self._expression(power)
        if not is_condition(expression):
            raise FormulaError("expected a comparison such as x < 0, got a number", start.column)
        return expression

    def _expression(self, power: int) -> Expression:
        """Return the longest expression whose operators bind more strongly than ``power``."""
        start = self._next
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(f"is nested deeper than {MAX_DEPTH} levels", start.column)
        left = self._prefix(power)
        self._columns.setdefault(left, start.column)
        while (binding := self._binding()) > power:
            left = self._continued(left, start, binding)
            self._columns.setdefault(left, start.column)
        self._depth -= 1
        return left

    def _binding(self) -> int:
        """Return how strongly the next word ties what is left of it; 0 where it ends it."""
        token = self._next
        if token.kind == "power":
            return _POWER
        if token.kind == "name":
            return _LEFT.get(token.text, 0 if token.text == "not" else _PRODUCT)
        if token.kind != "symbol":
            return 0
        if token.text == "|":
            return 0 if self._open_bars else _PRODUCT
        return _PRODUCT if token.text in ("(", "sqrt ") else _LEFT.get(token.text, 0)

    def _continued(self, left: Expression, start: Token, binding: int) -> Expression:
        token = self._next
        if token.kind == "power":
            self._take()
            self._check_number(left, start)
            return apply("pow", left, number(float(token.text)))
        if token.text in ("and", "or"):
            self._take()
            if not is_condition(left):
                raise self._unexpected("a comparison such as x < 0 before it", token)
            return make(token.text, (left, self._condition(binding)))
        if token.text in _COMPARED and token.kind == "symbol":
            return self._comparison(left, start)
        self._check_number(left, start)
        operation = _BINARY.get(token.text, "mul")
        if token.text in _BINARY:
            self._take()
        # A power groups from the right, all others from the left.
        right = self._number(binding - (operation == "pow"), self._next)
        return apply(operation, left, right)

    def _comparison(self, left: Expression, start: Token) -> Expression:
        """Return ``a < b``, or ``a < b and b < c`` for ``a < b < c``."""
        self._check_number(left, start)
        whole: Expression | None = None
        while self._next.text in _COMPARED:
            operation = _COMPARED[self._take().text]
            right = self._number(_COMPARISON, self._next)
            part = make(operation, (left, right))
            whole = part if whole is None else make("and", (whole, part))
            left = right
        assert whole is not None
        return whole

    def _check_number(self, left: Expression, start: Token) -> None:
        if is_condition(left):
            raise FormulaError(
                f"expected a number before {self._next}, got a comparison", start.column
            )

    def _prefix(self, power: int) -> Expression:
        token = self._next
        if token.kind == "symbol" and token.text in "+-":
            self._take()
            operand = self._number(max(power, _SUM), self._next)
            return apply("neg", operand) if token.text == "-" else operand
        if token.kind == "name" and token.text == "not":
            self._take()
            return make("not", (self._condition(_NOT),))
        return self._operand()

    # --- operands ------------------------------------------------------------------------------

    def _operand(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return self._literal(token)
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            return self._enclosed(")")
        if token.text == "|" and token.kind == "symbol":
            return self._absolute(token)
        if token.text == "sqrt ":
            return make("sqrt", (self._number(_POWER, self._next),))
        raise self._unexpected(self._operand_names, token)

    def _literal(self, token: Token) -> Expression:
        value = float(token.text)
        if value == float("inf"):
            raise FormulaError(f"{token} is too large a number", token.column)
        if self._next.kind == "number":
            raise self._unexpected("an operator")
        return number(value)

    def _enclosed(self, end: str) -> Expression:
        bars, self._open_bars = self._open_bars, 0
        inner = self._expression(0)
        self._open_bars = bars
        self._expect(end, "an operator or ')'")
        return inner

    def _absolute(self, token: Token) -> Expression:
        self._open_bars += 1
        inner = self._number(0, token)
        self._open_bars -= 1
        self._expect("|", "an operator or '|'")
        return make("abs", (inner,))

    def _named(self, token: Token) -> Expression:
        name = token.text
        if name in self._variables:
            return variable(name)
        if name in CONSTANTS:
            return constant(name)
        if ALIASES.get(name, name) in FUNCTIONS:
            return self._called(ALIASES.get(name, name), token)
        if name in LOGIC:
            raise self._unexpected(self._operand_names, token)
        raise FormulaError(self._unknown(name), token.column)

    def _called(self, name: str, token: Token) -> Expression:
        self._expect("(", f"'(' after {token.source}, as in {token.source}(x)")
        bars, self._open_bars = self._open_bars, 0
        operands = [self._condition(0) if name == "if" else self._number(0, self._next)]
        while self._accept(","):
            operands.append(self._number(0, self._next))
        self._open_bars = bars
        self._check_arity(name, token, len(operands))
        self._expect(")", "an operator, ',' or ')'" if name in _SEVERAL else "an operator or ')'")
        if name not in _FOLDED:
            return make(name, tuple(operands))
        whole = operands[0]
        for operand in operands[1:]:
            whole = make(name, (whole, operand))
        return whole

    def _check_arity(self, name: str, token: Token, n: int) -> None:
        wanted = FUNCTIONS[name].arity
        if self._next.text == ")" and (n < wanted if name in _FOLDED else n != wanted):
            form = "if(condition, a, b)" if name == "if" else f"{wanted} argument(s)"
            raise FormulaError(f"{token.source} needs {form}, got {n}", token.column)

    def _split(self, token: Token) -> list[Token]:
        """Read ``xy`` as x y and ``2pix`` as 2 pi x, where that is what a name can mean."""
        if token.kind != "name" or token.text in {*self._variables, *FUNCTIONS, *ALIASES, *LOGIC}:
            return [token]
        parts = _parts(token.text, {*self._variables, *CONSTANTS})
        columns = accumulate(map(len, parts), initial=token.column)
        return [Token("name", p, at, p) for p, at in zip(parts, columns, strict=False)] or [token]

    def _unknown(self, name: str) -> str:
        known = [*self._variables, *CONSTANTS, *FUNCTIONS, *ALIASES]
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        names = f" (variables: {', '.join(self._variables)})" if self._variables else ""
        return f"unknown name {name!r}{hint}{names}"


_FOLDED = frozenset({"min", "max"})
_SEVERAL = _FOLDED | {"if"}


def _parts(name: str, known: set[str]) -> list[str]:
    """Return a name as a row of known names; an empty one where it is none."""
    ways: list[list[str]] = [[]]
    for end in range(1, len(name) + 1):
        starts = [n for n in range(end) if (ways[n] or not n) and name[n:end] in known]
        ways.append([*ways[starts[0]], name[starts[0] : end]] if starts else [])
    return ways[-1]
