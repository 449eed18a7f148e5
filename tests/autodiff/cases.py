"""A case for every primitive: a function of this package, the same in numpy, shapes to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from playground import autodiff as ad
from playground.autodiff.graph import PRIMITIVES
from playground.autodiff.primitives.elementwise import Elementwise
from playground.autodiff.primitives.selection import masked


class Case(NamedTuple):
    """A function of this package, the same in numpy, and shapes of arguments to try."""

    name: str
    function: Callable[..., Any]
    reference: Callable[..., Any]
    shapes: list[tuple[tuple[int, ...], ...]]
    low: float = -2.0
    high: float = 2.0


UNARY = [((),), ((1,),), ((0, 3),), ((3, 4),), ((2, 1, 3),)]
BINARY = [
    ((), ()),
    ((4,), ()),
    ((), (4,)),
    ((3, 4), (4,)),
    ((3, 1), (3, 4)),
    ((3, 1), (1, 4)),
    ((2, 3, 1), (3, 4)),
    ((1,), (0,)),
]
MASK = np.array([[True, False, True, True], [False, False, True, False], [True] * 4])
INDICES = np.array([[2, 0], [1, 2]])


def unary(name: str, reference: Callable[..., Any], low: float = -2.0, high: float = 2.0) -> Case:
    return Case(name, PRIMITIVES[name], reference, UNARY, low, high)


def binary(name: str, reference: Callable[..., Any], low: float = -2.0, high: float = 2.0) -> Case:
    return Case(name, PRIMITIVES[name], reference, BINARY, low, high)


CONVOLUTION = {"size": (3, 4), "window": (2, 2), "stride": (2, 2), "padding": (1, 0)}


def window_list(x: Any, height: int, width: int, down: int, right: int) -> Any:
    """Every window, cut out one by one."""
    rows = range(0, x.shape[1] - height + 1, down)
    columns = range(0, x.shape[2] - width + 1, right)
    cut = [[x[:, i : i + height, j : j + width] for j in columns] for i in rows]
    return np.moveaxis(np.array(cut), 2, 0)


def overlapped(x: Any, h: int, w: int, down: int, right: int) -> Any:
    """Windows added up pixel by pixel."""
    out = np.zeros((len(x), h, w, x.shape[5]), x.dtype)
    for r, s, i, j in np.ndindex(x.shape[1:5]):
        out[:, r * down + i, s * right + j] += x[:, r, s, i, j]
    return out


def pooled(over: Callable[..., Any], size: int, stride: int) -> Callable[[Any], Any]:
    return lambda x: over(window_list(x, size, size, stride, stride), (3, 4))


def correlated(x: Any, kernel: Any, stride: Any, padding: Any) -> Any:
    """A convolution window by window."""
    (down, right), (top, left) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded = np.pad(x, ((0, 0), (top, top), (left, left), (0, 0)))
    found = window_list(padded, *kernel.shape[:2], down, right)
    return np.einsum("nrsijc,ijcd->nrsd", found, kernel)


def transposed_convolution(a: Any, y: Any, which: int) -> Any:
    """The gradient of ⟨image ∗ kernel, y⟩ entry by entry: the form is linear in each."""
    shape = (len(y), 3, 4, a.shape[2]) if which == 0 else (2, 2, a.shape[3], y.shape[3])
    out = np.zeros(shape, a.dtype)
    for index in np.ndindex(shape):
        unit = np.zeros(shape, a.dtype)
        unit[index] = 1
        pair = (unit, a) if which == 0 else (a, unit)
        out[index] = np.sum(correlated(*pair, (2, 2), (1, 0)) * y)
    return out


def is_plain(name: str) -> bool:
    """Whether a primitive is elementwise and has a derivative: such a one needs no case here."""
    op = PRIMITIVES[name]
    return isinstance(op, Elementwise) and bool(op.rules)


def automatic(name: str) -> Case:
    """A case for an elementwise primitive, on the first range where its values are finite."""
    op = PRIMITIVES[name]
    assert isinstance(op, Elementwise)
    for low, high in ((-2.0, 2.0), (0.3, 2.0), (-0.8, 0.8), (1.2, 3.0)):
        grid = np.linspace(low, high, 41)
        with np.errstate(all="ignore"):
            if np.isfinite(op.ufunc(*[grid] * len(op.rules))).all():
                break
    shapes = UNARY if len(op.rules) == 1 else BINARY
    return Case(name, op, getattr(np, name, op.ufunc), shapes, low, high)


CASES = [
    binary("sub", np.subtract),
    binary("mul", np.multiply),
    binary("div", np.divide, 0.5),
    binary("pow", np.power, 0.3),
    binary("maximum", np.maximum),
    binary("minimum", np.minimum),
    unary("neg", np.negative),
    unary("log1p", np.log1p, -0.6),
    unary("tan", np.tan, -1.2, 1.2),
    unary("erf", special.erf),
    unary("sigmoid", special.expit),
    unary("softplus", lambda x: np.logaddexp(x, 0)),
    unary("relu", lambda x: np.maximum(x, 0)),
    unary("abs", np.abs),
    unary("sign", np.sign),
    unary("alias", np.positive),
    unary("copy", np.positive),
    Case(
        "clip",
        ad.clip,
        np.clip,
        [((3, 4), (4,), (3, 1)), ((5,), (), ()), ((), (), ())],
    ),
    Case(
        "where",
        lambda a, b: ad.where(MASK, a, b),
        lambda a, b: np.where(MASK, a, b),
        [((3, 4), (4,)), ((), (3, 1))],
    ),
    Case(
        "masked", lambda a: masked(MASK, a), lambda a: np.where(MASK, a, 0), [((3, 4),), ((3, 1),)]
    ),
    Case("sum", ad.sum, np.sum, UNARY),
    Case("sum", lambda x: ad.sum(x, 0), lambda x: np.sum(x, 0), [((3, 4),), ((2, 3, 2),)]),
    Case("sum", lambda x: ad.sum(x, -1), lambda x: np.sum(x, -1), [((3, 4),), ((2, 3, 2),)]),
    Case(
        "sum",
        lambda x: ad.sum(x, (0, 2), keepdims=True),
        lambda x: np.sum(x, (0, 2), keepdims=True),
        [((2, 3, 4),), ((2, 1, 1),)],
    ),
    Case("sum", lambda x: ad.sum(x, 1), lambda x: np.sum(x, 1), [((2, 3, 4),)]),
    Case("sum", lambda x: ad.mean(x.T, 1), lambda x: np.mean(x.T, 1), [((3, 4),)]),
    Case("max", ad.max, np.max, [((3, 4),), ((1,),)]),
    Case("max", lambda x: ad.max(x, -1, True), lambda x: np.max(x, -1, keepdims=True), [((3, 4),)]),
    Case("max", lambda x: ad.max(x, 0), lambda x: np.max(x, 0), [((3, 4),), ((2, 3, 4),)]),
    Case("min", lambda x: ad.min(x, (0, 1)), lambda x: np.min(x, (0, 1)), [((2, 3, 4),)]),
    Case("logsumexp", ad.logsumexp, special.logsumexp, [((4,),), ((3, 4),)]),
    Case(
        "logsumexp",
        lambda x: ad.logsumexp(x, 1, keepdims=True),
        lambda x: special.logsumexp(x, 1, keepdims=True),
        [((3, 4),)],
    ),
    Case("softmax", ad.softmax, lambda x: special.softmax(x, -1), [((4,),), ((3, 4),)]),
    Case("softmax", lambda x: ad.softmax(x, 0), lambda x: special.softmax(x, 0), [((3, 4),)]),
    Case("log_softmax", ad.log_softmax, lambda x: special.log_softmax(x, -1), [((4,),), ((3, 4),)]),
    Case(
        "matmul",
        ad.matmul,
        np.matmul,
        [
            ((2, 3), (3, 4)),
            ((1, 3), (3, 1)),
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((5, 2, 3), (3, 4)),
            ((5, 2, 3), (5, 3, 4)),
            ((2, 1, 2, 3), (4, 3, 2)),
            ((3,), (5, 3, 2)),
            ((5, 2, 3), (3,)),
        ],
    ),
    Case("matmul", lambda a: a.T @ a, lambda a: a.T @ a, [((3, 2),)]),
    Case("matmul", lambda a: a[1:, :2] @ a[:2, 1:], lambda a: a[1:, :2] @ a[:2, 1:], [((3, 3),)]),
    Case("reshape", lambda x: ad.reshape(x, (2, -1)), lambda x: x.reshape(2, -1), [((3, 4),)]),
    Case("reshape", lambda x: ad.reshape(x.T, (6, 2)), lambda x: x.T.reshape(6, 2), [((3, 4),)]),
    Case("transpose", ad.transpose, np.transpose, [((3, 4),), ((2, 3, 4),), ((3,),)]),
    Case(
        "transpose",
        lambda x: ad.transpose(x, (1, 2, 0)),
        lambda x: np.transpose(x, (1, 2, 0)),
        [((2, 3, 4),)],
    ),
    Case(
        "broadcast_to",
        lambda x: ad.broadcast_to(x, (2, 3, 4)),
        lambda x: np.broadcast_to(x, (2, 3, 4)),
        [((3, 1),), ((4,),), ((),)],
    ),
    Case("slice", lambda x: x[1:, ..., :2], lambda x: x[1:, ..., :2], [((3, 4),), ((2, 2, 3),)]),
    Case("slice", lambda x: x[-1, None, 1], lambda x: x[-1, None, 1], [((3, 4),)]),
    Case(
        "pad",
        lambda x: ad.pad(x, (1, 0), (0, 2)),
        lambda x: np.pad(x, ((1, 0), (0, 2))),
        [((3, 4),)],
    ),
    Case(
        "concatenate",
        lambda a, b: ad.concatenate([a, b, a], axis=1),
        lambda a, b: np.concatenate([a, b, a], axis=1),
        [((2, 3), (2, 1))],
    ),
    Case(
        "concatenate",
        lambda a, b: ad.concatenate([ad.tanh(a), ad.sin(b)]),
        lambda a, b: np.concatenate([np.tanh(a), np.sin(b)]),
        [((2, 3), (1, 3)), ((4,), (2,))],
    ),
    Case("take", lambda x: ad.take(x, INDICES), lambda x: np.take(x, INDICES, 0), [((3, 4),)]),
    Case("take", lambda x: ad.take(x, INDICES, 1), lambda x: np.take(x, INDICES, 1), [((2, 3),)]),
    Case(
        "put_add",
        lambda x: PRIMITIVES["put_add"](x, INDICES, axis=0, size=4),
        lambda x: np.stack([x[0, 1], x[1, 0], x[0, 0] + x[1, 1], 0 * x[0, 0]]),
        [((2, 2, 3),), ((2, 2),)],
    ),
    Case("cast", lambda x: ad.cast(x, "float64") * 2.0, lambda x: 2.0 * x, [((3,),)]),
    Case("flip", ad.flip, np.flip, UNARY),
    Case("flip", lambda x: ad.flip(x, 1)[1:], lambda x: np.flip(x, 1)[1:], [((3, 4),)]),
    Case("flip", lambda x: ad.flip(x, 1) @ x.T, lambda x: x[:, ::-1] @ x.T, [((3, 4),)]),
    Case("cumsum", ad.cumsum, lambda x: np.cumsum(x, -1), [((4,),), ((2, 3),), ((0,),)]),
    Case(
        "cumsum",
        lambda x: ad.cumsum(x, 1, reverse=True),
        lambda x: np.flip(np.cumsum(np.flip(x, 1), 1), 1),
        [((2, 3, 2),), ((2, 1),), ((2, 0),)],
    ),
    Case("take_along", ad.sort, lambda x: np.sort(x, -1), [((5,),), ((3, 4),), ((0,),)]),
    Case("take_along", lambda x: ad.sort(x.T, 0), lambda x: np.sort(x.T, 0), [((3, 4),)]),
    Case(
        "take_along",
        lambda x: ad.take_along(x, INDICES, 0),
        lambda x: np.take_along_axis(x, INDICES, 0),
        [((3, 2),)],
    ),
    Case(
        "put_along",
        lambda x: PRIMITIVES["put_along"](x, np.array([[1, 1], [0, -1]]), axis=1, size=3),
        lambda x: np.stack([[0 * x[0, 0], x[0, 0] + x[0, 1], 0 * x[0, 0]], [x[1, 0], 0, x[1, 1]]]),
        [((2, 2),)],
    ),
    Case(
        "windows",
        lambda x: ad.windows(x, 2),
        lambda x: window_list(x, 2, 2, 2, 2),
        [((2, 4, 5, 2),), ((0, 4, 4, 1),), ((1, 2, 2, 1),)],
    ),
    Case(
        "windows",
        lambda x: ad.windows(x, (2, 3), 1),
        lambda x: window_list(x, 2, 3, 1, 1),
        [((2, 3, 4, 2),)],
    ),
    Case(
        "overlap_add",
        lambda x: PRIMITIVES["overlap_add"](x, size=(3, 5), stride=(1, 2)),
        lambda x: overlapped(x, 3, 5, 1, 2),
        [((2, 2, 2, 2, 2, 1),), ((1, 2, 3, 2, 1, 2),)],
    ),
    Case(
        "overlap_add",
        lambda x: PRIMITIVES["overlap_add"](x, size=(4, 2), stride=(2, 1)),
        lambda x: overlapped(x, 4, 2, 2, 1),
        [((2, 2, 2, 2, 1, 1),), ((1, 2, 2, 1, 1, 2),)],
    ),
    Case("first_max", lambda x: ad.max_pool(x, 2), pooled(np.max, 2, 2), [((2, 4, 5, 2),)]),
    Case("first_max", lambda x: ad.max_pool(x, 3, 1), pooled(np.max, 3, 1), [((1, 4, 4, 1),)]),
    Case(
        "windows",
        lambda x: ad.average_pool(x, 2, 1),
        pooled(np.mean, 2, 1),
        [((2, 3, 4, 2),), ((0, 3, 3, 1),)],
    ),
    *(
        Case(
            "conv2d",
            lambda x, k, s=stride, p=padding: ad.conv2d(x, k, s, p),
            lambda x, k, s=stride, p=padding: correlated(x, k, s, p),
            shapes,
        )
        for stride, padding, shapes in (
            (1, 0, [((2, 3, 4, 2), (2, 2, 2, 3)), ((0, 3, 3, 1), (2, 2, 1, 1))]),
            (1, 1, [((1, 3, 3, 2), (3, 3, 2, 1)), ((1, 1, 1, 1), (1, 1, 1, 1))]),
            (2, 1, [((1, 5, 4, 1), (3, 2, 1, 2))]),
            ((1, 3), (2, 0), [((2, 2, 4, 1), (2, 1, 1, 2))]),
        )
    ),
    Case(
        "conv2d_image",
        lambda k, y: PRIMITIVES["conv2d_image"](k, y, **CONVOLUTION),
        lambda k, y: transposed_convolution(k, y, 0),
        [((2, 2, 1, 2), (1, 2, 2, 2))],
    ),
    Case(
        "conv2d_kernel",
        lambda x, y: PRIMITIVES["conv2d_kernel"](x, y, **CONVOLUTION),
        lambda x, y: transposed_convolution(x, y, 1),
        [((1, 3, 4, 1), (1, 2, 2, 2)), ((0, 3, 4, 1), (0, 2, 2, 2))],
    ),
]
CASES += [
    automatic(name)
    for name in sorted(PRIMITIVES.keys() - {case.name for case in CASES})
    if is_plain(name)
]
