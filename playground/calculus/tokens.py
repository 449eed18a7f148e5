"""The words of a typed formula."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playground.errors import FormulaError

MAX_LENGTH = 1000
"""Characters in a formula."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word.

    Attributes
    ----------
    kind : str
        ``number``, ``name``, ``symbol``, ``power`` (raised digits) or ``end``.
    text : str
        What stands for it in the grammar, so ``*`` for ``·``.
    column : int
        Where it begins, from 1.
    source : str
        What was typed.
    """

    kind: str
    text: str
    column: int
    source: str

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.source)


_RAISED = {raised: str(digit) for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_SPELLINGS = {
    **dict.fromkeys("·×⋅∙", "*"),
    "**": "^",
    "÷": "/",
    "−": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "π": "pi",
    "√": "sqrt ",
}
_WORD = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*|π|[α-ωΑ-Ω])"
    rf"|(?P<power>[{''.join(_RAISED)}]+)"
    r"|(?P<symbol>\*\*|<=|>=|==|!=|[-+*/^(),<>|·×⋅∙÷−≤≥≠√])"
)
_SPACE = re.compile(r"[ \t\u00a0\u2009\u202f]*")


def tokenize(text: str) -> list[Token]:
    """Return the words of a formula, the last one of kind ``end``.

    Raises
    ------
    FormulaError
        Where the text is too long or a character has no meaning.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"must be at most {MAX_LENGTH} characters, got {len(text)}", MAX_LENGTH)
    tokens = []
    position = _skip(text, 0)
    while position < len(text):
        word = _WORD.match(text, position)
        if word is None:
            raise FormulaError(f"{text[position]!r} has no meaning in a formula", position + 1)
        kind, source = word.lastgroup or "", word.group()
        if kind == "power":
            spelled = "".join(_RAISED[c] for c in source)
        else:
            spelled = _SPELLINGS.get(source, source)
        tokens.append(Token(kind, spelled, position + 1, source))
        position = _skip(text, word.end())
    return [*tokens, Token("end", "", len(text) + 1, "")]


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    assert space is not None
    return space.end()
