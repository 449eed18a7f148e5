"""The error function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from playground.autodiff.graph import Array, Value
from playground.autodiff.primitives.elementwise import Elementwise, exp, square
from playground.autodiff.primitives.selection import clip


class ErrorFunction(Elementwise):
    """2/√π ∫ exp(-t²) dt from 0 to x.

    scipy computes it one number at a time. In float32 a quotient of polynomials, which numpy
    computes eight at a time, is within 5e-7 of it and five times as fast.
    """

    def expand(self, *inputs: Value, **params: Any) -> Value:
        (x,) = inputs
        return _rational(x) if x.dtype == np.float32 else None


def _erf(*arrays: Array) -> Array:
    # Imported when first used: scipy.special takes a quarter of a second.
    from scipy.special import erf as ufunc

    return ufunc(*arrays)


# Odd over even minimax polynomials on [-4, 4] from Eigen's and XLA's erf for float32, the
# coefficients of the highest powers first.
_ABOVE = (
    *(-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06),
    *(-5.69250639462346e-05, -7.34990630326855e-04, -2.95459980854025e-03),
    -1.60960333262415e-02,
)
_BELOW = (
    *(-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03),
    *(-7.37332916720468e-03, -1.42647390514189e-02),
)


def _rational(x: Value) -> Value:
    x = clip(x, -4.0, 4.0)
    power = square(x)
    return x * _polynomial(_ABOVE, power) / _polynomial(_BELOW, power)


def _polynomial(coefficients: tuple[float, ...], x: Value) -> Value:
    """Return the polynomial by Horner's rule."""
    value: Value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * x + coefficient
    return value


erf = ErrorFunction("erf", _erf, lambda g, y, x: g * (2.0 / math.sqrt(math.pi) * exp(-square(x))))
