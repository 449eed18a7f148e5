"""Convolution and pooling of images.

Images are (samples, height, width, channels): the channels of a pixel and the pixels of a row lie
side by side, so numpy copies the pixels under a kernel in long runs, and a convolution is one
large product of matrices. Kernels are (height, width, channels in, channels out).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Call, Node, Primitive, Value, as_value
from playground.autodiff.primitives.indexing import pad
from playground.autodiff.primitives.linalg import matmul
from playground.autodiff.primitives.reductions import mean, sum
from playground.autodiff.primitives.selection import masked
from playground.autodiff.primitives.shaping import (
    Linear,
    LinearView,
    flip,
    reshape,
    swap_last,
    transpose,
)
from playground.autodiff.shapes import Shape, ShapeError, Strided, user_line

Pair = tuple[int, int]


class Windows(LinearView):
    """Every window of images: (n, h, w, c) to (n, rows, columns, *window, c), without a copy."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        layout = self.view(Strided.contiguous(inputs[0].shape), **params)
        return layout.shape, inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        (height, width), (down, right) = params["window"], params["stride"]
        slid = np.lib.stride_tricks.sliding_window_view(arrays[0], (height, width), (1, 2))
        return slid[:, ::down, ::right].transpose(0, 1, 2, 4, 5, 3)

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
        n, _, _, _, _, c = inputs[0].shape
        return (n, *params["size"], c), inputs[0].dtype

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x = arrays[0]
        (down, right), (rows, columns) = params["stride"], x.shape[1:3]
        calls: list[Call] = [(out.fill, (0,))]
        for i, j in np.ndindex(x.shape[3:5]):
            target = out[:, i : i + down * rows : down, j : j + right * columns : right]
            calls.append((np.add, (target, x[:, :, :, i, j], target)))
        return calls

    def transposed(self, g: Value, out: Node, *inputs: Node, **params: Any) -> Value:
        return _windows(g, window=inputs[0].shape[3:5], stride=params["stride"])


class Convolution(Primitive):
    """One of the three gradients of the trilinear form ⟨image ∗ kernel, output⟩.

    The gradient with respect to the output is the convolution itself, the other two are its
    transposes; the derivatives of each are the others. Their inputs are two of (image, kernel,
    output) in this order, ``missing`` says which one they compute, and all take the same
    parameters: ``stride`` and ``padding``, and the ``size`` of the image and of the ``window``.
    """

    def __init__(self, name: str, missing: int, formula: Callable[..., Value]) -> None:
        super().__init__(name)
        self.missing = missing
        self.given = [role for role in range(3) if role != missing]
        self.formula = formula

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return promote(self.name, operands, floating=True)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        first, second = (x.shape for x in inputs)
        shapes = (
            (second[0], *params["size"], first[2]),
            (*params["window"], first[3], second[3]),
            (first[0], *_output_size(**params), second[3]),
        )
        return shapes[self.missing], inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        dtype = np.result_type(*arrays)  # a complex and a real one, for complex steps
        return np.ascontiguousarray(self.formula(*[a.astype(dtype) for a in arrays], **params))

    def expand(self, *inputs: Value, **params: Any) -> Value:
        return self.formula(*inputs, **params)

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        known = {self.missing: g, self.given[1 - argument]: inputs[1 - argument]}
        operation = _TRANSPOSES[self.given[argument]]
        return operation(*[known[role] for role in operation.given], **params)

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        a, b = inputs
        da, db = tangents
        if da is None:
            return self(a, db, **params)
        first = self(da, b, **params)
        return first if db is None else first + self(a, db, **params)


def _patches(images: Value, padding: Pair, window: Pair, stride: Pair) -> Value:
    """Return one row per window: what the kernel meets there (called im2col elsewhere)."""
    down, right = padding
    padded = pad(images, (0, down, right, 0), (0, down, right, 0)) if any(padding) else images
    found = _windows(padded, window=window, stride=stride)
    n, rows, columns, height, width, c = found.shape
    return reshape(found, (n * rows * columns, height * width * c))


def _convolved(image: Value, kernel: Value, **params: Any) -> Value:
    rows = _patches(image, params["padding"], params["window"], params["stride"])
    flat = matmul(rows, reshape(kernel, (rows.shape[1], kernel.shape[3])))
    return reshape(flat, (image.shape[0], *_output_size(**params), kernel.shape[3]))


