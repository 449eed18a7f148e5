"""Powers with any exponent."""

from __future__ import annotations

import numpy as np

from playground.autodiff.graph import Constant, Node, Value
from playground.autodiff.primitives.elementwise import Elementwise, log
from playground.autodiff.primitives.selection import equal, greater_equal, where


def _power(p: Node) -> float | None:
    """Return an exponent that is one known number, else None."""
    return float(p.value) if isinstance(p, Constant) and p.size == 1 else None


def _pow_base(g: Value, y: Value, x: Value, p: Node) -> Value:
    exponent = _power(p)
    if exponent is not None:
        return g * (exponent * x ** (exponent - 1.0)) if exponent else 0.0 * g
    # 0^0 is constant in its base: 0, not 0 · 0^-1. Elsewhere p must stay a factor, or the
    # derivative by p would miss x^(p - 1) where p is 0.
    safe = where(equal(p, 0.0), where(equal(x, 0.0), 1.0, x), x)
    return g * (p * safe ** (p - 1.0))


def _pow_exponent(g: Value, y: Value, x: Value, p: Value) -> Value:
    # At x = 0 the limit is 0 for p > 0, where 0 · log(0) would be NaN, and PyTorch's 0 for p = 0.
    has_limit = where(equal(x, 0.0), greater_equal(p, 0.0), False)
    return g * (y * log(where(has_limit, 1.0, x)))


pow = Elementwise("pow", np.power, _pow_base, _pow_exponent)
