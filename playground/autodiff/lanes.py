"""Long operations cut into lanes that several threads do side by side.

numpy uses one thread for elementwise operations, and OpenBLAS gains less from a second one than
two products of half the rows do, each on a thread of its own. A long operation is therefore cut
along the rows of its result, one range a lane; neighbouring operations whose rows correspond stay
in their lane without waiting for the others. The numbers depend on how many lanes there are, never
on how they are scheduled, and without running threads one thread does all lanes in turn.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from playground.autodiff.graph import Array, Call, Primitive
from playground.autodiff.shapes import size_of

LEAST_SIZE = 1 << 16
"""Entries from which an elementwise operation is cut; handing over to a thread takes 15 µs."""

LEAST_PRODUCTS = 1 << 21
"""Multiplications from which a matrix product is cut."""

ROW_STEP = 16
"""Rows of a lane come in multiples of this, which keeps BLAS in its fast kernel."""


class Team:
    """Threads that run lanes; between :meth:`start` and :meth:`stop` they wait at a lock each.

    Parameters
    ----------
    n_lanes
        Ranges that a long operation is cut into; the calling thread does the first.
    """

    def __init__(self, n_lanes: int) -> None:
        self.n_lanes = n_lanes
        self._workers: list[_Worker] = []

    def start(self) -> None:
        """Start the threads."""
        self._workers = [_Worker() for _ in range(self.n_lanes - 1)]

    def stop(self) -> None:
        """End the threads and wait for them."""
        for worker in self._workers:
            worker.stop()
        self._workers = []

    def run(self, lanes: Sequence[list[Call]]) -> None:
        """Do every lane's calls, side by side where the threads run."""
        if not self._workers:
            for lane in lanes:
                _run(lane)
            return
        for worker, lane in zip(self._workers, lanes[1:], strict=True):
            worker.begin(lane)
        try:
            _run(lanes[0])
        finally:
            errors = [worker.finish() for worker in self._workers]
        for error in errors:
            if error is not None:
                raise error


class _Worker:
    def __init__(self) -> None:
        self._go, self._done = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._done.acquire()
        self._lane: list[Call] | None = None
        self._error: BaseException | None = None
        # Overflow and NaN are results, as in the thread that runs the program.
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        self._thread = threading.Thread(target=context.run, args=(self._work,), name="lane")
        self._thread.start()

    def begin(self, lane: list[Call]) -> None:
        self._lane = lane
        self._go.release()

    def finish(self) -> BaseException | None:
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def stop(self) -> None:
        self._lane = None
        self._go.release()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            if self._lane is None:
                return
            try:
                _run(self._lane)
            except BaseException as error:
                # Raised again by whoever waits for the lane.
                self._error = error
            self._done.release()


def _run(calls: list[Call]) -> None:
    for function, arguments in calls:
        function(*arguments)


