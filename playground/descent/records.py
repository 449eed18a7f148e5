"""Arrays that are kept in one piece of memory, so that one copy keeps a moment of all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.autodiff import tree

ALIGNMENT = 8


class Record:
    """A tree of arrays in one piece of memory.

    Parameters
    ----------
    arrays
        What it holds at first; copied.

    Attributes
    ----------
    arrays
        The tree, its arrays views of the memory.
    memory
        All bytes, shape (n_bytes,).
    """

    def __init__(self, arrays: Any) -> None:
        leaves, self._structure = tree.flatten(arrays)
        self._places: list[tuple[int, tuple[int, ...], np.dtype[Any]]] = []
        end = 0
        for leaf in leaves:
            self._places.append((end, leaf.shape, leaf.dtype))
            end += -(-leaf.nbytes // ALIGNMENT) * ALIGNMENT
        self.memory: NDArray[np.uint8] = np.zeros(end, np.uint8)
        self.arrays: Any = self.read(self.memory)
        for own, leaf in zip(tree.flatten(self.arrays)[0], leaves, strict=True):
            own[...] = leaf

    def room(self, n_moments: int) -> NDArray[np.uint8]:
        """Return zeroed memory for as many moments, shape (n_moments, n_bytes)."""
        return np.zeros((n_moments, self.memory.size), np.uint8)

    def read(self, memory: NDArray[np.uint8]) -> Any:
        """Return the tree as views of one moment, or of many along a first axis."""
        leaves = [self._view(memory, *place) for place in self._places]
        return tree.unflatten(self._structure, leaves)

    @staticmethod
    def _view(
        memory: NDArray[np.uint8], start: int, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> Any:
        n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        part = memory[..., start : start + n_bytes].view(dtype)
        return part.reshape((*memory.shape[:-1], *shape))
