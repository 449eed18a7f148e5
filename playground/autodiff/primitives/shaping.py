"""The same entries in other shapes; all are linear.

These are views: a program spends no time on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.graph import (
    Array,
    Call,
    Node,
    Primitive,
    Value,
    ViewPrimitive,
    as_value,
    node_method,
)
from playground.autodiff.shapes import (
    Shape,
    ShapeError,
    Strided,
    normalize_axes,
    size_of,
    user_line,
)


class Linear(Primitive):
    """An operation that is linear in its first input; its tangent is the operation itself."""

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        """Return the cotangent of the first input: the transposed map applied to ``g``."""
        raise NotImplementedError

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        return self.transposed(g, out, *inputs, **params) if argument == 0 else None

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        return None if tangents[0] is None else self(tangents[0], *inputs[1:], **params)


class LinearView(Linear, ViewPrimitive):
    """A linear operation that only looks at its input's memory in another way."""

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        # Reached only where the memory cannot be looked at that way.
        return [(out.__setitem__, (..., self.evaluate(*arrays, **params)))]


class Reshape(LinearView):
    """The same entries, in C order, in another shape."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return params["shape"], inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return arrays[0].reshape(params["shape"])

    def view(self, layout: Strided, **params: Any) -> Strided | None:
        shape = params["shape"]
        if layout.is_contiguous:
            return Strided.contiguous(shape, layout.offset)
        strides = _reshaped_strides(layout, shape)
        return None if strides is None else Strided(layout.offset, shape, strides)

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return reshape(g, inputs[0].shape)


class Transpose(LinearView):
    """The axes in another order."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x = inputs[0]
        return tuple([x.shape[a] for a in params["axes"]]), x.dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return arrays[0].transpose(params["axes"])

    def view(self, layout: Strided, **params: Any) -> Strided | None:
        axes = params["axes"]
        shape = tuple([layout.shape[a] for a in axes])
        return Strided(layout.offset, shape, tuple([layout.strides[a] for a in axes]))

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return transpose(g, tuple(int(a) for a in np.argsort(params["axes"])))


class BroadcastTo(LinearView):
    """The same entries repeated along new or one-element axes."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return params["shape"], inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.broadcast_to(arrays[0], params["shape"])

    def view(self, layout: Strided, **params: Any) -> Strided | None:
        shape = params["shape"]
        new = len(shape) - len(layout.shape)
        strides = [
            0 if old == 1 != n else stride
            for old, n, stride in zip(layout.shape, shape[new:], layout.strides, strict=True)
        ]
        return Strided(layout.offset, shape, (0,) * new + tuple(strides))

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return unbroadcast(g, inputs[0].shape)


class Flip(LinearView):
    """The entries in reverse order along some axes."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape, inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.flip(arrays[0], params["axes"])

    def view(self, layout: Strided, **params: Any) -> Strided | None:
        if 0 in layout.shape:
            return layout
        offset, strides = layout.offset, list(layout.strides)
        for a in params["axes"]:
            offset += (layout.shape[a] - 1) * strides[a]
            strides[a] = -strides[a]
        return Strided(offset, layout.shape, tuple(strides))

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return self(g, **params)


_reshape = Reshape("reshape")
_transpose = Transpose("transpose")
_broadcast_to = BroadcastTo("broadcast_to")
_flip = Flip("flip")


@node_method
def reshape(x: Value, shape: Any) -> Value:
    """Return the same entries, in C order, in another shape; one size may be -1."""
    x = as_value(x)
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else shape
    new = tuple([int(n) for n in sizes])
    size = size_of(x.shape)
    if -1 in new:
        known = size_of(tuple(n for n in new if n != -1))
        new = tuple((size // known if known else 0) if n == -1 else n for n in new)
    if size_of(new) != size or min(new, default=0) < 0:
        raise ShapeError(f"reshape: {x.shape} does not hold the entries of {shape}{user_line()}")
    return x if new == x.shape else _reshape(x, shape=new)


@node_method
def transpose(x: Value, axes: Sequence[int] | None = None) -> Value:
    """Return the array with its axes permuted (reversed by default)."""
    x = as_value(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(a % x.ndim for a in axes)
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"transpose: {axes} is no order of {x.ndim} axes{user_line()}")
    return x if order == tuple(range(x.ndim)) else _transpose(x, axes=order)


def swap_last(x: Value) -> Value:
    """Return a stack of matrices, each transposed."""
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def flip(x: Value, axis: Any = None) -> Value:
    """Return the entries in reverse order along axes (all by default)."""
    x = as_value(x)
    return _flip(x, axes=normalize_axes("flip", axis, x.ndim))


def broadcast_to(x: Value, shape: Shape) -> Value:
    """Return the entries repeated along new or one-element axes."""
    x = as_value(x)
    shape = tuple(shape)
    if x.shape == shape:
        return x
    trailing = shape[len(shape) - x.ndim :]
    fits = x.ndim <= len(shape) and all(
        old in (1, n) for old, n in zip(x.shape, trailing, strict=True)
    )
    if not fits:
        raise ShapeError(f"broadcast_to: {x.shape} does not broadcast to {shape}{user_line()}")
    return _broadcast_to(x, shape=shape)


def unbroadcast(g: Value | None, shape: Shape) -> Value | None:
    """Return ``g`` summed over the axes along which ``shape`` was broadcast to its shape."""
    if g is None or g.shape == shape:
        return g
    new = g.ndim - len(shape)
    axes = [*range(new), *(new + a for a, n in enumerate(shape) if n == 1 != g.shape[new + a])]
    return reshape(g.sum(tuple(axes)), shape)


def zeros_like(x: Value) -> Value:
    """Return zeros of the shape and dtype of ``x``."""
    return broadcast_to(np.zeros((), x.dtype), x.shape)


def _reshaped_strides(layout: Strided, shape: Shape) -> tuple[int, ...] | None:
    """Return strides that show a strided array in another shape, or None where none do.

    As numpy's ``_attempt_nocopy_reshape``: axes are matched in groups of equal size, and a group
    must be evenly spaced.
    """
    old = [(n, s) for n, s in zip(layout.shape, layout.strides, strict=True) if n != 1]
    new_strides: list[int] = []
    i = j = 0
    while i < len(old) and j < len(shape):
        first, j_first = i, j
        n_old, n_new = old[i][0], shape[j]
        while n_old != n_new:
            if n_new < n_old:
                j += 1
                n_new *= shape[j]
            else:
                i += 1
                n_old *= old[i][0]
        if any(old[k][1] != old[k + 1][1] * old[k + 1][0] for k in range(first, i)):
            return None
        stride = old[i][1]
        group: list[int] = []
        for n in reversed(shape[j_first : j + 1]):
            group.append(stride)
            stride *= n
        new_strides += reversed(group)
        i, j = i + 1, j + 1
    return (*new_strides, *([1] * (len(shape) - j)))
