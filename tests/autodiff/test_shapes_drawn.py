"""Shapes and broadcasts that hypothesis draws, against numpy and by adjointness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from playground import autodiff as ad
from tests.autodiff.cases import correlated

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def check_adjoint(f: Any, *args: Any, seed: int = 0) -> Any:
    """Check that ⟨g, J t⟩ is the same by both modes; return the compiled value."""
    rng = np.random.default_rng(seed)
    tangents = [rng.standard_normal(np.shape(x)) for x in args]
    value, forward = ad.compile(lambda xs, ts: ad.jvp(f, xs, ts))(list(args), tangents)
    g = rng.standard_normal(np.shape(value))
    back = ad.compile(lambda xs, g: ad.vjp(f, *xs)[1](g))(list(args), g)
    expected = sum(np.sum(b * t) for b, t in zip(back, tangents, strict=True))
    assert np.sum(g * forward) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    return value


@settings(max_examples=60)
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, min_side=0, max_side=4, max_dims=4))
def test_broadcasting(shapes):
    rng = np.random.default_rng(1)
    a, b, c = (rng.uniform(0.5, 2.0, shape) for shape in shapes.input_shapes)
    value = check_adjoint(lambda a, b, c: (a * b - c) / b + ad.maximum(a, c) ** b, a, b, c)
    np.testing.assert_allclose(value, (a * b - c) / b + np.maximum(a, c) ** b, rtol=1e-12)


@settings(max_examples=60)
@given(st.data())
def test_matmul_broadcasts_stacks(data):
    stacks = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_side=3, max_dims=2))
    m, k, n = (data.draw(st.integers(1, 3)) for _ in range(3))
    rng = np.random.default_rng(2)
    a = rng.standard_normal((*stacks.input_shapes[0], m, k))
    b = rng.standard_normal((*stacks.input_shapes[1], k, n))
    np.testing.assert_allclose(check_adjoint(ad.matmul, a, b), a @ b, rtol=1e-12, atol=1e-12)


@settings(max_examples=60)
@given(SHAPES, st.data())
def test_along_any_axis(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    n = shape[axis]
    rows = hnp.arrays(
        np.intp, hnp.array_shapes(max_dims=2, max_side=3), elements=st.integers(-n, n - 1)
    )
    indices = data.draw(rows)
    x = (
        np.random.default_rng(3)
        .permutation(np.linspace(-2.0, 2.0, int(np.prod(shape))))
        .reshape(shape)
    )
    for ours, theirs in (
        (lambda x: ad.take(x, indices, axis), np.take(x, indices, axis)),
        (lambda x: ad.sort(x, axis), np.sort(x, axis)),
        (lambda x: ad.cumsum(x, axis), np.cumsum(x, axis)),
        (lambda x: ad.flip(x, axis), np.flip(x, axis)),
        (lambda x: ad.prod(x, axis), np.prod(x, axis)),
        (lambda x: ad.variance(x, axis), np.var(x, axis)),
        (lambda x: ad.stack([x, x * x], axis), np.stack([x, x * x], axis)),
    ):
        np.testing.assert_allclose(check_adjoint(ours, x), theirs, rtol=1e-12, atol=1e-12)


@settings(max_examples=60)
@given(st.data())
def test_convolutions_of_every_size(data):
    def pair(low: int, high: int) -> tuple[int, int]:
        return data.draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    window, stride, padding = pair(1, 3), pair(1, 3), pair(0, 3)
    size = [k + extra for k, extra in zip(window, pair(0, 4), strict=True)]
    n, c, d = (data.draw(st.integers(1, 3)) for _ in range(3))
    rng = np.random.default_rng(4)
    images, kernel = rng.standard_normal((n, *size, c)), rng.standard_normal((*window, c, d))
    value = check_adjoint(lambda x, k: ad.conv2d(x, k, stride, padding), images, kernel)
    expected = correlated(images, kernel, stride, padding)
    np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-11)


def test_long_convolutions_are_done_in_pieces():
    rng = np.random.default_rng(5)
    for shape in ((70, 6, 6, 8), (2, 60, 60, 4)):
        images, kernel = rng.standard_normal(shape), rng.standard_normal((3, 3, shape[3], 16))
        value = check_adjoint(lambda x, k: ad.conv2d(x, k, padding=1), images, kernel)
        np.testing.assert_allclose(value, correlated(images, kernel, 1, 1), rtol=1e-9, atol=1e-9)


def test_one_hot():
    got = ad.compile(lambda i: ad.one_hot(i, 3, "float32"))(np.array([[2, 0], [1, 1]]))
    assert got.dtype == "float32"
    np.testing.assert_array_equal(got, np.eye(3)[[[2, 0], [1, 1]]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: ad.conv2d(x, np.ones((3, 3, 2, 4))), "must be .n, h, w, channels. and"),
        (lambda x: ad.conv2d(x, np.ones((9, 3, 1, 4))), r"window of \(9, 3\) does not fit"),
        (
            lambda x: ad.conv2d(x, np.ones((3, 3, 1, 4)), 0),
            "stride must be one or two numbers from 1",
        ),
        (lambda x: ad.max_pool(x, 6), r"window of \(6, 6\) does not fit into \(5, 5\)"),
        (lambda x: ad.windows(x[0], 2), r"images must be \(n, h, w, channels\), got \(5, 5, 1\)"),
        (lambda x: ad.take_along(x, np.zeros((1, 1, 1, 1), int), 1), "shaped as"),
        (lambda x: ad.stack([x, x[0]]), "stack: shapes"),
        (lambda x: ad.stack([]), "nothing to stack"),
        (lambda x: ad.one_hot(x, 3), "indices must be integers"),
        (lambda x: ad.cumsum(x, 4), "axis 4 is out of range"),
        (lambda x: np.ones((3, 5, 2)) @ x, r"matmul: \(3, 5, 2\) @ \(2, 5, 5, 1\)"),
        (lambda x: np.ones((3, 1, 1, 5)) @ x, "do not broadcast"),
    ],
)
def test_errors_while_tracing_name_shapes_and_the_line(call, message):
    with pytest.raises(ad.ShapeError, match=message) as error:
        ad.compile(call)(np.ones((2, 5, 5, 1)))
    assert "test_shapes_drawn.py" in str(error.value)
