"""Texts as symbol numbers, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.tasks import END, PADDING, START

N_SPECIAL = max(PADDING, START, END) + 1
"""Numbers before that of the first symbol."""


@dataclass(frozen=True)
class Vocabulary:
    """The symbols that texts are made of.

    Symbol i has the number ``N_SPECIAL + i``; 0 is padding, 1 the start and 2 the end of a text.

    Attributes
    ----------
    symbols
        In ascending order, each once: characters, or words.
    separator
        What stands between two symbols of a text; empty where symbols are characters.
    """

    symbols: tuple[str, ...]
    separator: str = ""

    @classmethod
    def of(cls, texts: Iterable[str], separator: str = "") -> Vocabulary:
        """Return the vocabulary of all symbols in ``texts``."""
        symbols = {symbol for text in texts for symbol in _split(text, separator)}
        return cls(tuple(sorted(symbols)), separator)

    def __len__(self) -> int:
        """Return how many numbers there are, the special ones included."""
        return N_SPECIAL + len(self.symbols)

    def length(self, text: str) -> int:
        """Return how many symbols a text has."""
        return len(_split(text, self.separator))

    def encode(
        self, texts: Sequence[str], n_positions: int, *, ends: bool = False
    ) -> NDArray[np.int64]:
        """Return symbol numbers of shape (n_texts, n_positions), padded at the right.

        Parameters
        ----------
        texts
            Each at most ``n_positions`` symbols long, its end included.
        n_positions
            Positions of every row.
        ends
            Whether each text is closed by the end's number.

        Raises
        ------
        ValueError
            Where a text is too long or has a symbol that is not in the vocabulary.
        """
        number_of = {symbol: N_SPECIAL + index for index, symbol in enumerate(self.symbols)}
        rows = np.full((len(texts), n_positions), PADDING, np.int64)
        for row, text in zip(rows, texts, strict=True):
            symbols = _split(text, self.separator)
            unknown = next((symbol for symbol in symbols if symbol not in number_of), None)
            if unknown is not None:
                raise ValueError(f"{text!r}: the symbol {unknown!r} is not in the vocabulary")
            numbers = [number_of[symbol] for symbol in symbols] + [END] * ends
            if len(numbers) > n_positions:
                raise ValueError(f"{text!r}: must have ≤ {n_positions} symbols, got {len(numbers)}")
            row[: len(numbers)] = numbers
        return rows

    def decode(self, rows: NDArray[Any]) -> tuple[str, ...]:
        """Return the texts of rows (n_texts, n_positions), each up to its end, no padding."""
        return tuple(self._text(row) for row in np.asarray(rows).tolist())

    def _text(self, row: list[int]) -> str:
        numbers = row[: row.index(END)] if END in row else row
        return self.separator.join(self.symbols[n - N_SPECIAL] for n in numbers if n >= N_SPECIAL)


def _split(text: str, separator: str) -> Sequence[str]:
    if not separator:
        return text
    return text.split(separator) if text else ()
