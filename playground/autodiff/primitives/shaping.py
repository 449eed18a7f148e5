"""Operations that move entries without changing them; all are linear.

Reshape, transpose, broadcast and slice are views: a program spends no time on them.
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
    Shape,
    ShapeError,
    Strided,
    Value,
    ViewPrimitive,
    as_value,
    node_method,
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


class Slice(LinearView):
    """A box out of an array: ``starts[a]`` to ``stops[a]`` along axis a."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        bounds = zip(params["starts"], params["stops"], strict=True)
        return tuple([stop - start for start, stop in bounds]), inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        box = tuple(
            slice(*bounds) for bounds in zip(params["starts"], params["stops"], strict=True)
        )
        return arrays[0][box]

    def view(self, layout: Strided, **params: Any) -> Strided | None:
        starts, stops = params["starts"], params["stops"]
        offset = layout.offset
        for start, stride in zip(starts, layout.strides, strict=True):
            offset += start * stride
        shape = tuple([stop - start for start, stop in zip(starts, stops, strict=True)])
        return Strided(offset, shape, layout.strides)

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        after = [n - stop for n, stop in zip(inputs[0].shape, params["stops"], strict=True)]
        return pad(g, params["starts"], tuple(after))


class Pad(Linear):
    """An array inside a larger one of zeros; the transpose of a slice."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        sides = zip(params["before"], inputs[0].shape, params["after"], strict=True)
        return tuple([before + n + after for before, n, after in sides]), inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        out = np.zeros(self.infer(*arrays, **params)[0], arrays[0].dtype)
        self._box(out, arrays[0].shape, params["before"])[...] = arrays[0]
        return out

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        box = self._box(out, arrays[0].shape, params["before"])
        return [(out.fill, (0,)), (box.__setitem__, (..., arrays[0]))]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        before = params["before"]
        stops = [b + n for b, n in zip(before, inputs[0].shape, strict=True)]
        return _slice(g, starts=before, stops=tuple(stops))

    @staticmethod
    def _box(out: Array, shape: Shape, before: tuple[int, ...]) -> Array:
        return out[tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))]


class Concatenate(Primitive):
    """Arrays one after the other along an axis."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        axis, first = params["axis"], inputs[0]
        rest = first.shape[:axis] + first.shape[axis + 1 :]
        for x in inputs:
            if x.ndim != first.ndim or x.shape[:axis] + x.shape[axis + 1 :] != rest:
                shapes = ", ".join(str(x.shape) for x in inputs)
                raise ShapeError(f"concatenate: {shapes} differ beside axis {axis}{user_line()}")
            if x.dtype != first.dtype:
                dtypes = ", ".join(str(x.dtype) for x in inputs)
                raise ShapeError(f"concatenate: dtypes {dtypes} differ{user_line()}")
        total = sum(x.shape[axis] for x in inputs)
        return (*first.shape[:axis], total, *first.shape[axis + 1 :]), first.dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.concatenate(arrays, params["axis"])

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        axis = params["axis"]
        start = sum(x.shape[axis] for x in inputs[:argument])
        starts, stops = [0] * g.ndim, list(g.shape)
        starts[axis], stops[axis] = start, start + inputs[argument].shape[axis]
        return _slice(g, starts=tuple(starts), stops=tuple(stops))

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        parts = [zeros_like(x) if t is None else t for t, x in zip(tangents, inputs, strict=True)]
        return self(*parts, **params)


class Take(Linear):
    """Rows (entries along an axis) chosen by an integer array; also linear in the rows."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x, indices = inputs
        axis = params["axis"]
        return x.shape[:axis] + indices.shape + x.shape[axis + 1 :], x.dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return arrays[0].take(arrays[1], params["axis"])

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        # Mode "raise" would allocate a buffer at every call.
        return [(arrays[0].take, (arrays[1], params["axis"], out, "wrap"))]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        x, indices = inputs
        axis = params["axis"]
        return _put_add(g, indices, axis=axis, size=x.shape[axis])


class PutAdd(Linear):
    """Rows added into zeros at integer places; the transpose of :class:`Take`."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x, indices = inputs
        axis, size = params["axis"], params["size"]
        return (*x.shape[:axis], size, *x.shape[axis + indices.ndim :]), x.dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        out = np.zeros(self.infer(*arrays, **params)[0], arrays[0].dtype)
        np.add.at(out, (slice(None),) * params["axis"] + (arrays[1],), arrays[0])
        return out

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, indices = arrays
        place = (slice(None),) * params["axis"] + (indices,)
        return [(out.fill, (0,)), (np.add.at, (out, place, x))]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return _take(g, inputs[1], axis=params["axis"])


