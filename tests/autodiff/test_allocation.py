"""Programs allocate no array while they run; sorting is the exception.

numpy itself copies operands that do not lie in one piece through buffers of 2048 entries, which
come and go; every array here is larger than those.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from playground import autodiff as ad

IMAGES, ROWS = (64, 24, 24, 8), (300, 400)
INDICES = np.random.default_rng(0).integers(0, 300, (30, 5))
BUFFERS = 35_000

FUNCTIONS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "convolution": (lambda x: ad.conv2d(x, np.ones((3, 3, 8, 8), "f"), padding=1), IMAGES),
    "strided convolution": (lambda x: ad.conv2d(x, np.ones((2, 2, 8, 16), "f"), 2), IMAGES),
    "kernel": (
        lambda k: ad.conv2d(np.ones((4, 24, 24, 8), "f"), ad.reshape(k, (5, 5, 8, 600))),
        ROWS,
    ),
    "max pooling": (lambda x: ad.max_pool(x, 2), IMAGES),
    "overlapping max pooling": (lambda x: ad.max_pool(x, 3, 1), IMAGES),
    "average pooling": (lambda x: ad.average_pool(x, 2), IMAGES),
    "rows by index": (lambda x: ad.take(x, INDICES), ROWS),
    "columns by index": (lambda x: ad.take(x, INDICES, 1), ROWS),
    "entries by index": (lambda x: ad.take_along(x, np.tile(INDICES[:, :1].T, (300, 1))), ROWS),
    "cumulative sum": (lambda x: ad.cumsum(x, 0, reverse=True), ROWS),
    "product": (lambda x: ad.prod(x, 1), ROWS),
    "variance": (lambda x: ad.variance(x, 0), ROWS),
    "flip": (lambda x: ad.flip(x) @ x.T, ROWS),
    "stack": (lambda x: ad.stack([x, ad.relu(x)], 1), ROWS),
    "inverse functions": (lambda x: ad.arcsinh(x) + ad.arctanh(0.5 * ad.tanh(x)), ROWS),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_forward_and_backward_allocate_nothing(name):
    function, shape = FUNCTIONS[name]
    bound = ad.lower(
        lambda x: {"g": ad.grad(lambda y: ad.sum(ad.square(function(y))))(x)},
        {"x": ad.Spec(shape, "float32")},
    ).bind()
    bound.inputs["x"][...] = np.random.default_rng(1).uniform(0.5, 1.5, shape)
    bound.run()
    tracemalloc.start()
    try:
        bound.run()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            bound.run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < BUFFERS < bound.inputs["x"].nbytes / 3
