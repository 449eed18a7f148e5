"""Sums and extrema over axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.graph import (
    PRIMITIVES,
    Array,
    Call,
    Node,
    Primitive,
    Value,
    as_value,
    node_method,
)
from playground.autodiff.primitives.elementwise import cast, reciprocal, square
from playground.autodiff.primitives.shaping import Linear, broadcast_to, reshape, transpose
from playground.autodiff.shapes import Shape, ShapeError, normalize_axes, size_of, user_line


class Reduction(Primitive):
    """Something over axes, which are dropped; the functions below keep them by a reshape."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x, axes = inputs[0], params["axes"]
        return tuple([n for a, n in enumerate(x.shape) if a not in axes]), x.dtype


class Sum(Reduction, Linear):
    """The sum over axes."""

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.add.reduce(arrays[0], params["axes"], dtype=arrays[0].dtype)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, axes = arrays[0], params["axes"]
        split = _outer_axes(x, axes)
        if split is None and 1 < size_of(tuple(x.shape[a] for a in axes)) <= _FEW < out.size:
            # One pass an entry instead of one short inner loop an output.
            first, second, *rest = _along(x, axes)
            pairs = [(first, second), *((out, entry) for entry in rest)]
            return [(np.add, (*pair, out)) for pair in pairs]
        if split is None or x.dtype.kind != "f":
            return [(np.add.reduce, (x, axes, None, out))]
        # BLAS sums a third of the time that numpy's reduction takes to start.
        leading, trailing = split
        if not axes or (leading and trailing):
            return [(np.add.reduce, (x, axes, None, out))]
        if len(axes) == x.ndim:
            if x.size > _PAIRWISE_SIZE:
                return [(np.add.reduce, (x.reshape(-1), 0, None, out))]
            return [(np.dot, (np.ones(x.size, x.dtype), x.reshape(-1), out.reshape(())))]
        n = size_of(tuple(x.shape[a] for a in axes))
        ones, flat = np.ones(n, x.dtype), out.reshape(-1)
        if leading:
            return [(np.dot, (ones, x.reshape(n, -1), flat))]
        return [(np.dot, (x.reshape(-1, n), ones, flat))]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        x = inputs[0]
        return broadcast_to(reshape(g, kept_shape(x.shape, params["axes"])), x.shape)


class Extreme(Reduction):
    """The largest or smallest entry; entries that share it share its derivative evenly."""

    analytic = False

    def __init__(self, name: str, ufunc: np.ufunc) -> None:
        super().__init__(name)
        self.ufunc = ufunc

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return self.ufunc.reduce(arrays[0], params["axes"])

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, axes = arrays[0], params["axes"]
        if axes != (x.ndim - 1,) or x.shape[-1] > _SHORT_ROW or x.size > _PAIRWISE_SIZE:
            return [(self.ufunc.reduce, (x, axes, None, out))]
        # One short inner loop a row costs more than turning the rows into columns.
        columns = np.empty((x.shape[-1], *x.shape[:-1]), x.dtype)
        turned = np.moveaxis(x, -1, 0)
        return [(columns.__setitem__, (..., turned)), (self.ufunc.reduce, (columns, 0, None, out))]

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        x, axes = inputs[0], params["axes"]
        mask = self._mask(out, x, axes)
        share = g * reciprocal(mask.sum(axes))
        return mask * reshape(share, kept_shape(x.shape, axes))

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        mask = self._mask(out, inputs[0], params["axes"])
        return (mask * tangents[0]).sum(params["axes"]) / mask.sum(params["axes"])

    @staticmethod
    def _mask(out: Node, x: Node, axes: tuple[int, ...]) -> Value:
        return cast(PRIMITIVES["equal"](x, reshape(out, kept_shape(x.shape, axes))), x.dtype)


class ArgMax(Primitive):
    """The place of the largest entry along an axis, the first of equals; no derivative."""

    analytic = False

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x, axis = inputs[0], params["axis"]
        return x.shape[:axis] + x.shape[axis + 1 :], np.dtype(np.intp)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(arrays[0].argmax, (params["axis"], out))]


# Beyond this numpy's pairwise summation is worth its start: it loses fewer float32 digits.
_PAIRWISE_SIZE = 1 << 17

_SHORT_ROW = 64

_FEW = 16

