"""Random streams that can be reached again: Philox keyed by seed, purpose and counter.

Every use of chance names its purpose, so that switching one of them on (dropout, say) changes no
other, and every epoch or step has a counter of its own, so that any of them can be drawn again
without drawing those before it.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np


class Stream:
    """One purpose's random numbers, repositioned at a counter in under a microsecond.

    Parameters
    ----------
    seed
        Non-negative seed; one each for data, weights and batches.
    purpose
        What the numbers are for, for example ``"dropout"``.

    Notes
    -----
    Constructing a generator costs some 20 µs, setting its state below one; a stream therefore
    keeps one generator. The counter is the highest of Philox's four 64-bit words, which leaves
    2**192 blocks to each of them.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        key = np.array([seed, zlib.crc32(purpose.encode())], dtype=np.uint64)
        self._bits = np.random.Philox(key=key)
        self._generator = np.random.Generator(self._bits)
        self._state: Any = self._bits.state

    def at(self, counter: int) -> np.random.Generator:
        """Return the generator, placed at the start of ``counter``'s numbers."""
        self._state["state"]["counter"][3] = counter
        self._bits.state = self._state
        return self._generator

    def further(self) -> np.random.Generator:
        """Return the generator where the numbers drawn last end."""
        return self._generator

    @property
    def was_drawn(self) -> bool:
        """Whether any number was drawn since :meth:`at`."""
        now: Any = self._bits.state
        placed = self._state
        counters = now["state"]["counter"], placed["state"]["counter"]
        parts = ("buffer_pos", "has_uint32")
        return not np.array_equal(*counters) or any(now[p] != placed[p] for p in parts)


def generator(seed: int, purpose: str, counter: int = 0) -> np.random.Generator:
    """Return a new generator for one purpose, for use outside of hot loops."""
    return Stream(seed, purpose).at(counter)


def seed_of(generator: np.random.Generator) -> int:
    """Return the seed of the stream that a generator belongs to, for libraries that take one."""
    state: Any = generator.bit_generator.state
    return int(state["state"]["key"][0])
