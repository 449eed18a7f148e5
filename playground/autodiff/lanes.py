"""Long operations cut into lanes, which a team of threads does side by side.

numpy uses one thread for elementwise operations, and OpenBLAS gains less from a second one than
two products of half the rows do, each on a thread of its own. An operation is therefore cut along
the rows of its result, one range a lane. Neighbouring operations whose rows correspond form a
section: each lane goes through all of them without waiting for the others. A section with enough
work is handed to the team; the others are done in one piece. The numbers depend on how many lanes
there are, never on how they are scheduled, and without running threads one thread does all lanes
in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.array_utils import byte_bounds

from playground.autodiff.graph import Array, Call, Primitive
from playground.autodiff.shapes import size_of

LEAST_WORK = 1 << 19
"""Entries from which a section is handed over; waking a thread takes 15 to 50 µs each way."""

PRODUCTS_PER_ENTRY = 16
"""Multiplications of a matrix product in the time of one entry of an elementwise operation."""

LEAST_PART = 1 << 13
"""Entries from which an operation may be part of a section."""

ROW_STEP = 16
"""Rows of a lane come in multiples of this, which keeps BLAS in its fast kernel."""


def row_ranges(n_rows: int, n_lanes: int) -> list[slice]:
    """Return nearly equal ranges of rows, one a lane, in multiples of :data:`ROW_STEP`."""
    steps = np.linspace(0, -(-n_rows // ROW_STEP), n_lanes + 1).round().astype(int)
    edges = np.minimum(steps * ROW_STEP, n_rows).tolist()
    return [slice(*pair) for pair in pairwise(edges)]


Pieces: TypeAlias = Sequence[Array | None]
"""What each lane uses of an array: its own rows, all of it, or nothing."""


@dataclass(frozen=True)
class Cut:
    """One operation cut into lanes.

    Attributes
    ----------
    lanes
        Its calls, a list for each lane.
    written, read
        The memory that the lanes write and read.
    work
        How long it takes, in entries of an elementwise operation.
    """

    lanes: list[list[Call]]
    written: list[Pieces]
    read: list[Pieces]
    work: int


class Section:
    """Neighbouring operations whose lanes need not wait for each other."""

    def __init__(self, n_lanes: int) -> None:
        self.lanes: list[list[Call]] = [[] for _ in range(n_lanes)]
        self.work = 0
        self._written: dict[_Bounds, Pieces] = {}
        self._read: dict[_Bounds, Pieces] = {}

    def admits(self, cut: Cut) -> bool:
        """Whether whatever one lane writes is left alone by the others, before and after."""
        used = [*self._written.items(), *self._read.items()]
        return not (
            _meet(_bounded(cut.written), used) or _meet(_bounded(cut.read), self._written.items())
        )

    def add(self, cut: Cut) -> None:
        """Append one operation."""
        for own, more in zip(self.lanes, cut.lanes, strict=True):
            own += more
        self.work += cut.work
        self._written.update(_bounded(cut.written))
        self._read.update(_bounded(cut.read))


_Bounds: TypeAlias = tuple[tuple[int, int], ...]
"""The first byte of each lane's piece and the one after its last."""


def _bounded(uses: Iterable[Pieces]) -> list[tuple[_Bounds, Pieces]]:
    return [(tuple([_bounds(piece) for piece in pieces]), pieces) for pieces in uses]


def _bounds(piece: Array | None) -> tuple[int, int]:
    return (0, 0) if piece is None else byte_bounds(piece)


def _meet(some: Iterable[tuple[_Bounds, Pieces]], others: Iterable[tuple[_Bounds, Pieces]]) -> bool:
    """Whether two different lanes use the same memory."""
    for bounds, pieces in some:
        for other_bounds, other_pieces in others:
            for i, (low, high) in enumerate(bounds):
                for j, (other_low, other_high) in enumerate(other_bounds):
                    if (
                        i != j
                        and low < other_high
                        and other_low < high
                        # Columns of one array lie between each other without touching.
                        and np.shares_memory(pieces[i], other_pieces[j])
                    ):
                        return True
    return False


def cut(
    op: Primitive, out: Array, arrays: list[Array], params: dict[str, Any], n: int
) -> Cut | None:
    """Return an operation cut into ``n`` lanes; None where it is short or has no rows."""
    if op.name == "conv2d_kernel":
        return _cut_by_channels(op, out, arrays, params, n)
    if op.elementwise:
        if out.ndim < 2:
            return None
        work, by_rows = out.size, _like_rows(out, arrays)
    elif op.name == "matmul":
        work = out.size * arrays[0].shape[-1] // PRODUCTS_PER_ENTRY
        # Of a stack the matrices are the rows, and all may share one factor.
        by_rows = [True, False] if out.ndim == 2 else _like_rows(out, arrays)
    elif op.name in _REDUCTIONS:
        if 0 in params["axes"]:
            return None
        work, by_rows = arrays[0].size, [True]
    elif op.name in _IS_BY_SAMPLES:
        products = out.size * size_of(params["window"]) * arrays[0].shape[-1]
        work, by_rows = products // PRODUCTS_PER_ENTRY, _IS_BY_SAMPLES[op.name]
    else:
        return None
    if work < LEAST_PART or len(out) < 2 * n * ROW_STEP:
        return None
    ranges = row_ranges(len(out), n)
    operands: list[Pieces] = [
        [a[rows] if is_cut else a for rows in ranges]
        for a, is_cut in zip(arrays, by_rows, strict=True)
    ]
    outs = [out[rows] for rows in ranges]
    lanes = [op.calls(own, *pieces, **params) for own, *pieces in zip(outs, *operands, strict=True)]
    return _harmless(Cut(lanes, [outs], operands, work))


def _harmless(cut: Cut) -> Cut | None:
    """Return a cut, or None where one lane writes what another one reads."""
    written = _bounded(cut.written)
    return None if _meet(written, written + _bounded(cut.read)) else cut


def _like_rows(out: Array, arrays: list[Array]) -> list[bool]:
    return [a.ndim == out.ndim and a.shape[0] == out.shape[0] for a in arrays]


_REDUCTIONS = ("sum", "max", "min")

_IS_BY_SAMPLES = {"conv2d": [True, False], "conv2d_image": [False, True]}
"""Which operands of a convolution have a row for each sample."""


def _cut_by_channels(
    op: Primitive, out: Array, arrays: list[Array], params: dict[str, Any], n: int
) -> Cut | None:
    """Return the gradient of a kernel, a sum over samples, cut along its channels instead."""
    image, output = arrays
    n_channels = image.shape[3]
    work = out.size * size_of(output.shape[:3]) // PRODUCTS_PER_ENTRY
    if n_channels < n or work < LEAST_PART:
        return None
    edges = [i * n_channels // n for i in range(n + 1)]
    ranges = [slice(*pair) for pair in pairwise(edges)]
    outs = [out[:, :, c] for c in ranges]
    images = [image[..., c] for c in ranges]
    lanes = [op.calls(o, i, output, **params) for o, i in zip(outs, images, strict=True)]
    return Cut(lanes, [outs], [images, [output] * n], work)
