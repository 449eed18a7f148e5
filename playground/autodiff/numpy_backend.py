"""Programs bound to numpy: a flat list of calls that write into memory made once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from playground.autodiff import lanes, tree
from playground.autodiff.calls import calculating, run_all
from playground.autodiff.graph import PRIMITIVES, Array, Call, Primitive
from playground.autodiff.lanes import Cut, Pieces, Section
from playground.autodiff.program import Instruction, Program, Step, Tile, View
from playground.autodiff.team import Team

_ALIGNMENT = 64


class BoundProgram:
    """A program with its memory.

    Write into ``inputs``, call :meth:`run`, read ``outputs``. Results stay valid until the next
    run. One bound program must not run in two threads at once; any number of bound programs may.

    Attributes
    ----------
    inputs, outputs : dict
        Trees of ndarrays by name (0-d arrays for scalars). A donated output is the very array of
        its input.
    """

    def __init__(
        self, program: Program, arrays: dict[str, tree.Tree], team: Team | None = None
    ) -> None:
        self.program = program
        memory = _Memory(program, arrays)
        self.inputs: dict[str, Any] = tree.map_leaves(memory.array, program.inputs)
        self.outputs: dict[str, Any] = tree.map_leaves(memory.array, program.outputs)
        self._preparation = _calls(program.preparation, memory, None)
        self._calls = _calls(program.instructions, memory, team)
        self._stale = True
        self._context = calculating()

    def prepare(self) -> None:
        """Compute what depends on hoisted inputs only; call it after writing to them."""
        self._context.run(run_all, self._preparation)
        self._stale = False

    def run(self) -> None:
        """Execute the program on what ``inputs`` hold; allocates nothing."""
        if self._stale:
            self.prepare()
        self._context.run(run_all, self._calls)


class _Memory:
    """The buffers of a program as arrays of bytes, and its views as arrays."""

    def __init__(self, program: Program, arrays: dict[str, tree.Tree]) -> None:
        self._given = _given(program, arrays)
        self._bytes = [
            _bytes_of(self._given[i])
            if i in self._given
            else _bytes_of(buffer.value)
            if buffer.value is not None
            else _aligned(buffer.nbytes)
            for i, buffer in enumerate(program.buffers)
        ]
        self._arrays: dict[View, Array] = {}

    def array(self, view: View) -> Array:
        """Return the array of a view; the caller's own where they gave the buffer whole.

        Equal views share one array: numpy then sees at once that an operation in place is safe.
        """
        array = self._arrays.get(view)
        if array is None:
            given = self._given.get(view.buffer)
            if given is not None and view.shape == given.shape and view.strides == given.strides:
                array = given
            else:
                array = np.ndarray(
                    view.shape, view.dtype, self._bytes[view.buffer], view.offset, view.strides
                )
            self._arrays[view] = array
        return array


def _given(program: Program, arrays: dict[str, tree.Tree]) -> dict[int, Array]:
    """Return the caller's arrays by buffer, or raise where one does not fit."""
    given: dict[int, Array] = {}
    for name, value in arrays.items():
        if name not in program.inputs:
            raise ValueError(f"{name}: must be one of {', '.join(program.inputs)}")
        views, structure = tree.flatten(program.inputs[name])
        leaves, got = tree.flatten(value)
        if structure != got:
            raise ValueError(f"{name}: is not nested as the program's input")
        for view, leaf, path in zip(views, leaves, tree.paths(value, name), strict=True):
            _check_array(path, leaf, view)
            given[view.buffer] = leaf
    return given


def _check_array(path: str, array: Any, view: View) -> None:
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{path}: must be an ndarray, got {type(array).__name__}")
    if array.shape != view.shape or array.dtype != view.dtype:
        raise ValueError(
            f"{path}: must be {view.dtype} of shape {view.shape}, "
            f"got {array.dtype} of shape {array.shape}"
        )
    if not array.flags.c_contiguous or not array.flags.aligned or not array.flags.writeable:
        raise ValueError(f"{path}: must be C-contiguous, aligned and writeable")


def _bytes_of(array: Array) -> Array:
    return array.reshape(-1).view(np.uint8)


def _aligned(nbytes: int) -> Array:
    """Return zeroed bytes that start at a cache line."""
    raw = np.zeros(nbytes + _ALIGNMENT, np.uint8)
    start = -raw.__array_interface__["data"][0] % _ALIGNMENT
    return raw[start : start + nbytes]


