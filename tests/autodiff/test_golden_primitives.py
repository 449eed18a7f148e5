"""Values, gradients and Hessian-vector products against PyTorch's in float64."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "primitives.npz")
NAMES = sorted({key.split("/")[0] for key in GOLDEN.files})
INDICES = np.array([[2, 0, 2], [1, 2, 0]])

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "neg": lambda x: -x,
    "clip": lambda x: ad.clip(x, -1.0, 1.0),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "where": lambda a, b: ad.where(a > b, a, b * a),
    "sum": lambda x: ad.sum(x, (0, 2)),
    "mean": lambda x: ad.mean(x, 1),
    "prod": lambda x: ad.prod(x, 1),
    "prod_of_zeros": lambda x: ad.prod(x * np.array([0, 1, 1]), 1),
    "variance": lambda x: ad.variance(x, 1),
    "sample_variance": lambda x: ad.variance(x, (0, 2), ddof=1),
    "logsumexp": lambda x: ad.logsumexp(x, 1),
    "log_softmax": lambda x: ad.log_softmax(x, 0),
    "cumsum": lambda x: ad.cumsum(x, 1),
    "matmul_of_stacks": ad.matmul,
    "matmul_with_vector": ad.matmul,
    "transpose": lambda x: ad.transpose(x, (1, 2, 0)) ** 2,
    "reshape": lambda x: ad.reshape(x.T, (2, 6)) ** 2,
    "broadcast_to": lambda x: ad.broadcast_to(x, (2, 3, 4)) ** 2,
    "concatenate": lambda a, b: ad.concatenate([a, b * b, a], 1),
    "stack": lambda a, b: ad.stack([a, b * b], 1),
    "slice": lambda x: x[1:, ..., :2] ** 2,
    "pad": lambda x: ad.pad(x, (1, 0), (0, 2)) ** 2,
    "flip": lambda x: ad.flip(x, (0, 2)) ** 2,
    "max": lambda x: ad.max(x, (0, 2)),
    "min": lambda x: ad.min(x, 1),
    "sort": lambda x: ad.sort(x, 1),
    "take": lambda x: ad.take(x, INDICES),
    "take_columns": lambda x: ad.take(x, INDICES, 1),
    "take_along": lambda x: ad.take_along(x, INDICES, 0),
    "conv2d_padded": lambda x, k: ad.conv2d(x, k, padding=1),
    "conv2d_strided": lambda x, k: ad.conv2d(x, k, (2, 3), (0, 1)),
    "max_pool": lambda x: ad.max_pool(x, 2),
    "max_pool_overlapping": lambda x: ad.max_pool(x, 3, (1, 2)),
    "average_pool": lambda x: ad.average_pool(x, 2),
    "average_pool_overlapping": lambda x: ad.average_pool(x, (3, 2), 1),
}


def function(name: str) -> Callable[..., Any]:
    return FUNCTIONS[name] if name in FUNCTIONS else getattr(ad, name)


def numbers(name: str, letter: str) -> list[Any]:
    found = sum(key.startswith(f"{name}/{letter}") for key in GOLDEN.files)
    return [GOLDEN[f"{name}/{letter}{i}"] for i in range(found)]


def check(got: Any, expected: Any, rtol: float = 1e-10) -> None:
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize("name", NAMES)
def test_value_gradient_and_curvature(name):
    f, xs, w = function(name), numbers(name, "x"), GOLDEN[f"{name}/w"]

    def weighted(args: Any) -> Any:
        return ad.sum(w * f(*args))

    def squared(args: Any) -> Any:
        return ad.sum(w * f(*args) ** 2)

    check(ad.compile(f)(*xs), GOLDEN[f"{name}/y"])
    for got, expected in zip(ad.compile(ad.grad(weighted))(xs), numbers(name, "g"), strict=True):
        check(got, expected)
    if vs := numbers(name, "v"):
        product = ad.compile(lambda x, v: ad.hvp(squared, x, v))(xs, vs)
        for got, expected in zip(product, numbers(name, "h"), strict=True):
            check(got, expected)


@pytest.mark.parametrize("name", NAMES)
def test_float32_is_near(name):
    f, w = function(name), GOLDEN[f"{name}/w"].astype("float32")
    xs = [x.astype("float32") for x in numbers(name, "x")]
    value = ad.compile(f)(*xs)
    assert value.dtype == "float32"
    check(value, GOLDEN[f"{name}/y"], 1e-4)
    gradients = ad.compile(ad.grad(lambda args: ad.sum(w * f(*args))))(xs)
    for got, expected in zip(gradients, numbers(name, "g"), strict=True):
        assert got.dtype == "float32"
        check(got, expected, 1e-4)


def test_every_function_has_numbers():
    assert set(FUNCTIONS) <= set(NAMES)
    assert len(NAMES) > 60
