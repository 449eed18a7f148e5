"""Parts of arrays and arrays from parts; all are linear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.graph import (
    FUNCTIONS,
    PRIMITIVES,
    Array,
    Call,
    Node,
    Primitive,
    Value,
    as_value,
    node_method,
)
from playground.autodiff.primitives.shaping import Linear, LinearView, reshape, zeros_like
from playground.autodiff.shapes import (
    Shape,
    ShapeError,
    Strided,
    normalize_axes,
    size_of,
    user_line,
)


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

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, indices = arrays
        axis, size = params["axis"], params["size"]
        before, after = size_of(out.shape[:axis]), size_of(out.shape[axis + 1 :])
        places, calls = flat_places(indices.reshape(1, -1, 1), size, before, after)
        # numpy adds single numbers at places five times faster than rows.
        add = (out.reshape(-1), places.reshape(-1), x.reshape(-1))
        return [*calls, (out.fill, (0,)), (np.add.at, add)]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return _take(g, inputs[1], axis=params["axis"])

    def accepts(self, layout: Strided) -> bool:
        return layout.is_contiguous


def flat_places(indices: Array, size: int, before: int, after: int) -> tuple[Array, list[Call]]:
    """Return memory for places in a flat array, and the calls that compute them.

    ``indices``, which broadcast to (before, n, after), count along the middle axis of an array of
    shape (before, size, after); those beyond an end go around.
    """
    corners = size * after * np.arange(before)[:, None, None] + np.arange(after)
    scaled = np.empty(indices.shape, np.intp)
    places = np.empty((before, indices.shape[1], after), np.intp)
    return places, [
        (np.remainder, (indices, size, scaled)),
        (np.multiply, (scaled, after, scaled)),
        (np.add, (scaled, corners, places)),
    ]


_slice = Slice("slice")
_pad = Pad("pad")
_concatenate = Concatenate("concatenate")
_take = Take("take")
_put_add = PutAdd("put_add")


def concatenate(arrays: Sequence[Value], axis: int = 0) -> Value:
    """Return arrays joined along an axis that they have."""
    values = [as_value(x) for x in arrays]
    return _concatenate(*values, axis=normalize_axes("concatenate", axis, values[0].ndim)[0])


def pad(x: Value, before: Sequence[int], after: Sequence[int]) -> Value:
    """Return the array with zeros ``before`` and ``after`` along each axis."""
    if not any(before) and not any(after):
        return x
    return _pad(x, before=tuple(before), after=tuple(after))


def stack(parts: Sequence[Value], axis: int = 0) -> Value:
    """Return arrays of one shape side by side along a new axis."""
    parts = [as_value(part) for part in parts]
    if not parts:
        raise ShapeError(f"stack: nothing to stack{user_line()}")
    (axis,) = normalize_axes("stack", axis, parts[0].ndim + 1)
    shape = parts[0].shape
    if any(part.shape != shape for part in parts):
        raise ShapeError(f"stack: shapes {[part.shape for part in parts]} differ{user_line()}")
    return concatenate([reshape(p, (*shape[:axis], 1, *shape[axis:])) for p in parts], axis)


def one_hot(indices: Value, n: int, dtype: Any = "float64") -> Value:
    """Return 1 at the place that each integer names along a new last axis of n, 0 elsewhere."""
    indices = as_value(indices)
    if indices.dtype.kind not in "iu":
        raise ShapeError(f"one_hot: indices must be integers, got {indices.dtype}{user_line()}")
    column = reshape(indices, (*indices.shape, 1))
    return FUNCTIONS["cast"](PRIMITIVES["equal"](column, np.arange(n)), dtype)


def take(x: Value, indices: Value, axis: int = 0) -> Value:
    """Return the entries along an axis that an integer array names, as ``numpy.take``.

    A program counts indices beyond the end from the start again; computed at once they raise.
    """
    x, indices = as_value(x), as_value(indices)
    if indices.dtype.kind not in "iu":
        raise ShapeError(f"take: indices must be integers, got {indices.dtype}{user_line()}")
    return _take(x, indices, axis=normalize_axes("take", axis, x.ndim)[0])


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
