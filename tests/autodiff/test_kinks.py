"""Kinks, ties, poles and infinities: PyTorch's conventions in float64, and where ours are others.

PyTorch's numbers at a NaN are left out: there its maximum passes the gradient to both sides and
its sign is 0. Here a NaN passes none through a kink, and stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "kinks.npz")
NAMES = sorted({key.split("/")[0] for key in GOLDEN.files})
BY_WORD: dict[str, Callable[..., Any]] = {
    "max": lambda x: ad.max(x, -1),
    "min": lambda x: ad.min(x, -1),
    "prod": lambda x: ad.prod(x, -1),
    "variance": lambda x: ad.variance(x, -1),
    "logsumexp": lambda x: ad.logsumexp(x, -1),
    "length": lambda x: ad.sqrt(ad.sum(ad.square(x), -1)),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "clip": lambda x: ad.clip(x, -1.0, 1.0),
    "clip between equals": lambda x: ad.clip(x, 1.0, 1.0),
    "clip between crossed": lambda x: ad.clip(x, 2.0, 1.0),
    "clip of three": ad.clip,
    "where sqrt": lambda x: ad.where(x > 0, ad.sqrt(x), 0.0),
    "where log": lambda x: ad.where(x > 0, ad.log(x), x),
}


def function(name: str) -> Callable[..., Any]:
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    first, _, rest = name.partition(" ")
    if first == "to":
        return lambda x: x ** float(rest)
    return BY_WORD.get(first) or getattr(ad, first)


def columns(name: str, letter: str) -> list[Any]:
    found = sum(key.startswith(f"{name}/{letter}") for key in GOLDEN.files)
    return [GOLDEN[f"{name}/{letter}{i}"] for i in range(found)]


@pytest.mark.parametrize("name", NAMES)
def test_value_gradient_and_second_derivative_are_pytorchs(name):
    f = function(name)

    def weighted(*args: Any) -> Any:
        flat = ad.reshape(f(*args), (-1,))
        return ad.sum(flat * np.arange(1.0, flat.shape[0] + 1))

    xs = columns(name, "x")
    which = tuple(range(len(xs)))

    def slopes(*args: Any) -> Any:
        return sum(ad.sum(g) for g in ad.grad(weighted, which)(*args))

    value, gradient = ad.compile(f), ad.compile(ad.grad(weighted, which))
    curvature = ad.compile(ad.grad(slopes, which))
    for case, expected in enumerate(GOLDEN[f"{name}/y"]):
        args = [x[case] for x in xs]
        close(value(*args), expected, args)
        for got, known in zip(gradient(*args), columns(name, "g"), strict=True):
            close(got, known[case], args)
        if bends := columns(name, "h"):
            for got, known in zip(curvature(*args), bends, strict=True):
                close(got, known[case], args)


def close(got: Any, expected: Any, args: list[Any]) -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-14, err_msg=f"at {args}")


@pytest.mark.parametrize(("base", "power"), [(1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 2.5)])
def test_the_hessian_of_a_power_is_symmetric(base, power):
    """Also where the exponent is 0: d/dp (p x^(p - 1)) = x^(p - 1) there, which PyTorch lacks."""

    def f(x: Any) -> Any:
        return x[0] ** x[1]

    x, p = base, power
    log = np.log(x) if x else 0.0
    mixed = x ** (p - 1) * (1 + p * log)
    expected = [[p * (p - 1) * x ** (p - 2), mixed], [mixed, x**p * log**2]]
    np.testing.assert_allclose(ad.hessian(f)(np.array([x, p])), expected, atol=1e-14)


def test_a_product_with_an_infinite_factor_keeps_the_slopes_that_are_numbers():
    """PyTorch divides the product by the factor: NaN."""
    slopes = ad.compile(ad.grad(ad.prod))(np.array([-np.inf, 1.0, 2.0]))
    np.testing.assert_array_equal(slopes, [2.0, -np.inf, -np.inf])


@pytest.mark.parametrize("f", [ad.maximum, ad.minimum])
def test_a_nan_passes_no_gradient_through_a_choice(f):
    both = ad.compile(ad.grad(f, (0, 1)))
    for args in ((np.nan, 1.0), (1.0, np.nan)):
        assert [float(g) for g in both(*args)] == [0.0, 0.0]
