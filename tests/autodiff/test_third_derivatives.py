"""Third derivatives of elementwise primitives against formulas by sympy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff.graph import PRIMITIVES
from tests.autodiff.cases import CASES

OTHERWISE = {
    "neg": "-x",
    "square": "x**2",
    "reciprocal": "1/x",
    "expm1": "exp(x) - 1",
    "log1p": "log(1 + x)",
    "sigmoid": "1/(1 + exp(-x))",
    "softplus": "log(1 + exp(x))",
    "alias": "x",
    "copy": "x",
}
WITH_KINKS = {"relu", "abs", "sign", "clip", "where", "masked", "maximum", "minimum", "cast"}
UNARY = {
    case.name: case
    for case in CASES
    if PRIMITIVES[case.name].elementwise and len(case.shapes[0]) == 1
    if case.name not in WITH_KINKS
}


@pytest.mark.parametrize("name", sorted(UNARY))
def test_third_derivative(name):
    import sympy

    x = sympy.Symbol("x")
    formula = sympy.sympify(OTHERWISE.get(name, f"{name.replace('arc', 'a')}(x)"), {"x": x})
    third = sympy.diff(formula, x, 3)
    case = UNARY[name]
    f: Any = case.function
    for _ in range(3):
        f = ad.grad(f)
    for point in np.linspace(case.low + 0.05, case.high - 0.05, 7):
        expected = float(third.evalf(30, subs={x: sympy.Float(point, 30)}))
        assert ad.compile(f)(point) == pytest.approx(expected, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("order", [(0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 1)])
@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (ad.pow, lambda x, p: x**p),
        (lambda x, p: x / p, lambda x, p: x / p),
        (lambda x, p: x * p * p, lambda x, p: x * p * p),
        (lambda x, p: x - x * (p + x), lambda x, p: x - x * (p + x)),
    ],
    ids=["pow", "div", "mul", "sums"],
)
def test_third_derivatives_by_two_arguments(function, formula, order):
    import sympy

    symbols = sympy.symbols("x p", positive=True)
    third = formula(*symbols)
    f: Any = function
    for argument in order:
        third = sympy.diff(third, symbols[argument])
        f = ad.grad(f, argument)
    at = {symbols[0]: 1.7, symbols[1]: 2.3}
    expected = float(third.evalf(30, subs=at))
    assert f(1.7, 2.3) == pytest.approx(expected, rel=1e-12, abs=1e-14)
