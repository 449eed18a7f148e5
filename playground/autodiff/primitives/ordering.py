"""Along one axis: running sums, sorting, and choosing entries row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Call, Node, Primitive, Value, as_value
from playground.autodiff.primitives.indexing import flat_places
from playground.autodiff.primitives.shaping import Linear
from playground.autodiff.shapes import (
    Shape,
    ShapeError,
    Strided,
    normalize_axes,
    size_of,
    user_line,
)


class CumSum(Linear):
    """The sum of all entries up to each one, or from each one on."""

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return promote("cumsum", operands, floating=True)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape, inputs[0].dtype

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        (x,), axis = arrays, params["axis"]
        if params["reverse"]:
            x, out = np.flip(x, axis), np.flip(out, axis)
        return [(np.add.accumulate, (x, axis, None, out))]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return self(g, axis=params["axis"], reverse=not params["reverse"])


class ArgSort(Primitive):
    """The places of the entries in ascending order, equal ones as they stand; no derivative.

    One of the few operations that allocate when a program runs: numpy cannot sort into memory.
    """

    analytic = False

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape, np.dtype(np.intp)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(_argsort, (arrays[0], params["axis"], out))]


def _argsort(x: Array, axis: int, out: Array) -> None:
    out[...] = x.argsort(axis, kind="stable")


class TakeAlong(Linear):
    """Entries along an axis, chosen for every row by itself."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[1].shape, inputs[0].dtype

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, indices = arrays
        places, calls = _places(indices, params["axis"], x.shape[params["axis"]])
        return [*calls, (np.take, (x.reshape(-1), places.reshape(out.shape), None, out, "wrap"))]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        x, indices = inputs
        return _put_along(g, indices, axis=params["axis"], size=x.shape[params["axis"]])

    def accepts(self, layout: Strided) -> bool:
        return layout.is_contiguous


class PutAlong(Linear):
    """Entries added into zeros at places along an axis; the transpose of :class:`TakeAlong`."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x, axis = inputs[0], params["axis"]
        return (*x.shape[:axis], params["size"], *x.shape[axis + 1 :]), x.dtype

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, indices = arrays
        places, calls = _places(indices, params["axis"], params["size"])
        add = (out.reshape(-1), places.reshape(-1), x.reshape(-1))
        return [*calls, (out.fill, (0,)), (np.add.at, add)]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return _take_along(g, inputs[1], axis=params["axis"])

    def accepts(self, layout: Strided) -> bool:
        return layout.is_contiguous


def _places(indices: Array, axis: int, size: int) -> tuple[Array, list[Call]]:
    before, after = size_of(indices.shape[:axis]), size_of(indices.shape[axis + 1 :])
    return flat_places(indices.reshape(before, indices.shape[axis], after), size, before, after)


_cumsum = CumSum("cumsum")
_argsort_op = ArgSort("argsort")
_take_along = TakeAlong("take_along")
_put_along = PutAlong("put_along")


def cumsum(x: Value, axis: int = -1, reverse: bool = False) -> Value:
    """Return for each entry the sum of those up to it along an axis; from it on if ``reverse``."""
    x = as_value(x)
    return _cumsum(x, axis=normalize_axes("cumsum", axis, x.ndim)[0], reverse=bool(reverse))


def argsort(x: Value, axis: int = -1) -> Value:
    """Return the places that sort an axis in ascending order, equal entries as they stand."""
    x = as_value(x)
    return _argsort_op(x, axis=normalize_axes("argsort", axis, x.ndim)[0])


def sort(x: Value, axis: int = -1) -> Value:
    """Return the entries in ascending order along an axis; gradients go back where they were."""
    return take_along(x, argsort(x, axis), axis)


def take_along(x: Value, indices: Value, axis: int = -1) -> Value:
    """Return the entries that integers name along an axis, as ``numpy.take_along_axis``.

    Parameters
    ----------
    x
    indices
        Integers; of the shape of ``x`` but for the axis. Those beyond an end go around.
    axis
    """
    x, indices = as_value(x), as_value(indices)
    axis = normalize_axes("take_along", axis, x.ndim)[0]
    rest = indices.shape[:axis] + indices.shape[axis + 1 :]
    if indices.dtype.kind not in "iu" or rest != x.shape[:axis] + x.shape[axis + 1 :]:
        raise ShapeError(
            f"take_along: indices must be integers shaped as {x.shape} beside axis {axis}, "
            f"got {indices.dtype}{list(indices.shape)}{user_line()}"
        )
    return _take_along(x, indices, axis=axis)
