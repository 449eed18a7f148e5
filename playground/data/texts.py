"""What data sets of texts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def position_names(n_positions: int) -> tuple[str, ...]:
    """Return the names of a text's columns."""
    return tuple(f"symbol {number}" for number in range(1, n_positions + 1))


def distinct(draw: Callable[[], str], seen: set[str]) -> Iterator[str]:
    """Yield texts as they are drawn, those left out that were ``seen`` before; remember the rest.

    A text that occurs once lies in one part of the data, so what is validated was never trained on.
    """
    while True:
        text = draw()
        if text not in seen:
            seen.add(text)
            yield text
