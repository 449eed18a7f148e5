import numpy as np
import pytest

from playground.models.initializers import INITIALIZERS, Constant, Normal, Orthogonal, Uniform

FAN_IN, FAN_OUT = 300, 500

VARIANCES = {
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "he_uniform": 2 / FAN_IN,
    "he_normal": 2 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
}


def draw(initializer, shape=(FAN_IN, FAN_OUT), seed=0):
    return initializer.draw(np.random.default_rng(seed), shape)


@pytest.mark.parametrize("name", VARIANCES)
def test_variance_is_the_papers(name):
    weights = draw(INITIALIZERS[name]())
    # 150 000 draws: the sample variance lies within 2 % (five standard errors of a normal's).
    assert np.var(weights) == pytest.approx(VARIANCES[name], rel=0.02)
    assert abs(np.mean(weights)) < 5 * np.sqrt(VARIANCES[name] / weights.size)


@pytest.mark.parametrize("name", [n for n in VARIANCES if n.endswith("uniform")])
def test_uniform_draws_fill_their_bounds(name):
    weights = draw(INITIALIZERS[name]())
    assert np.abs(weights).max() == pytest.approx(np.sqrt(3 * VARIANCES[name]), rel=1e-3)


@pytest.mark.parametrize("name", INITIALIZERS.names())
def test_shape_and_repeatability(name):
    initializer = INITIALIZERS[name]()
    assert draw(initializer, (7, 3)).shape == (7, 3)
    np.testing.assert_array_equal(draw(initializer, seed=4), draw(initializer, seed=4))


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (1, 5)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape):
    weights = draw(Orthogonal(gain=2.0), shape)
    product = weights @ weights.T if shape[0] < shape[1] else weights.T @ weights
    np.testing.assert_allclose(product, 4.0 * np.eye(min(shape)), atol=1e-12)


@pytest.mark.parametrize("name", VARIANCES)
def test_a_kernels_extent_multiplies_both_fans(name):
    flat, kernel = (draw(INITIALIZERS[name](), shape) for shape in ((250, 400), (5, 5, 10, 16)))
    assert kernel.shape == (5, 5, 10, 16)
    # The same draws: only the scale depends on the shape.
    np.testing.assert_allclose(kernel.ravel(), flat.ravel()[: kernel.size], rtol=1e-12)


def test_orthogonal_kernels_are_orthonormal_as_matrices():
    kernel = draw(Orthogonal(), (3, 3, 2, 5)).reshape(18, 5)
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(5), atol=1e-12)


def test_settings_are_used():
    assert (draw(Constant(value=0.3)) == 0.3).all()
    assert np.abs(draw(Uniform(bound=0.2))).max() == pytest.approx(0.2, rel=1e-3)
    assert np.std(draw(Normal(std=3.0))) == pytest.approx(3.0, rel=0.02)