def _kernel_gradient(image: Value, output: Value, **params: Any) -> Value:
    rows = _patches(image, params["padding"], params["window"], params["stride"])
    flat = matmul(rows.T, reshape(output, (rows.shape[0], output.shape[3])))
    return reshape(flat, (*params["window"], image.shape[3], output.shape[3]))


def _image_gradient(kernel: Value, output: Value, **params: Any) -> Value:
    (height, width), (down, right) = params["window"], params["padding"]
    if params["stride"] == (1, 1) and down < height and right < width:
        # Again a convolution, with the kernel turned by 180°.
        rest = (height - 1 - down, width - 1 - right)
        turned = swap_last(flip(kernel, (0, 1)))
        inverse = {**params, "padding": rest, "size": output.shape[1:3]}
        return _convolved(output, turned, **inverse)
    n, rows, columns, c = output.shape
    taps = swap_last(reshape(kernel, (height * width, *kernel.shape[2:])))
    shares = matmul(reshape(output, (1, n * rows * columns, c)), taps)
    shares = reshape(shares, (height, width, n, rows, columns, kernel.shape[2]))
    shares = transpose(shares, (2, 3, 4, 0, 1, 5))
    h, w = params["size"]
    padded = (h + 2 * down, w + 2 * right)
    summed = _overlap_add(shares, size=padded, stride=params["stride"])
    return _cropped(summed, down, right, h, w)


def _cropped(images: Value, top: int, left: int, h: int, w: int) -> Value:
    return images[:, top : top + h, left : left + w]


def _output_size(size: Pair, window: Pair, stride: Pair, padding: Pair) -> Pair:
    rows, columns = (
        (n + 2 * p - k) // s + 1 for n, k, s, p in zip(size, window, stride, padding, strict=True)
    )
    return rows, columns


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
_conv2d = Convolution("conv2d", 2, _convolved)
_conv2d_image = Convolution("conv2d_image", 0, _image_gradient)
_conv2d_kernel = Convolution("conv2d_kernel", 1, _kernel_gradient)
_TRANSPOSES = (_conv2d_image, _conv2d_kernel, _conv2d)
_first_max = FirstMax("first_max")
_is_first = IsFirst("is_first")


def conv2d(images: Value, kernel: Value, stride: int | Pair = 1, padding: int | Pair = 0) -> Value:
    """Return the cross-correlation of images with a kernel, which networks call convolution.

    Parameters
    ----------
    images
        Of shape (n, h, w, channels).
    kernel
        Of shape (height, width, channels, channels out).
    stride
        Pixels from one window to the next; one number, or one down and one to the right.
    padding
        Rows of zeros above and below, and columns left and right.

    Returns
    -------
    Array of shape (n, (h + 2 padding - height) // stride + 1, likewise for w, channels out).
    """
    images, kernel = as_value(images), as_value(kernel)
    if images.ndim != 4 or kernel.ndim != 4 or images.shape[3] != kernel.shape[2]:
        raise ShapeError(
            f"conv2d: images {images.shape} and kernel {kernel.shape} must be (n, h, w, channels) "
            f"and (height, width, channels, channels out){user_line()}"
        )
    size, window = images.shape[1:3], kernel.shape[:2]
    pads = _pair("conv2d: padding", padding, 0)
    padded = (size[0] + 2 * pads[0], size[1] + 2 * pads[1])
    _check_window("conv2d", window, padded)
    steps = _pair("conv2d: stride", stride, 1)
    return _conv2d(images, kernel, size=size, window=window, stride=steps, padding=pads)


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
    size = _pair("window", window, 1)
    steps = size if stride is None else _pair("stride", stride, 1)
    _check_window("pooling", size, images.shape[1:3])
    return _windows(images, window=size, stride=steps)


def _pair(what: str, value: int | Pair, least: int) -> Pair:
    pair = (value, value) if isinstance(value, (int, np.integer)) else tuple(value)
    if len(pair) != 2 or min(pair) < least:
        raise ShapeError(
            f"{what} must be one or two numbers from {least}, got {value}{user_line()}"
        )
    return int(pair[0]), int(pair[1])


def _check_window(name: str, window: Pair, size: Pair) -> None:
    if window[0] > size[0] or window[1] > size[1] or not min(window):
        raise ShapeError(f"{name}: a window of {window} does not fit into {size}{user_line()}")
