"""Optimizers as one writes them: ``adam(learning_rate=0.05, beta1=0.8)``.

::

    list      = optimizer {"," optimizer}
    optimizer = name ["(" [name "=" value {"," name "=" value}] ")"]
    value     = number | "true" | "false" | quoted text | optimizer

A name without brackets is whatever its setting takes it for: an optimizer, or one of a few words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from playground.declarations import Declared, settings_of, suggest, validate
from playground.errors import SpecError
from playground.optimizers.optimizer import OPTIMIZERS, Optimizer

DEEPEST = 8
"""How many optimizers may stand inside of one another."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<mark>[(),=])
      | (?P<other>[^\s(),=]+)
      | (?P<end>$)
    )""",
    re.VERBOSE,
)


def parse_optimizer(text: str) -> Optimizer:
    """Return the optimizer that a text such as ``adam(learning_rate=0.05)`` names.

    Raises
    ------
    SpecError
        Where it cannot be read or a value is refused; every line names the column, from 1.

    Examples
    --------
    >>> parse_optimizer("adam(learning_rate=0.05)").learning_rate
    0.05
    """
    reader = _Reader(text)
    optimizer = reader.optimizer()
    reader.expect_end()
    return optimizer


def parse_optimizers(text: str) -> tuple[Optimizer, ...]:
    """Return the optimizers of a list such as ``sgd, adam(beta1=0.8)``.

    Raises
    ------
    SpecError
        As :func:`parse_optimizer`.
    """
    reader = _Reader(text)
    optimizers = [reader.optimizer()]
    while reader.skips(","):
        optimizers.append(reader.optimizer())
    reader.expect_end()
    return tuple(optimizers)


def optimizer_text(optimizer: Optimizer) -> str:
    """Return the shortest text that :func:`parse_optimizer` turns into this optimizer."""
    return _written(optimizer)


def _written(value: Any) -> str:
    if isinstance(value, Declared):
        name = str(getattr(value, "kind", ""))
        given = [
            f"{setting.name}={_written(getattr(value, setting.name))}"
            for setting in settings_of(value)
            if getattr(value, setting.name) != setting.default
        ]
        return f"{name}({', '.join(given)})" if given else name
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if re.fullmatch(r"[A-Za-z_]\w*", value) else f'"{value}"'
    return repr(value)


class _Token(NamedTuple):
    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return repr(self.text) if self.text else "the end"


@dataclass(frozen=True)
class _Call:
    """A name with settings, and the column of everything in it by its path."""

    values: dict[str, Any]
    columns: dict[str, int]


class _Reader:
    """Reads tokens from left to right, one of them ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._next = self._scan()

    def optimizer(self) -> Optimizer:
        """Read one optimizer and make it."""
        token = self._next
        call = self._call(0)
        name = call.values["kind"]
        if name not in OPTIMIZERS.names():
            hint = suggest(name, OPTIMIZERS.names())
            raise _error(token.column, f"unknown optimizer {name!r}{hint}")
        try:
            return validate(OPTIMIZERS[name], call.values)
        except SpecError as error:
            lines = str(error).splitlines()
            raise SpecError("\n".join(_placed(line, name, token, call) for line in lines)) from None

    def skips(self, mark: str) -> bool:
        """Go past a mark where it comes next."""
        if self._next.kind == "mark" and self._next.text == mark:
            self._take()
            return True
        return False

    def expect_end(self) -> None:
        """Refuse whatever comes next."""
        if self._next.kind != "end":
            raise _error(self._next.column, f"expected the end or a comma, got {self._next}")

    def _call(self, depth: int) -> _Call:
        name = self._name("an optimizer's name")
        if depth > DEEPEST:
            raise _error(name.column, f"must be nested at most {DEEPEST} deep")
        call = _Call({"kind": name.text}, {"kind": name.column})
        if self.skips("(") and not self.skips(")"):
            self._setting(call, depth)
            while self.skips(","):
                self._setting(call, depth)
            if not self.skips(")"):
                raise _error(self._next.column, f"expected ',' or ')', got {self._next}")
        return call

    def _setting(self, call: _Call, depth: int) -> None:
        name = self._name("a setting's name")
        if name.text in call.values:
            raise _error(name.column, f"{name.text}: is given twice")
        if not self.skips("="):
            raise _error(self._next.column, f"expected '=' after {name}, got {self._next}")
        call.columns[name.text] = self._next.column
        value = self._value(depth + 1)
        if isinstance(value, _Call):
            inner = {f"{name.text}.{path}": at for path, at in value.columns.items()}
            call.columns.update(inner)
            value = value.values if len(value.values) > 1 else value.values["kind"]
        call.values[name.text] = value

    def _value(self, depth: int) -> Any:
        token = self._next
        if token.kind == "number":
            self._take()
            return float(token.text) if re.search("[.eE]", token.text) else int(token.text)
        if token.kind == "text":
            self._take()
            return token.text[1:-1]
        if token.text in ("true", "false"):
            self._take()
            return token.text == "true"
        if token.kind == "name":
            return self._call(depth)
        raise _error(token.column, f"expected a value, got {token}")

    def _name(self, what: str) -> _Token:
        if self._next.kind != "name":
            raise _error(self._next.column, f"expected {what}, got {self._next}")
        return self._take()

    def _take(self) -> _Token:
        taken, self._next = self._next, self._scan()
        return taken

    def _scan(self) -> _Token:
        match = _TOKEN.match(self._text, self._place)
        assert match is not None, "every text has an other or an end"
        assert match.lastgroup is not None
        self._place = match.end()
        return _Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1)


def _placed(line: str, name: str, start: _Token, call: _Call) -> str:
    """Return a complaint about a setting with the column of that setting's value."""
    path, _, rest = line.partition(": ")
    owner = path
    while owner and owner not in call.columns:
        owner = owner.rpartition(".")[0]
    column = call.columns.get(owner, start.column)
    where = f"{name}.{path}: {rest}" if owner else f"{name}: {line}"
    return f"column {column}: {where}"


def _error(column: int, message: str) -> SpecError:
    return SpecError(f"column {column}: {message}")
