"""The logistic family, stable for any size of input.

Each function has its own derivative rule and is computed as simpler primitives, so that a program
shares the exponentials between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Node, Primitive, Value, as_value
from playground.autodiff.primitives.elementwise import Elementwise, exp, log, log1p, reciprocal
from playground.autodiff.primitives.reductions import kept_shape, max, sum
from playground.autodiff.primitives.selection import abs, clip, relu
from playground.autodiff.primitives.shaping import reshape
from playground.autodiff.shapes import Shape, normalize_axes


class Composed(Elementwise):
    """A function with a derivative rule of its own, computed as simpler primitives."""

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        # A formula may overflow on its way to a right result: 1 / (1 + inf) = 0.
        with np.errstate(over="ignore"):
            return self.ufunc(*arrays)

    def expand(self, *inputs: Value, **params: Any) -> Value:
        return self.ufunc(*inputs)


class _AlongAxes(Primitive):
    """A smooth function along axes, with a symmetric or simple Jacobian."""

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return promote(self.name, operands, floating=True)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return inputs[0].shape, inputs[0].dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.asarray(self.expand(*arrays, **params))


class LogSumExp(_AlongAxes):
    """log Σ exp(x)."""

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        return kept_shape(inputs[0].shape, params["axes"]), inputs[0].dtype

    def expand(self, *inputs: Value, **params: Any) -> Value:
        x, axes = inputs[0], params["axes"]
        # Shifting by a finite number gives -inf for a row of -inf and inf where one is inf.
        largest = float(np.finfo(x.dtype if x.dtype.kind in "fc" else np.float64).max)
        shift = clip(max(x, axes, keepdims=True), -largest, largest)
        return shift + log(sum(exp(x - shift), axes, keepdims=True))

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        return g * exp(inputs[0] - out)

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        return sum(exp(inputs[0] - out) * tangents[0], params["axes"], keepdims=True)


class Softmax(_AlongAxes):
    """exp(x) / Σ exp(x); its Jacobian diag(y) - y yᵀ is symmetric."""

    def expand(self, *inputs: Value, **params: Any) -> Value:
        x, axes = inputs[0], params["axes"]
        powers = exp(x - max(x, axes, keepdims=True))
        return powers / sum(powers, axes, keepdims=True)

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        return out * (g - sum(g * out, params["axes"], keepdims=True))

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        return self.vjp(0, tangents[0], out, *inputs, **params)


class LogSoftmax(_AlongAxes):
    """x - log Σ exp(x)."""

    def expand(self, *inputs: Value, **params: Any) -> Value:
        x, axes = inputs[0], params["axes"]
        shifted = x - max(x, axes, keepdims=True)
        return shifted - log(sum(exp(shifted), axes, keepdims=True))

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        total = sum(g, params["axes"], keepdims=True)
        return g - exp(out) * total

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        t = tangents[0]
        expected = sum(t * exp(out), params["axes"], keepdims=True)
        return t - expected


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
_logsumexp = LogSumExp("logsumexp")
_softmax = Softmax("softmax")
_log_softmax = LogSoftmax("log_softmax")


def logsumexp(x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """Return log Σ exp(x) over axes (all by default), without overflow."""
    x = as_value(x)
    axes = normalize_axes("logsumexp", axis, x.ndim)
    out = _logsumexp(x, axes=axes)
    dropped = tuple(n for a, n in enumerate(x.shape) if a not in axes)
    return out if keepdims else reshape(out, dropped)


def softmax(x: Value, axis: Any = -1) -> Value:
    """Return exp(x) / Σ exp(x) along an axis."""
    x = as_value(x)
    return _softmax(x, axes=normalize_axes("softmax", axis, x.ndim))


def log_softmax(x: Value, axis: Any = -1) -> Value:
    """Return x - log Σ exp(x) along an axis."""
    x = as_value(x)
    return _log_softmax(x, axes=normalize_axes("log_softmax", axis, x.ndim))
