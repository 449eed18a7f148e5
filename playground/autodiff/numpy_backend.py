"""Programs bound to numpy: a flat list of calls that write into memory made once."""

from __future__ import annotations

import contextvars
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.graph import PRIMITIVES, Array, Call
from playground.autodiff.program import Instruction, Program, Step, Tile, View

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

    def __init__(self, program: Program, arrays: dict[str, tree.Tree]) -> None:
        self.program = program
        memory = _Memory(program, arrays)
        self.inputs: dict[str, Any] = tree.map_leaves(memory.array, program.inputs)
        self.outputs: dict[str, Any] = tree.map_leaves(memory.array, program.outputs)
        self._preparation = _calls(program.preparation, memory)
        self._calls = _calls(program.instructions, memory)
        self._stale = True
        # Overflow and NaN are results here, found by whoever reads them. A context of its own
        # holds that setting at a twentieth of the price of entering np.errstate at every run.
        self._context = contextvars.copy_context()
        self._context.run(np.seterr, all="ignore")

    def prepare(self) -> None:
        """Compute what depends on hoisted inputs only; call it after writing to them."""
        self._context.run(_run, self._preparation)
        self._stale = False

    def run(self) -> None:
        """Execute the program on what ``inputs`` hold; allocates nothing."""
        if self._stale:
            self.prepare()
        self._context.run(_run, self._calls)


def _run(calls: list[Call]) -> None:
    for function, arguments in calls:
        function(*arguments)


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


def _calls(steps: tuple[Step, ...], memory: _Memory) -> list[Call]:
    calls: list[Call] = []
    for step in steps:
        if isinstance(step, Tile):
            calls += _tiled_calls(step, memory)
        else:
            out = memory.array(step.output)
            calls += _bound(step, out, [memory.array(view) for view in step.inputs])
    return calls


def _bound(instruction: Instruction, out: Array, arrays: list[Array]) -> list[Call]:
    op = PRIMITIVES[instruction.operation]
    if op.elementwise and out.ndim:
        # A 0-d operand takes numpy's fast loop; a one-element array is broadcast row by row.
        arrays = [a.reshape(()) if a.size == 1 and a.shape else a for a in arrays]
    return op.calls(out, *arrays, **instruction.params)


def _tiled_calls(tile: Tile, memory: _Memory) -> list[Call]:
    calls: list[Call] = []
    for start in range(0, tile.size, tile.block):
        n = min(tile.block, tile.size - start)
        for instruction in tile.instructions:
            out = _block(memory.array(instruction.output), tile, start, n)
            arrays = [_block(memory.array(v), tile, start, n) for v in instruction.inputs]
            calls += _bound(instruction, out, arrays)
    return calls


def _block(array: Array, tile: Tile, start: int, n: int) -> Array:
    if array.size == tile.size:
        return array[start : start + n]
    return array[:n] if array.shape else array
