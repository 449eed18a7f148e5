from pathlib import Path

import numpy as np

from playground.optimizers.clipping import Clipping

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch.npz")
GRADIENT = GOLDEN["clipping/gradient"]


def test_by_value():
    clipped = Clipping(value=2.0).apply(GRADIENT)
    np.testing.assert_array_equal(clipped, GOLDEN["clipping/by_value"])


def test_by_norm():
    clipped = Clipping(norm=3.0).apply(GRADIENT)
    np.testing.assert_allclose(clipped, GOLDEN["clipping/by_norm"], rtol=1e-14)


def test_a_short_gradient_and_zero_are_left_alone():
    short = GRADIENT / 1000
    np.testing.assert_array_equal(Clipping(norm=3.0).apply(short), short)
    np.testing.assert_array_equal(Clipping(norm=3.0).apply(np.zeros(4)), np.zeros(4))
    assert Clipping().apply(GRADIENT) is GRADIENT


def test_many_points_have_norms_of_their_own():
    many = np.stack([GRADIENT, GRADIENT / 1000])
    clipped = Clipping(norm=3.0).apply(many)
    np.testing.assert_allclose(clipped[0], Clipping(norm=3.0).apply(GRADIENT), rtol=1e-14)
    np.testing.assert_array_equal(clipped[1], many[1])
