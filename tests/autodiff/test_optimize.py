"""What the optimizer removes, and what it must keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad
from playground.autodiff.program import flat

VECTOR = ad.Spec((5,))


def operations(f: Callable[..., Any], *specs: ad.Spec) -> Counter[str]:
    names = "xyz"[: len(specs)]
    program = ad.lower(
        lambda **kw: {"out": f(*[kw[n] for n in names])}, dict(zip(names, specs, strict=True))
    )
    return Counter(i.operation for i in flat(program.instructions))


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: ad.exp(x * 1.0), ["exp"]),
        (lambda x: ad.exp(x + 0.0), ["exp"]),
        (lambda x: ad.exp(0.0 + x / 1.0), ["exp"]),
        (lambda x: ad.sin((x * -1.0) * -1.0), ["sin"]),
        (lambda x: ad.exp(x**1), ["exp"]),
        (lambda x: x * -1.0, ["neg"]),
        (lambda x: x * x, ["square"]),
        (lambda x: x**2, ["square"]),
        (lambda x: x**0.5, ["sqrt"]),
        (lambda x: 1.0 / x, ["reciprocal"]),
        (lambda x: 2.0 * (3.0 * x), ["mul"]),
        (lambda x: -(2.0 * x), ["mul"]),
        (lambda x: 3.0 * x / 2.0, ["mul"]),
        (lambda x: x + (-x.T), ["sub"]),
        (lambda x: ad.tanh(x.T.T.reshape(1, 5).reshape(5)), ["tanh"]),
        (lambda x: ad.exp(x) * ad.exp(x), ["exp", "square"]),
        (lambda x: ad.exp(x) + np.exp(np.ones(5)) * 2.0, ["exp", "add"]),
        (lambda x: ad.sum(x * x), ["matmul"]),
        (lambda x: ad.sum(ad.broadcast_to(ad.sum(ad.exp(x)), (7,))), ["exp", "sum", "mul"]),
        (lambda x: ad.broadcast_to(x, (3, 5)) * 1.0, ["copy"]),
        (lambda x: ad.concatenate([ad.exp(x), ad.sin(x)])[:5], ["exp"]),
        (lambda x: x[1:][1:][:1] * 2.0, ["mul"]),
    ],
    ids=[str(i) for i in range(22)],
)
def test_fewest_operations(f, expected):
    assert operations(f, VECTOR) == Counter(expected)


def test_a_number_multiplies_the_smaller_factor():
    program = ad.lower(
        lambda x, y: {"out": y * (2.0 * x), "again": (3.0 * x) * y},
        {"x": ad.Spec((7, 5)), "y": ad.Spec((5,))},
    )
    assert sorted(i.output.shape for i in program.instructions) == [(5,), (5,), (7, 5), (7, 5)]


def test_zero_times_nan_stays_nan():
    x = np.array([np.nan, np.inf, 1.0])
    np.testing.assert_array_equal(ad.compile(lambda x: x * 0.0)(x), [np.nan, np.nan, 0.0])
    np.testing.assert_array_equal(ad.compile(lambda x: x - x)(x), [np.nan, np.nan, 0.0])


def test_equal_work_is_shared_between_value_and_derivatives():
    def f(x: Any) -> Any:
        return ad.sum(ad.log_softmax(x) * np.arange(5.0))

    counted = operations(lambda x: list(ad.value_and_grad(f)(x)), VECTOR)
    assert counted["max"] == 1
    assert counted["exp"] <= 2


def test_captured_array_is_a_constant():
    captured = np.ones(5)
    f = ad.compile(lambda x: x + captured)
    np.testing.assert_array_equal(f(np.zeros(5)), np.ones(5))
    captured[:] = 7.0
    np.testing.assert_array_equal(f(np.zeros(5)), np.ones(5))


@pytest.mark.parametrize(
    ("left", "right", "is_turned"),
    [
        ((3, 20, 5), (3, 11, 5), True),
        ((3, 1, 5), (3, 11, 5), False),
        ((3, 20, 100), (3, 90, 100), False),
    ],
    ids=["small", "one row", "large"],
)
def test_small_matrices_that_lie_by_columns_are_turned(left, right, is_turned):
    def f(x: Any, y: Any) -> Any:
        return x @ ad.transpose(y, (0, 2, 1))

    assert ("copy" in operations(f, ad.Spec(left), ad.Spec(right))) == is_turned
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_allclose(
        ad.compile(f)(x, y), x @ y.transpose(0, 2, 1), rtol=1e-12, atol=1e-12
    )
