"""Operations on each entry by itself, with numpy's broadcasting.

The derivative of such an operation is diagonal and therefore its own transpose: one rule per
argument, ``rule(g, y, *inputs)`` = g times the local derivative, serves both the reverse mode
(g is the output's cotangent) and the forward mode (g is the input's tangent).

Here are the smooth functions; those with kinks are in :mod:`.selection`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Call, Constant, Node, Primitive, Value, node_method
from playground.autodiff.primitives.shaping import broadcast_to, unbroadcast
from playground.autodiff.shapes import Shape, broadcast_shapes

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
        *("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "erf"),
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
square = Elementwise("square", np.square, lambda g, y, x: g * (2.0 * x), floating=False)
reciprocal = Elementwise("reciprocal", np.reciprocal, lambda g, y, x: -g * square(y))
sqrt = Elementwise("sqrt", np.sqrt, lambda g, y, x: 0.5 * g / y)
exp = Elementwise("exp", np.exp, lambda g, y, x: g * y)
expm1 = Elementwise("expm1", np.expm1, lambda g, y, x: g * (y + 1.0))
log = Elementwise("log", np.log, lambda g, y, x: g / x)
log1p = Elementwise("log1p", np.log1p, lambda g, y, x: g / (1.0 + x))
sin = Elementwise("sin", np.sin, lambda g, y, x: g * cos(x))
cos: Elementwise = Elementwise("cos", np.cos, lambda g, y, x: -g * sin(x))
tan = Elementwise("tan", np.tan, lambda g, y, x: g * (1.0 + square(y)))
sinh = Elementwise("sinh", np.sinh, lambda g, y, x: g * cosh(x))
cosh: Elementwise = Elementwise("cosh", np.cosh, lambda g, y, x: g * sinh(x))
tanh = Elementwise("tanh", np.tanh, lambda g, y, x: g * (1.0 - square(y)))
arcsin = Elementwise("arcsin", np.arcsin, lambda g, y, x: g / sqrt(1.0 - square(x)))
arccos = Elementwise("arccos", np.arccos, lambda g, y, x: -g / sqrt(1.0 - square(x)))
arctan = Elementwise("arctan", np.arctan, lambda g, y, x: g / (1.0 + square(x)))
arcsinh = Elementwise("arcsinh", np.arcsinh, lambda g, y, x: g / sqrt(1.0 + square(x)))
arccosh = Elementwise("arccosh", np.arccosh, lambda g, y, x: g / sqrt(square(x) - 1.0))
arctanh = Elementwise("arctanh", np.arctanh, lambda g, y, x: g / (1.0 - square(x)))
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
