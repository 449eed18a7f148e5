"""Operations on each entry by itself, with numpy's broadcasting.

The derivative of such an operation is diagonal and therefore its own transpose: one rule per
argument, ``rule(g, y, *inputs)`` = g times the local derivative, serves both the reverse mode
(g is the output's cotangent) and the forward mode (g is the input's tangent).

At kinks the conventions are PyTorch's: relu'(0) = abs'(0) = sign(0) = 0, equal arguments of
maximum and minimum get half each, clip passes the gradient at its bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from playground.autodiff.graph import (
    Array,
    Call,
    Constant,
    Node,
    Primitive,
    Shape,
    Value,
    broadcast_shapes,
    node_method,
    promote,
)
from playground.autodiff.primitives.shaping import broadcast_to, unbroadcast

Rule = Callable[..., Value]


class Elementwise(Primitive):
    """A numpy ufunc with one derivative rule per argument (none where it is zero)."""

    elementwise = True
    overwrites: tuple[int, ...] | None = None

    def __init__(
        self,
        name: str,
        ufunc: Callable[..., Array],
        *rules: Rule | None,
        floating: bool = True,
        commutative: bool = False,
        analytic: bool = True,
    ) -> None:
        super().__init__(name)
        self.ufunc = ufunc
        self.rules = rules
        self.floating = floating
        self.commutative = commutative
        self.analytic = analytic

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return promote(self.name, operands, self.floating)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return broadcast_shapes(self.name, *[x.shape for x in inputs]), inputs[-1].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        if self.name in _MPMATH_NAMES and arrays[0].dtype.kind == "O":
            import mpmath

            function = getattr(mpmath, _MPMATH_NAMES[self.name])
            return np.frompyfunc(function, 1, 1)(arrays[0])
        return self.ufunc(*arrays)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        spread = _spread_operand(out, arrays)
        if spread is None:
            return [(self.ufunc, (*arrays, out))]
        operands = list(arrays)
        operands[spread] = out
        return [(out.__setitem__, (..., arrays[spread])), (self.ufunc, (*operands, out))]

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        rule = self.rules[argument] if self.rules else None
        if rule is None:
            return None
        return unbroadcast(rule(g, out, *inputs), inputs[argument].shape)

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        total: Value = None
        for tangent, rule in zip(tangents, self.rules, strict=False):
            if tangent is not None and rule is not None:
                part = rule(tangent, out, *inputs)
                total = part if total is None else total + part
        return total if total is None else broadcast_to(total, out.shape)


# numpy has no loops over objects for these.
_MPMATH_NAMES = {
    name: name.replace("arc", "a")
    for name in (
        *("sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
        *("arcsin", "arccos", "arctan", "erf"),
    )
}

SPREAD_SIZE = 1 << 14
"""Up to this many entries a row or column is faster copied to all of the output first."""


def _spread_operand(out: Array, arrays: tuple[Array, ...]) -> int | None:
    """Return the operand to copy to the output before the operation, or None.

    numpy broadcasts rows and columns with one short inner loop a row; a copy and an operation on
    equal shapes take about half of the time while everything is in the first-level cache.
    """
    if len(arrays) != 2 or out.size > SPREAD_SIZE or out.dtype != arrays[0].dtype:
        return None
    for i, other in ((0, arrays[1]), (1, arrays[0])):
        if 1 < arrays[i].size < out.size == other.size and not np.may_share_memory(out, other):
            return i
    return None


class Compare(Elementwise):
    """A comparison: boolean, with zero derivative."""

    def __init__(self, name: str, ufunc: Callable[..., Array]) -> None:
        super().__init__(name, ufunc, floating=False, analytic=False)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return super().infer(*inputs)[0], np.dtype(bool)


class Composed(Elementwise):
    """A function with a derivative rule of its own, computed as simpler primitives."""

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        # A formula may overflow on its way to a right result: 1 / (1 + inf) = 0.
        with np.errstate(over="ignore"):
            return self.ufunc(*arrays)

    def expand(self, *inputs: Value, **params: Any) -> Value:
        return self.ufunc(*inputs)


class Extremum(Elementwise):
    """maximum or minimum; numpy deprecates their positional ``out``."""

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(partial(self.ufunc, out=out), arrays)]


class Relu(Elementwise):
    """max(x, 0), with derivative 0 at 0."""

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.maximum(arrays[0], 0)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(partial(np.maximum, out=out), (arrays[0], np.zeros((), out.dtype)))]


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


class Masked(Elementwise):
    """x where a boolean mask holds, else 0, even where x is infinite or NaN."""

    overwrites = ()

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return operands

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        mask, x = arrays
        if out.size < _MASKED_COPY_LIMIT or out.dtype.itemsize not in (4, 8):
            return [(out.fill, (0,)), (np.copyto, (out, x, "same_kind", mask))]
        integer = np.dtype(f"i{out.dtype.itemsize}")
        return [(np.multiply, (x.view(integer), mask.view(np.int8), out.view(integer)))]


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
        # the bits, b ^ ((a ^ b) · mask), which also keeps NaN out of where it is not chosen.
        integer = np.dtype(f"i{out.dtype.itemsize}")
        bits, a, b = out.view(integer), a.view(integer), b.view(integer)
        return [
            (np.bitwise_xor, (a, b, bits)),
            (np.multiply, (bits, mask.view(np.int8), bits)),
            (np.bitwise_xor, (bits, b, bits)),
        ]


class Cast(Elementwise):
    """The same numbers in another dtype."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape, params["dtype"]

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return operands

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        # Complex numbers and objects stay themselves: they stand for real ones in evaluate().
        return arrays[0] if arrays[0].dtype.kind in "cO" else arrays[0].astype(params["dtype"])

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(out.__setitem__, (..., arrays[0]))]

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        return cast(g, inputs[0].dtype) if inputs[0].dtype.kind == "f" else None

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        return cast(tangents[0], out.dtype) if out.dtype.kind == "f" else None