def _calls(steps: tuple[Step, ...], memory: _Memory, team: Team | None) -> list[Call]:
    if team is None:
        return [call for step in steps for call in _whole(step, memory)]
    calls: list[Call] = []
    waiting: list[Step] = []
    section = Section(team.n_lanes)
    for step in steps:
        made = _cut(step, memory, team.n_lanes)
        if waiting and (made is None or not section.admits(made)):
            calls += _section_calls(section, waiting, memory, team)
            waiting, section = [], Section(team.n_lanes)
        if made is None:
            calls += _whole(step, memory)
        else:
            waiting.append(step)
            section.add(made)
    return calls + _section_calls(section, waiting, memory, team)


def _section_calls(section: Section, steps: list[Step], memory: _Memory, team: Team) -> list[Call]:
    if section.work >= lanes.LEAST_WORK:
        return [(team.run, (section.lanes,))]
    return [call for step in steps for call in _whole(step, memory)]


def _whole(step: Step, memory: _Memory) -> list[Call]:
    """Return the calls of a step in one piece."""
    if isinstance(step, Tile):
        return _blocks(step, 0, step.size, _Scratch(memory, step, is_own=False))
    op, out, arrays = _operands(step, memory)
    return op.calls(out, *arrays, **step.params)


def _cut(step: Step, memory: _Memory, n_lanes: int) -> Cut | None:
    if isinstance(step, Tile):
        return _cut_tile(step, memory, n_lanes)
    return lanes.cut(*_operands(step, memory), step.params, n_lanes)


def _operands(instruction: Instruction, memory: _Memory) -> tuple[Primitive, Array, list[Array]]:
    out = memory.array(instruction.output)
    return _prepared(instruction, out, [memory.array(view) for view in instruction.inputs])


def _prepared(
    instruction: Instruction, out: Array, arrays: list[Array]
) -> tuple[Primitive, Array, list[Array]]:
    op = PRIMITIVES[instruction.operation]
    if op.elementwise and out.ndim:
        # A 0-d operand takes numpy's fast loop; a one-element array is broadcast row by row.
        arrays = [a.reshape(()) if a.size == 1 and a.shape else a for a in arrays]
    return op, out, arrays


def _cut_tile(tile: Tile, memory: _Memory, n_lanes: int) -> Cut:
    """Return a tile cut into lanes of equal length, each of which has scratch of its own."""
    edges = [lane * tile.size // n_lanes for lane in range(n_lanes + 1)]
    ranges = list(pairwise(edges))
    calls = [
        _blocks(tile, start, stop, _Scratch(memory, tile, is_own=lane > 0))
        for lane, (start, stop) in enumerate(ranges)
    ]

    def pieces(view: View) -> Pieces:
        array = memory.array(view)
        if array.size == tile.size:
            return [array[start:stop] for start, stop in ranges]
        # A number is read by all lanes; of scratch, the first lane takes the program's.
        return [array if lane == 0 or not array.shape else None for lane in range(n_lanes)]

    written = [pieces(instruction.output) for instruction in tile.instructions]
    read = [pieces(view) for instruction in tile.instructions for view in instruction.inputs]
    return Cut(calls, written, read, tile.size * len(tile.instructions))


class _Scratch:
    """The arrays of a tile as one lane sees them: each lane has blocks of its own."""

    def __init__(self, memory: _Memory, tile: Tile, *, is_own: bool) -> None:
        self._memory = memory
        self._tile = tile
        self._is_own = is_own
        self._own: dict[View, Array] = {}

    def block(self, view: View, start: int, n: int) -> Array:
        """Return the part of a view that the block at ``start`` is about."""
        array = self._memory.array(view)
        if array.size == self._tile.size:
            return array[start : start + n]
        if not array.shape or array.size != self._tile.block:
            return array
        if self._is_own:
            array = self._own.setdefault(view, np.empty_like(array))
        return array[:n]


def _blocks(tile: Tile, start: int, stop: int, scratch: _Scratch) -> list[Call]:
    calls: list[Call] = []
    for first in range(start, stop, tile.block):
        n = min(tile.block, stop - first)
        for instruction in tile.instructions:
            out = scratch.block(instruction.output, first, n)
            arrays = [scratch.block(view, first, n) for view in instruction.inputs]
            op, out, arrays = _prepared(instruction, out, arrays)
            calls += op.calls(out, *arrays, **instruction.params)
    return calls
