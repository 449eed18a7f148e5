"""Windows of images, and pooling: one number of each window.

Images are (samples, height, width, channels) throughout the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from playground.autodiff.graph import Array, Call, Node, Primitive, Value, as_value
from playground.autodiff.primitives.reductions import mean, sum
from playground.autodiff.primitives.selection import masked
from playground.autodiff.primitives.shaping import Linear, LinearView, transpose
from playground.autodiff.shapes import Shape, ShapeError, Strided, user_line

Pair: TypeAlias = tuple[int, int]


class Windows(LinearView):
    """Every window of images: (n, h, w, c) to (n, rows, columns, *window, c), without a copy."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return self.view(Strided.contiguous(inputs[0].shape), **params).shape, inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return window_view(arrays[0], **params)

    def view(self, layout: Strided, **params: Any) -> Strided:
        (height, width), (down, right) = params["window"], params["stride"]
        n, h, w, c = layout.shape
        each, row, column, channel = layout.strides
        shape = (n, (h - height) // down + 1, (w - width) // right + 1, height, width, c)
        strides = (each, down * row, right * column, row, column, channel)
        return Strided(layout.offset, shape, strides)

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return _overlap_add(g, size=inputs[0].shape[1:3], stride=params["stride"])


class OverlapAdd(Linear):
    """Windows added into images of zeros; the transpose of :class:`Windows`."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        x = inputs[0]
        return (x.shape[0], *params["size"], x.shape[5]), x.dtype

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, stride = arrays[0], params["stride"]
        window = x.shape[3:5]
        places = window_view(out, window, stride)
        clear: list[Call] = [] if places.size == out.size else [(out.fill, (0,))]
        if window[0] <= stride[0] and window[1] <= stride[1]:
            return [*clear, (places.__setitem__, (..., x))]
        adds: list[Call] = []
        for i, j in np.ndindex(window):
            target = places[:, :, :, i, j]
            adds.append((np.add, (target, x[:, :, :, i, j], target)))
        return [(out.fill, (0,)), *adds]

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return _windows(g, window=inputs[0].shape[3:5], stride=params["stride"])


def window_view(images: Array, window: Pair, stride: Pair) -> Array:
    """Return every window of an array in the same memory."""
    layout = _windows.view(Strided(0, images.shape, images.strides), window=window, stride=stride)
    return np.lib.stride_tricks.as_strided(images, layout.shape, layout.strides)


class FirstMax(Primitive):
    """The largest entry over the leading axes; of equal ones the first takes the derivative."""

    analytic = False

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape[params["n_axes"] :], inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.maximum.reduce(arrays[0], tuple(range(params["n_axes"])))

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        first, *rest = _entries(arrays[0], params["n_axes"])
        calls: list[Call] = [(out.__setitem__, (..., first))]
        return calls + [(_maximum, (out, entry, out)) for entry in rest]

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        return masked(_is_first(inputs[0], out, **params), g)

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        chosen = masked(_is_first(inputs[0], out, **params), tangents[0])
        return sum(chosen, tuple(range(params["n_axes"])))


class IsFirst(Primitive):
    """Where along the leading axes a value stands for the first time."""

    analytic = False

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape, np.dtype(bool)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, value = arrays
        found, seen = np.empty(value.shape, bool), np.empty(value.shape, bool)
        calls: list[Call] = [(seen.fill, (False,))]
        for entry, place in zip(
            _entries(x, params["n_axes"]), _entries(out, params["n_axes"]), strict=True
        ):
            calls += [
                (np.equal, (entry, value, found)),
                (np.greater, (found, seen, place)),
                (np.logical_or, (found, seen, seen)),
            ]
        return calls


def _maximum(a: Array, b: Array, out: Array) -> None:
    np.maximum(a, b, out=out)  # numpy deprecates a positional one


def _entries(x: Array, n_axes: int) -> list[Array]:
    """Return the arrays along the leading axes."""
    return [x[index] for index in np.ndindex(x.shape[:n_axes])]


_windows = Windows("windows")
_overlap_add = OverlapAdd("overlap_add")
_first_max = FirstMax("first_max")
_is_first = IsFirst("is_first")


def max_pool(images: Value, window: int | Pair, stride: int | Pair | None = None) -> Value:
    """Return the largest entry of every window of (n, h, w, channels), channel by channel.

    Windows lie side by side unless a stride is given; what is left at the right and bottom is
    ignored. Of equal entries the first, row by row, takes the gradient, as in PyTorch.
    """
    found = windows(images, window, stride)
    return _first_max(transpose(found, (3, 4, 0, 1, 2, 5)), n_axes=2)


def average_pool(images: Value, window: int | Pair, stride: int | Pair | None = None) -> Value:
    """Return the mean of every window of (n, h, w, channels), channel by channel.

    Windows lie side by side unless a stride is given; what is left at the right and bottom is
    ignored.
    """
    return mean(windows(images, window, stride), (3, 4))


def windows(images: Value, window: int | Pair, stride: int | Pair | None = None) -> Value:
    """Return every window of images, as (n, rows, columns, height, width, channels).

    Parameters
    ----------
    images
        Of shape (n, h, w, channels).
    window
        Its height and width, one number for both.
    stride
        Pixels from one to the next, down and to the right; the window's size by default.
    """
    images = as_value(images)
    if images.ndim != 4:
        raise ShapeError(f"images must be (n, h, w, channels), got {images.shape}{user_line()}")
    size = pair_of("window", window, 1)
    steps = size if stride is None else pair_of("stride", stride, 1)
    check_window("pooling", size, images.shape[1:3])
    return _windows(images, window=size, stride=steps)


def pair_of(what: str, value: int | Pair, least: int) -> Pair:
    """Return a setting for down and right, which may be one number for both."""
    pair = (value, value) if isinstance(value, (int, np.integer)) else tuple(value)
    if len(pair) != 2 or min(pair) < least:
        raise ShapeError(
            f"{what} must be one or two numbers from {least}, got {value}{user_line()}"
        )
    return int(pair[0]), int(pair[1])


def check_window(name: str, window: Pair, size: Pair) -> None:
    """Raise where a window is larger than an image."""
    if window[0] > size[0] or window[1] > size[1] or not min(window):
        raise ShapeError(f"{name}: a window of {window} does not fit into {size}{user_line()}")
