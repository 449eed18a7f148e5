"""Powers with any exponent."""

from __future__ import annotations

import numpy as np

from playground.autodiff.graph import Constant, Node, Value
from playground.autodiff.primitives.elementwise import Elementwise, log
from playground.autodiff.primitives.selection import equal, where


def _power(p: Node) -> float | None:
    """Return an exponent that is one known number, else None."""
    return float(p.value) if isinstance(p, Constant) and p.size == 1 else None


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


pow = Elementwise("pow", np.power, _pow_base, _pow_exponent)
