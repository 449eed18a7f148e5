"""Comparisons, and the piecewise functions that choose between their arguments.

At kinks the conventions are PyTorch's: relu'(0) = abs'(0) = 0, equal arguments of maximum and
minimum get half each, clip passes the gradient at its bounds. A NaN passes no gradient through a
choice. Where a branch of ``where`` that is not chosen has an infinite slope, the reverse mode gives
0 · ∞ = NaN, as in PyTorch: choose the branch's argument first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Call, Value
from playground.autodiff.primitives.elementwise import Elementwise
from playground.autodiff.shapes import Shape


class Compare(Elementwise):
    """A comparison: boolean, with zero derivative."""

    def __init__(self, name: str, ufunc: Callable[..., Array]) -> None:
        super().__init__(name, ufunc, floating=False, analytic=False)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return super().infer(*inputs)[0], np.dtype(bool)


class Extremum(Elementwise):
    """maximum or minimum; numpy deprecates their positional ``out``."""

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(partial(self.ufunc, out=out), arrays)]


class Relu(Elementwise):
    """max(x, 0), with derivative 0 at 0."""

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.maximum(arrays[0], 0)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, zeros = arrays[0], _zeros(out.dtype)
        if out.size <= zeros.size:
            return [(partial(np.maximum, out=out), (x, zeros[: out.size].reshape(out.shape)))]
        if not (x.flags.c_contiguous and out.flags.c_contiguous):
            return [(partial(np.maximum, out=out), (x, zeros[0]))]
        x, out = x.reshape(-1), out.reshape(-1)
        pieces = [slice(i, i + zeros.size) for i in range(0, out.size, zeros.size)]
        return [(partial(np.maximum, out=out[p]), (x[p], zeros[: out[p].size])) for p in pieces]


@cache
def _zeros(dtype: np.dtype[Any]) -> Array:
    """Return zeros that nobody writes to: numpy compares with an array faster than with a number.

    Three times faster, because only that loop uses the wide registers.
    """
    zeros = np.zeros(1 << 17, dtype)
    zeros.flags.writeable = False
    return zeros


class Clip(Elementwise):
    """The nearest value between two bounds."""

    # The lower bound is applied first, so the output must not be the upper one's memory.
    overwrites = (0, 1)

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        x, lower, upper = arrays
        return np.minimum(np.maximum(x, lower), upper)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        x, lower, upper = arrays
        return [
            (partial(np.maximum, out=out), (x, lower)),
            (partial(np.minimum, out=out), (out, upper)),
        ]


class Sign(Elementwise):
    """-1, 0 or 1; never in place, where numpy branches at every entry, 10 times slower."""

    overwrites = ()


class Masked(Elementwise):
    """x where a boolean mask holds, else 0, even where x is infinite or NaN."""

    overwrites = ()

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return operands

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        mask, x = arrays
        if out.dtype.itemsize not in (4, 8):
            return [(out.fill, (0,)), (np.copyto, (out, x, "same_kind", mask))]
        # As in Where, by integer arithmetic on the bits.
        bits = out.view(np.dtype(f"i{out.dtype.itemsize}"))
        return [
            (bits.__setitem__, (..., mask)),
            (np.multiply, (x.view(bits.dtype), bits, bits)),
        ]


class Where(Elementwise):
    """A choice by a boolean mask."""

    overwrites = ()

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return (operands[0], *promote("where", operands[1:], floating=False))

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        mask, a, b = arrays
        if out.size < _MASKED_COPY_LIMIT or out.dtype.itemsize not in (4, 8):
            return [(out.__setitem__, (..., b)), (np.copyto, (out, a, "same_kind", mask))]
        # A masked copy branches at every entry, 10 times slower: select by integer arithmetic on
        # the bits, b ^ ((a ^ b) · mask), which also keeps NaN out of where it is not chosen. numpy
        # widens the mask piece by piece in a buffer of its own, 8192 entries long.
        integer = np.dtype(f"i{out.dtype.itemsize}")
        bits, a, b = out.view(integer), a.view(integer), b.view(integer)
        return [
            (np.bitwise_xor, (a, b, bits)),
            (np.multiply, (bits, mask.view(np.int8), bits)),
            (np.bitwise_xor, (bits, b, bits)),
        ]


def _half_at_ties(chosen: Value, tied: Value, g: Value) -> Value:
    return where(chosen, g, where(tied, 0.5 * g, 0.0))


_MASKED_COPY_LIMIT = 2048

equal = Compare("equal", np.equal)
not_equal = Compare("not_equal", np.not_equal)
less = Compare("less", np.less)
less_equal = Compare("less_equal", np.less_equal)
greater = Compare("greater", np.greater)
greater_equal = Compare("greater_equal", np.greater_equal)
where: Where = Where(
    "where",
    np.where,
    None,
    lambda g, y, mask, a, b: where(mask, g, 0.0),
    lambda g, y, mask, a, b: where(mask, 0.0, g),
)
masked: Masked = Masked(
    "masked", lambda mask, x: np.where(mask, x, 0), None, lambda g, y, mask, x: masked(mask, g)
)
sign = Sign("sign", np.sign, floating=False, analytic=False)
abs = Elementwise("abs", np.abs, lambda g, y, x: g * sign(x), floating=False, analytic=False)
relu = Relu(
    "relu", np.maximum, lambda g, y, x: masked(greater(y, 0.0), g), floating=False, analytic=False
)
maximum = Extremum(
    "maximum",
    np.maximum,
    lambda g, y, a, b: _half_at_ties(greater(a, b), equal(a, b), g),
    lambda g, y, a, b: _half_at_ties(less(a, b), equal(a, b), g),
    floating=False,
    commutative=True,
    analytic=False,
)
minimum = Extremum(
    "minimum",
    np.minimum,
    lambda g, y, a, b: _half_at_ties(less(a, b), equal(a, b), g),
    lambda g, y, a, b: _half_at_ties(greater(a, b), equal(a, b), g),
    floating=False,
    commutative=True,
    analytic=False,
)
_clip = Clip(
    "clip",
    np.clip,
    lambda g, y, x, lower, upper: where(equal(x, y), where(less(upper, lower), 0.0, g), 0.0),
    lambda g, y, x, lower, upper: where(less(x, lower), where(less(lower, upper), g, 0.0), 0.0),
    lambda g, y, x, lower, upper: where(greater(x, upper), g, where(less(upper, lower), g, 0.0)),
    floating=False,
    analytic=False,
)


def clip(x: Value, lower: Value, upper: Value) -> Value:
    """Return the nearest value between two bounds, ``min(max(x, lower), upper)``.

    The gradient passes where x lies within the bounds or at one of them; where the bounds are
    crossed the result is the upper one, and the gradient is its alone.
    """
    return _clip(x, lower, upper)
