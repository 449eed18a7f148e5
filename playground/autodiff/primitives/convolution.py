"""Convolution of images.

Images are (samples, height, width, channels): the channels of a pixel and the pixels of a row lie
side by side, so numpy copies the pixels under a kernel in long runs, and a convolution is a few
products of matrices. Kernels are (height, width, channels in, channels out).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Call, Node, Primitive, Value, as_value
from playground.autodiff.primitives.pooling import Pair, check_window, pair_of, window_view
from playground.autodiff.shapes import Shape, ShapeError, Strided, size_of, user_line


class Convolution(Primitive):
    """One of the three gradients of the trilinear form ⟨image ∗ kernel, output⟩.

    The gradient with respect to the output is the convolution itself, the other two are its
    transposes; so the derivatives of each are the others. Their inputs are two of (image, kernel,
    output) in this order; ``missing`` says which one they compute. All take the same parameters:
    ``stride`` and ``padding``, and the ``size`` of the image and of the ``window``.
    """

    missing: int

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
        return super().evaluate(*[a.astype(dtype, order="C") for a in arrays], **params)

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        known = {self.missing: g, self._given(1 - argument): inputs[1 - argument]}
        role = self._given(argument)
        return _TRANSPOSES[role](*[known[r] for r in range(3) if r != role], **params)

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        (a, b), (da, db) = inputs, tangents
        if da is None:
            return self(a, db, **params)
        first = self(da, b, **params)
        return first if db is None else first + self(a, db, **params)

    def _given(self, argument: int) -> int:
        return argument + (self.missing <= argument)

    def accepts(self, layout: Strided) -> bool:
        return layout.is_contiguous


class Conv2d(Convolution):
    """Every window times the kernel."""

    missing = 2

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        image, kernel = arrays
        copies, padded = _padded(image, params["padding"])
        found = window_view(padded, params["window"], params["stride"])
        return copies + _products(found, kernel, out)


class Conv2dImage(Convolution):
    """The gradient with respect to the image: every output spread over its window.

    Again a convolution: outputs as far apart as the windows were, with zeros between and around
    them, and the kernel turned by 180°.
    """

    missing = 0

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        kernel, output = arrays
        window, stride = params["window"], params["stride"]
        n, h, w, c = out.shape
        size = n, h + window[0] - 1, w + window[1] - 1, output.shape[3]
        spread = np.zeros(size, out.dtype)
        along = [
            _spread(size[a + 1], output.shape[a + 1], window[a], stride[a], params["padding"][a])
            for a in range(2)
        ]
        places, kept = zip(*along, strict=True)
        turned = np.empty((*window, output.shape[3], c), out.dtype)
        return [
            (spread[:, *places].__setitem__, (..., output[:, *kept])),
            (turned.__setitem__, (..., kernel[::-1, ::-1].swapaxes(2, 3))),
            *_products(window_view(spread, window, (1, 1)), turned, out),
        ]


class Conv2dKernel(Convolution):
    """The gradient with respect to the kernel: every window times its output, added up."""

    missing = 1

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        image, output = arrays
        calls, padded = _padded(image, params["padding"])
        found = window_view(padded, params["window"], params["stride"])
        # Of its own, because a lane gets some of the channels only, which do not lie together.
        total = np.zeros((size_of(out.shape[:3]), out.shape[3]), out.dtype)
        part = np.empty_like(total)
        for i, (piece, patches, rows) in enumerate(_pieces(found, output.shape[3])):
            calls.append((patches.__setitem__, (..., found[piece])))
            factors = rows.T, output[piece].reshape(len(rows), -1)
            calls.append((np.dot, (*factors, part if i else total)))
            if i:
                calls.append((np.add, (total, part, total)))
        return [*calls, (out.__setitem__, (..., total.reshape(out.shape)))]


def _spread(size: int, n: int, window: int, stride: int, padding: int) -> tuple[slice, slice]:
    """Return where outputs stand between zeros along an axis, and which of them."""
    first = window - 1 - padding
    kept = range(max(0, -(first // stride)), n)
    kept = range(kept.start, min(n, (size - 1 - first) // stride + 1))
    start = first + stride * kept.start
    return slice(start, start + stride * len(kept), stride), slice(kept.start, kept.stop)


def _padded(image: Array, padding: Pair) -> tuple[list[Call], Array]:
    """Return the image within zeros, and the calls that copy it there."""
    if not any(padding):
        return [], image
    down, right = padding
    n, h, w, c = image.shape
    padded = np.zeros((n, h + 2 * down, w + 2 * right, c), image.dtype)
    return [(padded[:, down : down + h, right : right + w].__setitem__, (..., image))], padded


def _products(found: Array, kernel: Array, out: Array) -> list[Call]:
    """Return the calls that write every window times the kernel to ``out``."""
    matrix = kernel.reshape(-1, kernel.shape[3])
    calls: list[Call] = []
    for piece, patches, rows in _pieces(found, kernel.shape[3]):
        calls.append((patches.__setitem__, (..., found[piece])))
        calls.append((np.dot, (rows, matrix, out[piece].reshape(len(rows), -1))))
    return calls


def _pieces(found: Array, n_out: int) -> Iterator[tuple[tuple[slice, slice], Array, Array]]:
    """Yield parts of the windows, with memory for copies of them, as they are and as rows.

    A copy of all windows is some times larger than the images. Parts of it stay in the cache and
    make products so small that OpenBLAS does them with its quickest kernel on one thread; two
    threads would spend more on moving the copies from one core to the other.
    """
    n, n_rows, n_columns, *window = found.shape
    patch = size_of(tuple(window))
    work = n_columns * patch * n_out
    if not work or not n:
        return
    rows_at_once = min(max(_SMALL_PRODUCT // work, 1), n_rows)
    at_once = max(_SMALL_PRODUCT // (work * n_rows), 1)
    scratch = np.empty((min(at_once, n) * rows_at_once * n_columns, patch), found.dtype)
    for i in range(0, n, at_once):
        for j in range(0, n_rows, rows_at_once):
            piece = slice(i, min(i + at_once, n)), slice(j, min(j + rows_at_once, n_rows))
            shape = found[piece].shape
            rows = scratch[: size_of(shape[:3])]
            yield piece, rows.reshape(shape), rows


_SMALL_PRODUCT = 10**6


def _output_size(size: Pair, window: Pair, stride: Pair, padding: Pair) -> Pair:
    rows, columns = (
        (n + 2 * p - k) // s + 1 for n, k, s, p in zip(size, window, stride, padding, strict=True)
    )
    return rows, columns


_conv2d = Conv2d("conv2d")
_conv2d_image = Conv2dImage("conv2d_image")
_conv2d_kernel = Conv2dKernel("conv2d_kernel")
_TRANSPOSES = (_conv2d_image, _conv2d_kernel, _conv2d)


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
    if images.ndim != 4 or kernel.ndim != 4 or not 0 < images.shape[3] == kernel.shape[2]:
        raise ShapeError(
            f"conv2d: images {images.shape} and kernel {kernel.shape} must be (n, h, w, channels) "
            f"and (height, width, channels, channels out){user_line()}"
        )
    size, window = images.shape[1:3], kernel.shape[:2]
    pads = pair_of("conv2d: padding", padding, 0)
    padded = (size[0] + 2 * pads[0], size[1] + 2 * pads[1])
    check_window("conv2d", window, padded)
    steps = pair_of("conv2d: stride", stride, 1)
    return _conv2d(images, kernel, size=size, window=window, stride=steps, padding=pads)