_reshape = Reshape("reshape")
_transpose = Transpose("transpose")
_broadcast_to = BroadcastTo("broadcast_to")
_slice = Slice("slice")
_pad = Pad("pad")
_concatenate = Concatenate("concatenate")
_take = Take("take")
_put_add = PutAdd("put_add")


@node_method
def reshape(x: Value, shape: Any) -> Value:
    """Return the same entries, in C order, in another shape; one size may be -1."""
    x = as_value(x)
    new = (shape,) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
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


def concatenate(arrays: Sequence[Value], axis: int = 0) -> Value:
    """Return arrays joined along an axis that they have."""
    values = [as_value(x) for x in arrays]
    return _concatenate(*values, axis=normalize_axes("concatenate", axis, values[0].ndim)[0])


def pad(x: Value, before: Sequence[int], after: Sequence[int]) -> Value:
    """Return the array with zeros ``before`` and ``after`` along each axis."""
    if not any(before) and not any(after):
        return x
    return _pad(x, before=tuple(before), after=tuple(after))


def take(x: Value, indices: Value, axis: int = 0) -> Value:
    """Return the entries along an axis that an integer array names, as ``numpy.take``.

    A program counts indices beyond the end from the start again; computed at once they raise.
    """
    x, indices = as_value(x), as_value(indices)
    if indices.dtype.kind not in "iu":
        raise ShapeError(f"take: indices must be integers, got {indices.dtype}{user_line()}")
    return _take(x, indices, axis=normalize_axes("take", axis, x.ndim)[0])


def zeros_like(x: Value) -> Value:
    """Return zeros of the shape and dtype of ``x``."""
    return broadcast_to(np.zeros((), x.dtype), x.shape)


@node_method
def getitem(x: Value, key: Any) -> Value:
    """Return ``x[key]`` for integers, slices of step 1, ``...``, None and one integer array."""
    keys = _without_ellipsis(x, key if isinstance(key, tuple) else (key,))
    starts, stops, shape = [], [], []
    chosen: tuple[int, Value] | None = None
    axis = 0
    for k in keys:
        if k is None:
            shape.append(1)
            continue
        n = x.shape[axis]
        if isinstance(k, slice):
            start, stop = _bounds(k, n)
            shape.append(stop - start)
        elif isinstance(k, (int, np.integer)):
            start = int(k) + n if k < 0 else int(k)
            stop = start + 1
            if not 0 <= start < n:
                raise IndexError(f"index {k} is out of range for {n} entries{user_line()}")
        elif chosen is None:
            start, stop, chosen = 0, n, (len(shape), as_value(k))
            shape.append(n)
        else:
            raise ShapeError(f"only one axis can be indexed by an array{user_line()}")
        starts.append(start)
        stops.append(stop)
        axis += 1
    if any(starts) or tuple(stops) != x.shape:
        x = _slice(x, starts=tuple(starts), stops=tuple(stops))
    x = reshape(x, tuple(shape))
    return x if chosen is None else take(x, chosen[1], chosen[0])


def _without_ellipsis(x: Value, keys: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return one key per axis (and None for new ones)."""
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > x.ndim:
        raise IndexError(f"{used} indices for {x.ndim} axes{user_line()}")
    full = (slice(None),) * (x.ndim - used)
    for i, k in enumerate(keys):
        if k is Ellipsis:
            return keys[:i] + full + keys[i + 1 :]
    return keys + full


def _bounds(key: slice, n: int) -> tuple[int, int]:
    start, stop, step = key.indices(n)
    if step != 1:
        raise ShapeError(f"slices must have step 1, got {step}{user_line()}")
    return start, max(start, stop)


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
