"""Every primitive against numpy or scipy, and its derivatives against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import special

from playground import autodiff as ad
from playground.autodiff.graph import PRIMITIVES
from playground.autodiff.primitives.elementwise import Elementwise, alias, copy
from playground.autodiff.primitives.selection import masked

RNG = np.random.default_rng(20)


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


CASES = [
    binary("add", np.add),
    binary("sub", np.subtract),
    binary("mul", np.multiply),
    binary("div", np.divide, 0.5),
    binary("pow", np.power, 0.3),
    binary("maximum", np.maximum),
    binary("minimum", np.minimum),
    unary("neg", np.negative),
    unary("square", np.square),
    unary("reciprocal", np.reciprocal, 0.3),
    unary("sqrt", np.sqrt, 0.3),
    unary("exp", np.exp),
    unary("expm1", np.expm1),
    unary("log", np.log, 0.3),
    unary("log1p", np.log1p, -0.6),
    unary("sin", np.sin),
    unary("cos", np.cos),
    unary("tan", np.tan, -1.2, 1.2),
    unary("sinh", np.sinh),
    unary("cosh", np.cosh),
    unary("tanh", np.tanh),
    unary("arcsin", np.arcsin, -0.8, 0.8),
    unary("arccos", np.arccos, -0.8, 0.8),
    unary("arctan", np.arctan),
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
]
WITHOUT_DERIVATIVE = {
    "stop_gradient",
    "argmax",
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
}
EACH = [(case, shapes) for case in CASES for shapes in case.shapes]
EACH_ID = [f"{case.name}-{shapes}-{i}".replace(" ", "") for i, (case, shapes) in enumerate(EACH)]


def arguments(case: Case, shapes: tuple[tuple[int, ...], ...], dtype: str = "float64") -> list[Any]:
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