class Alias(Elementwise):
    """The identity; a new node for the same array."""

    overwrites = ()

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return operands

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return arrays[0]

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        return [(out.__setitem__, (..., arrays[0]))]


_MASKED_COPY_LIMIT = 2048


def _power(p: Node) -> float | None:
    """Return an exponent that is one known number, else None."""
    value = getattr(p, "value", None)
    return float(value) if value is not None and value.size == 1 else None


def _pow_base(g: Value, y: Value, x: Value, p: Node) -> Value:
    exponent = _power(p)
    if exponent is not None:
        return g * (exponent * x ** (exponent - 1.0)) if exponent else 0.0 * g
    # Where p is 0 the derivative is 0, not 0 · x^-1.
    return g * where(equal(p, 0.0), 0.0, p * x ** (p - 1.0))


def _pow_exponent(g: Value, y: Value, x: Value, p: Value) -> Value:
    # At x = 0 the limit is 0 for p >= 0, and log(0) must not turn it into NaN.
    safe = where(equal(x, 0.0), 1.0, x)
    return g * y * log(safe)


def _half_at_ties(chosen: Value, tied: Value, g: Value) -> Value:
    return where(chosen, g, where(tied, 0.5 * g, 0.0))


add = Elementwise(
    "add", np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, floating=False, commutative=True
)
sub = Elementwise("sub", np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g, floating=False)
mul = Elementwise(
    "mul",
    np.multiply,
    lambda g, y, a, b: g * b,
    lambda g, y, a, b: g * a,
    floating=False,
    commutative=True,
)
div = Elementwise("div", np.divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -(g * y) / b)
neg = Elementwise("neg", np.negative, lambda g, y, x: -g, floating=False)
pow = Elementwise("pow", np.power, _pow_base, _pow_exponent)
square = Elementwise("square", np.square, lambda g, y, x: g * (2.0 * x), floating=False)
reciprocal = Elementwise("reciprocal", np.reciprocal, lambda g, y, x: -g * square(y))
sqrt = Elementwise("sqrt", np.sqrt, lambda g, y, x: 0.5 * g / y)
exp = Elementwise("exp", np.exp, lambda g, y, x: g * y)
expm1 = Elementwise("expm1", np.expm1, lambda g, y, x: g * (y + 1.0))
log = Elementwise("log", np.log, lambda g, y, x: g / x)
log1p = Elementwise("log1p", np.log1p, lambda g, y, x: g / (1.0 + x))
sin = Elementwise("sin", np.sin, lambda g, y, x: g * cos(x))
cos = Elementwise("cos", np.cos, lambda g, y, x: -g * sin(x))
tan = Elementwise("tan", np.tan, lambda g, y, x: g * (1.0 + square(y)))
sinh = Elementwise("sinh", np.sinh, lambda g, y, x: g * cosh(x))
cosh = Elementwise("cosh", np.cosh, lambda g, y, x: g * sinh(x))
tanh = Elementwise("tanh", np.tanh, lambda g, y, x: g * (1.0 - square(y)))
arcsin = Elementwise("arcsin", np.arcsin, lambda g, y, x: g / sqrt(1.0 - square(x)))
arccos = Elementwise("arccos", np.arccos, lambda g, y, x: -g / sqrt(1.0 - square(x)))
arctan = Elementwise("arctan", np.arctan, lambda g, y, x: g / (1.0 + square(x)))
erf = Elementwise(
    "erf", special.erf, lambda g, y, x: g * (2.0 / math.sqrt(math.pi) * exp(-square(x)))
)
abs = Elementwise("abs", np.abs, lambda g, y, x: g * sign(x), floating=False, analytic=False)
sign = Elementwise("sign", np.sign, floating=False, analytic=False)
# The sign of the output is 1 where x > 0, else 0.
relu = Relu("relu", np.maximum, lambda g, y, x: g * sign(y), floating=False, analytic=False)
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
    lambda g, y, x, lower, upper: where(equal(x, y), g, 0.0),
    lambda g, y, x, lower, upper: where(less(x, lower), where(less(lower, upper), g, 0.0), 0.0),
    lambda g, y, x, lower, upper: where(greater(x, upper), g, where(less(upper, lower), g, 0.0)),
    floating=False,
    analytic=False,
)
where = Where(
    "where",
    np.where,
    None,
    lambda g, y, mask, a, b: where(mask, g, 0.0),
    lambda g, y, mask, a, b: where(mask, 0.0, g),
)
masked = Masked(
    "masked", lambda mask, x: np.where(mask, x, 0), None, lambda g, y, mask, x: masked(mask, g)
)
sigmoid = Composed(
    "sigmoid",
    lambda x: reciprocal(1.0 + exp(-x)),
    lambda g, y, x: g * (y * (1.0 - y)),
)
# log(1 + e^x) without overflow on either side.
softplus = Composed(
    "softplus",
    lambda x: relu(x) + log1p(exp(-abs(x))),
    lambda g, y, x: g * sigmoid(x),
    analytic=False,
)
equal = Compare("equal", np.equal)
not_equal = Compare("not_equal", np.not_equal)
less = Compare("less", np.less)
less_equal = Compare("less_equal", np.less_equal)
greater = Compare("greater", np.greater)
greater_equal = Compare("greater_equal", np.greater_equal)
_cast = Cast("cast", np.positive)
alias = Alias("alias", np.positive, lambda g, y, x: g)
stop_gradient = Alias("stop_gradient", np.positive, analytic=False)
copy = Alias("copy", np.positive, lambda g, y, x: g)


@node_method
def cast(x: Value, dtype: Any) -> Value:
    """Return ``x`` in another dtype; the gradient comes back in that of ``x``."""
    dtype = np.dtype(dtype)
    if isinstance(x, Node) and x.dtype == dtype:
        return x
    if isinstance(x, Constant):
        return Constant(x.value.astype(dtype))
    return _cast(x, dtype=dtype)


def clip(x: Value, lower: Value, upper: Value) -> Value:
    """Return the nearest value between two bounds, ``min(max(x, lower), upper)``.

    The gradient passes where x lies within the bounds or at one of them.
    """
    return _clip(x, lower, upper)