_sum = Sum("sum")
_max = Extreme("max", np.maximum)
_min = Extreme("min", np.minimum)
_argmax = ArgMax("argmax")


def kept_shape(shape: Shape, axes: tuple[int, ...]) -> Shape:
    """Return the shape with one entry along the reduced axes."""
    return tuple([1 if a in axes else n for a, n in enumerate(shape)])


def _outer_axes(x: Array, axes: tuple[int, ...]) -> tuple[bool, bool] | None:
    """Return whether the axes are the first and the last ones of a contiguous array."""
    if not x.flags.c_contiguous or not x.size:
        return None
    k = len(axes)
    if k == x.ndim:
        return True, False
    leading = axes == tuple(range(k))
    trailing = axes == tuple(range(x.ndim - k, x.ndim))
    return (leading, trailing) if leading or trailing else None


def _along(x: Array, axes: tuple[int, ...]) -> list[Array]:
    """Return the arrays along some axes."""
    turned = np.moveaxis(x, axes, tuple(range(len(axes))))
    return [turned[index] for index in np.ndindex(turned.shape[: len(axes)])]


def _reduce(op: Primitive, x: Value, axis: Any, keepdims: bool) -> Value:
    x = as_value(x)
    axes = normalize_axes(op.name, axis, x.ndim)
    out = op(x, axes=axes) if axes else x
    return reshape(out, kept_shape(x.shape, axes)) if keepdims else out


@node_method
def sum(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """Return the sum over axes (all by default); booleans are counted."""
    x = as_value(x)
    if x.dtype.kind == "b":
        x = cast(x, np.int64)
    return _reduce(_sum, x, axis, keepdims)


@node_method
def mean(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """Return the mean over axes (all by default)."""
    x = as_value(x)
    n = size_of(tuple(x.shape[a] for a in normalize_axes("mean", axis, x.ndim)))
    total = sum(x, axis, keepdims)
    return PRIMITIVES["div"](total, float(n))


def variance(x: Value, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Value:
    """Return the mean squared distance from the mean over axes (all by default).

    The sum of squares is divided by n - ddof: 0 for the variance itself, 1 for the unbiased
    estimate from a sample.
    """
    x = as_value(x)
    n = size_of(tuple(x.shape[a] for a in normalize_axes("variance", axis, x.ndim)))
    total = sum(square(x - mean(x, axis, keepdims=True)), axis, keepdims)
    return PRIMITIVES["div"](total, float(n - ddof))


def prod(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """Return the product over axes (all by default), halves times halves.

    No division occurs, so the gradient is right where entries are 0.
    """
    x = as_value(x)
    axes = normalize_axes("prod", axis, x.ndim)
    kept = [a for a in range(x.ndim) if a not in axes]
    shape = kept_shape(x.shape, axes) if keepdims else tuple(x.shape[a] for a in kept)
    rows = reshape(transpose(x, (*axes, *kept)), (-1, *(x.shape[a] for a in kept)))
    if not rows.shape[0]:
        return broadcast_to(np.ones((), x.dtype), shape)
    while rows.shape[0] > 1:
        half = rows.shape[0] // 2
        odd = rows[2 * half :]
        rows = rows[:half] * rows[half : 2 * half]
        if odd.shape[0]:
            rows = PRIMITIVES["concatenate"](rows[:-1], rows[-1:] * odd, axis=0)
    return reshape(rows, shape)


@node_method
def max(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """Return the largest entry over axes; equal ones share the gradient evenly."""
    return _extreme(_max, x, axis, keepdims)


@node_method
def min(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """Return the smallest entry over axes; equal ones share the gradient evenly."""
    return _extreme(_min, x, axis, keepdims)


def _extreme(op: Primitive, x: Value, axis: Any, keepdims: bool) -> Value:
    x = as_value(x)
    axes = normalize_axes(op.name, axis, x.ndim)
    if not size_of(tuple(x.shape[a] for a in axes)):
        raise ShapeError(f"{op.name}: {x.shape} has no entries along {axes}{user_line()}")
    return _reduce(op, x, axes, keepdims)


def argmax(x: Value, axis: int = -1) -> Value:
    """Return the place of the largest entry along an axis, the first of equals."""
    x = as_value(x)
    return _argmax(x, axis=normalize_axes("argmax", axis, x.ndim)[0])