def row_ranges(n_rows: int, n_lanes: int) -> list[slice]:
    """Return nearly equal ranges of rows, one a lane, in multiples of :data:`ROW_STEP`."""
    steps = np.linspace(0, -(-n_rows // ROW_STEP), n_lanes + 1).round().astype(int)
    edges = np.minimum(steps * ROW_STEP, n_rows).tolist()
    return [slice(*pair) for pair in pairwise(edges)]


Use: TypeAlias = tuple[Array, list[slice] | None, bool]
"""An array, the rows of it that each lane takes (None: all of them take it whole), and whether it
is written."""


@dataclass(frozen=True)
class Cut:
    """One operation cut into lanes.

    Attributes
    ----------
    lanes
        Its calls, a list for each lane.
    rows
        The range of rows of each lane.
    out
        Its result, of which every lane writes its own rows.
    by_rows, whole
        Operands of which a lane reads its own rows, and those that it reads as a whole.
    """

    lanes: list[list[Call]]
    rows: list[slice]
    out: Array
    by_rows: list[Array]
    whole: list[Array]

    def uses(self) -> list[Use]:
        """Return how the lanes use every array."""
        return [
            (self.out, self.rows, True),
            *((x, self.rows, False) for x in self.by_rows),
            *((x, None, False) for x in self.whole),
        ]


class Section:
    """Neighbouring operations whose lanes need not wait for each other."""

    def __init__(self, n_lanes: int) -> None:
        self.lanes: list[list[Call]] = [[] for _ in range(n_lanes)]
        self._uses: list[Use] = []

    def admits(self, cut: Cut) -> bool:
        """Whether whatever one lane writes is left alone by the others, before and after."""
        uses = cut.uses()
        return all(_apart(a, b) for a in self._uses for b in uses)

    def add(self, cut: Cut) -> None:
        """Append one operation."""
        for own, more in zip(self.lanes, cut.lanes, strict=True):
            own += more
        self._uses += cut.uses()


def _apart(a: Use, b: Use) -> bool:
    """Whether two uses of memory by different lanes cannot meet where one of them writes."""
    (x, x_rows, x_written), (y, y_rows, y_written) = a, b
    if not (x_written or y_written) or not np.may_share_memory(x, y):
        return True
    return x_rows is not None and x_rows == y_rows and _same(x, y)


def _same(a: Array, b: Array) -> bool:
    """Whether the rows of two arrays are the same pieces of memory."""
    if a.__array_interface__["data"] != b.__array_interface__["data"]:
        return False
    if a.shape == b.shape and a.strides == b.strides:
        return True
    are_rows_whole = a.flags.c_contiguous and b.flags.c_contiguous
    return are_rows_whole and len(a) == len(b) and a.nbytes == b.nbytes


def cut(
    op: Primitive, out: Array, arrays: list[Array], params: dict[str, Any], n: int
) -> Cut | None:
    """Return a long operation cut into ``n`` lanes; None where it is short or has no rows."""
    if op.name == "conv2d_kernel":
        return _cut_by_channels(op, out, arrays, params, n)
    if op.elementwise:
        if out.size < LEAST_SIZE or out.ndim < 2:
            return None
        by_rows = _like_rows(out, arrays)
    elif op.name == "matmul":
        if out.size * arrays[0].shape[-1] < LEAST_PRODUCTS:
            return None
        # Of a stack the matrices are the rows, and all may share one factor.
        by_rows = [True, False] if out.ndim == 2 else _like_rows(out, arrays)
    elif op.name in _REDUCTIONS:
        if 0 in params["axes"] or arrays[0].size < LEAST_SIZE:
            return None
        by_rows = [True]
    elif op.name in _IS_BY_SAMPLES:
        if out.size * size_of(params["window"]) * arrays[0].shape[-1] < LEAST_PRODUCTS:
            return None
        by_rows = _IS_BY_SAMPLES[op.name]
    else:
        return None
    if len(out) < 2 * n * ROW_STEP:
        return None
    lanes = []
    ranges = row_ranges(len(out), n)
    for rows in ranges:
        own = [a[rows] if is_cut else a for a, is_cut in zip(arrays, by_rows, strict=True)]
        lanes.append(op.calls(out[rows], *own, **params))
    made = Cut(
        lanes,
        ranges,
        out,
        [a for a, is_cut in zip(arrays, by_rows, strict=True) if is_cut],
        [a for a, is_cut in zip(arrays, by_rows, strict=True) if not is_cut],
    )
    uses = made.uses()
    return made if all(_apart(uses[0], use) for use in uses[1:]) else None


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
    if n_channels < n or out.size * size_of(output.shape[:3]) < LEAST_PRODUCTS:
        return None
    edges = [i * n_channels // n for i in range(n + 1)]
    ranges = [slice(*pair) for pair in pairwise(edges)]
    lanes = [op.calls(out[:, :, c], image[..., c], output, **params) for c in ranges]
    # Channels first, so that these count as the rows.
    return Cut(lanes, ranges, np.moveaxis(out, 2, 0), [np.moveaxis(image, 3, 0)], [output])
