from pathlib import Path

import numpy as np
import pytest

from playground.optimizers.clipping import Clipping
from playground.optimizers.paths import plain_layout
from tests.optimizers.transcriptions import adaptive_clipping
from tests.optimizers.walks import LAYOUT

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch.npz")
GRADIENT = GOLDEN["clipping/gradient"]


def clip(clipping, gradient, theta=None, layout=None):
    theta = np.zeros_like(gradient) if theta is None else theta
    return clipping.apply(gradient, theta, layout or plain_layout(gradient.shape[-1]))


def test_by_value():
    np.testing.assert_array_equal(clip(Clipping(value=2.0), GRADIENT), GOLDEN["clipping/by_value"])


def test_by_norm():
    clipped = clip(Clipping(norm=3.0), GRADIENT)
    np.testing.assert_allclose(clipped, GOLDEN["clipping/by_norm"], rtol=1e-14)


def test_a_short_gradient_and_zero_are_left_alone():
    short = GRADIENT / 1000
    np.testing.assert_array_equal(clip(Clipping(norm=3.0), short), short)
    np.testing.assert_array_equal(clip(Clipping(norm=3.0), np.zeros(4)), np.zeros(4))
    assert clip(Clipping(), GRADIENT) is GRADIENT


@pytest.fixture
def gradient():
    return np.random.default_rng(4).normal(size=LAYOUT.size)


def test_by_layer(gradient):
    clipped = clip(Clipping(layer_norm=2.0), gradient, layout=LAYOUT)
    for layer in LAYOUT.layers:
        own, before = clipped[LAYOUT.span(layer)], gradient[LAYOUT.span(layer)]
        length = np.linalg.norm(before)
        np.testing.assert_allclose(own, before * min(1.0, 2.0 / length), rtol=1e-14)
    assert np.linalg.norm(gradient[LAYOUT.span("hidden1")]) > 2.0
    assert np.linalg.norm(gradient[LAYOUT.span("output")]) < 10.0


def test_adaptive_clipping_is_the_papers(gradient):
    theta = np.random.default_rng(5).normal(size=LAYOUT.size)
    theta[LAYOUT.span("hidden2")] *= 1e-6
    clipped = clip(Clipping(adaptive=0.3), gradient, theta, LAYOUT)
    expected = gradient.copy()
    for segment in LAYOUT:
        if segment.layer == "output":
            continue
        rows = slice(segment.start, segment.stop)
        g, w = (x[rows].reshape(segment.shape) for x in (gradient, theta))
        expected[rows] = adaptive_clipping(g, w, 0.3).ravel()
    np.testing.assert_allclose(clipped, expected, rtol=1e-12)
    assert not np.array_equal(expected, gradient)
    np.testing.assert_array_equal(
        clip(Clipping(adaptive=0.3), 0 * gradient, theta, LAYOUT), 0 * gradient
    )


@pytest.mark.parametrize("clipping", [Clipping(norm=3.0), Clipping(layer_norm=3.0)])
def test_many_points_have_norms_of_their_own(clipping):
    many = np.stack([GRADIENT, GRADIENT / 1000])
    clipped = clip(clipping, many)
    np.testing.assert_allclose(clipped[0], clip(clipping, GRADIENT), rtol=1e-14)
    np.testing.assert_array_equal(clipped[1], many[1])
