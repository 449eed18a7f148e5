"""Every primitive against numpy or scipy, and its derivatives against differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff.graph import PRIMITIVES
from playground.autodiff.primitives.elementwise import Elementwise, alias, copy
from tests.autodiff.cases import CASES, Case

RNG = np.random.default_rng(20)


WITHOUT_DERIVATIVE = {
    "stop_gradient",
    *("argmax", "argsort", "is_first"),
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
}
EACH = [(case, shapes) for case in CASES for shapes in case.shapes]
EACH_ID = [f"{case.name}-{shapes}-{i}".replace(" ", "") for i, (case, shapes) in enumerate(EACH)]


def arguments(case: Case, shapes: tuple[tuple[int, ...], ...], dtype: str = "float64") -> list[Any]:
    """Draw arguments; evenly spaced ones where equal ones would meet a kink."""
    if case.name in {"max", "min", "first_max", "take_along"}:
        grids = [np.linspace(case.low, case.high, math.prod(shape)) for shape in shapes]
        return [
            RNG.permutation(g).reshape(s).astype(dtype) for g, s in zip(grids, shapes, strict=True)
        ]
    return [RNG.uniform(case.low, case.high, shape).astype(dtype) for shape in shapes]


def run_compiled(function: Callable[..., Any], *args: Any) -> Any:
    return ad.compile(function)(*args)


def test_every_primitive_has_a_case():
    assert {case.name for case in CASES} | WITHOUT_DERIVATIVE == set(PRIMITIVES)


@pytest.mark.parametrize(("case", "shapes"), EACH, ids=EACH_ID)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_value(case, shapes, dtype):
    args = arguments(case, shapes, dtype)
    expected = case.reference(*args)
    rtol = 1e-5 if dtype == "float32" else 1e-12
    for got in (case.function(*args), run_compiled(case.function, *args)):
        assert np.shape(got) == np.shape(expected)
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol)
    if case.name != "cast":
        assert run_compiled(case.function, *args).dtype == dtype


@pytest.mark.parametrize(("case", "shapes"), EACH, ids=EACH_ID)
def test_derivatives(case, shapes):
    ad.check_gradients(case.function, *arguments(case, shapes), order=2, tolerance=1e-7)


@pytest.mark.parametrize(("case", "shapes"), EACH, ids=EACH_ID)
def test_float32_gradient_is_that_of_float64(case, shapes):
    def gradient(*args: Any) -> Any:
        every = tuple(range(len(args)))
        return ad.grad(lambda *xs: ad.sum(ad.square(case.function(*xs))), every)(*args)

    args = arguments(case, shapes, "float32")
    wide = gradient(*[a.astype("float64") for a in args])
    for got, expected in zip(run_compiled(gradient, *args), wide, strict=True):
        assert got.dtype == "float32"
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "name", ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
)
def test_comparison(name):
    a, b = np.array([[1.0, 2.0, 3.0]]), np.array([2.0, 2.0, np.nan])
    got = run_compiled(PRIMITIVES[name], a, b)
    assert got.dtype == bool
    np.testing.assert_array_equal(got, getattr(np, name)(a, b))
    zero = ad.grad(lambda x: ad.sum(ad.cast(PRIMITIVES[name](x, b), "float64")))(a)
    np.testing.assert_array_equal(zero, 0.0)


def test_argmax():
    x = np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]])
    np.testing.assert_array_equal(run_compiled(ad.argmax, x), [1, 0])
    np.testing.assert_array_equal(run_compiled(lambda a: ad.argmax(a, axis=0), x), [1, 0, 0])
    accuracy = run_compiled(lambda a, y: ad.mean(ad.equal(ad.argmax(a), y)), x, np.array([1, 1]))
    assert accuracy == 0.5


def test_stop_gradient():
    assert ad.grad(lambda x: x * ad.stop_gradient(x))(3.0) == 3.0
    assert ad.jvp(lambda x: x * ad.stop_gradient(x), (3.0,), (1.0,))[1] == 3.0


KINKS = {
    "relu at 0": (ad.relu, 0.0, 0.0),
    "abs at 0": (ad.abs, 0.0, 0.0),
    "maximum of equals": (lambda x: ad.maximum(x, 1.0), 1.0, 0.5),
    "maximum with itself": (lambda x: ad.maximum(x, x), 1.0, 1.0),
    "minimum of equals": (lambda x: ad.minimum(x, 1.0), 1.0, 0.5),
    "clip at the upper bound": (lambda x: ad.clip(x, -1.0, 1.0), 1.0, 1.0),
    "clip at the lower bound": (lambda x: ad.clip(x, -1.0, 1.0), -1.0, 1.0),
    "clip beyond": (lambda x: ad.clip(x, -1.0, 1.0), 1.5, 0.0),
    "square at 0": (lambda x: x**2.0, 0.0, 0.0),
    "power 0 at 0": (lambda x: x**0.0, 0.0, 0.0),
    "variable power at 0": (lambda x: ad.pow(x, ad.stop_gradient(x) + 1.0), 0.0, 1.0),
    "softplus far right": (ad.softplus, 1000.0, 1.0),
    "softplus far left": (ad.softplus, -1000.0, 0.0),
    "sigmoid far left": (ad.sigmoid, -1000.0, 0.0),
}


@pytest.mark.parametrize("name", KINKS)
def test_derivatives_at_kinks_and_far_out(name):
    function, at, derivative = KINKS[name]
    assert ad.grad(function)(at) == derivative
    assert ad.compile(ad.grad(function))(at) == derivative


def test_equal_maxima_share_the_gradient():
    np.testing.assert_array_equal(ad.grad(ad.max)(np.array([1.0, 2.0, 2.0])), [0.0, 0.5, 0.5])


def test_where_keeps_nan_out_of_what_is_not_chosen():
    for n in (4, 5000):
        x = np.linspace(-1.0, 1.0, n)
        got = run_compiled(
            lambda a: ad.where(a > 0, a, ad.sqrt(a) * np.inf * 0.0 + 7.0), -np.abs(x)
        )
        assert np.isnan(got).all()
        safe = run_compiled(lambda a: ad.where(a > 0, ad.log(a), 0.0), x)
        np.testing.assert_allclose(safe, np.where(x > 0, np.log(np.abs(x)), 0.0))


def test_extremes_are_stable():
    x = np.array([[1000.0, 0.0], [-1000.0, -1000.0], [-np.inf, -np.inf], [np.inf, 0.0]])
    np.testing.assert_allclose(
        run_compiled(lambda a: ad.logsumexp(a, 1), x), [1000.0, np.log(2) - 1000.0, -np.inf, np.inf]
    )
    np.testing.assert_allclose(run_compiled(ad.softmax, x[:2]), [[1.0, 0.0], [0.5, 0.5]])
    np.testing.assert_allclose(
        run_compiled(ad.log_softmax, x[:2]), [[0.0, -1000.0], [-np.log(2)] * 2]
    )
    np.testing.assert_allclose(run_compiled(ad.sigmoid, x[0]), [1.0, 0.5])
    np.testing.assert_allclose(run_compiled(ad.softplus, x[0]), [1000.0, np.log(2)])


@pytest.mark.parametrize("exponent", [-2, -1, 0, 0.5, 1, 2, 3, 4, 5, 2.5])
def test_constant_exponents(exponent):
    x = np.array([0.5, 1.5, 3.0])
    np.testing.assert_allclose(run_compiled(lambda a: a**exponent, x), x**exponent, rtol=1e-14)
    ad.check_gradients(lambda a: a**exponent, x)


@pytest.mark.parametrize("shape", [(5,), (40, 1), (1, 7), (300, 9), (150, 200), (3, 50, 70)])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_reductions_of_every_size(shape, axis):
    x = RNG.standard_normal(shape).astype("float32")
    for ours, theirs in ((ad.sum, np.sum), (ad.max, np.max), (ad.mean, np.mean)):
        got = run_compiled(lambda a, f=ours: f(a * 1.5, axis), x)
        np.testing.assert_allclose(
            got, theirs(1.5 * x.astype("float64"), axis), rtol=1e-5, atol=2e-3
        )


def test_broadcasts_of_every_size():
    for n, m in ((3, 4), (64, 32), (300, 200)):
        x, row, column = RNG.random((n, m)), RNG.random(m), RNG.random((n, 1))
        got = run_compiled(lambda a, r, c: (a - r) / (c + 1.0) + a * c, x, row, column)
        np.testing.assert_allclose(got, (x - row) / (column + 1.0) + x * column)


def test_scalars_are_weak_and_arrays_are_not():
    x = np.ones(3, "float32")
    rate = np.float64(0.1)
    assert run_compiled(lambda a, r: a * r + 2, x, rate).dtype == "float32"
    assert run_compiled(lambda r: 1.0 - r**2, rate).dtype == "float64"
    assert run_compiled(lambda a: ad.sum(a) * 2.0, x).dtype == "float32"
    assert run_compiled(lambda a, r: ad.sum(a) * r, x, rate).dtype == "float64"
    assert run_compiled(lambda a: a * (a > 0), x).dtype == "float32"
    with pytest.raises(ad.DTypeError, match="float32 and float64 do not mix"):
        run_compiled(lambda a: a + np.ones(3), x)


def test_elementwise_rules_are_diagonal():
    assert {op.name for op in PRIMITIVES.values() if op.elementwise} == {
        op.name for op in PRIMITIVES.values() if isinstance(op, Elementwise)
    }
    assert alias(2.0) == copy(2.0) == 2.0
