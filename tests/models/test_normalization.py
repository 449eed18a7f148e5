from pathlib import Path

import numpy as np
import pytest

from playground import autodiff as ad
from playground.models.normalization import batch_norm, layer_norm

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "networks.npz")
TOLERANCE = {np.float64: {"rtol": 1e-10, "atol": 1e-13}, np.float32: {"rtol": 1e-4, "atol": 1e-5}}
PRECISIONS = [np.float64, np.float32]


def golden(name, dtype):
    return GOLDEN[name].astype(dtype)


def check(f, case, moment, dtype):
    """Compare a function of (x, scale, shift) and its derivatives with PyTorch's."""
    x, cotangent = (golden(f"{case}/{moment}/{name}", dtype) for name in ("x", "cotangent"))
    scale, shift = (golden(f"{case}/{name}", dtype) for name in ("scale", "shift"))
    y, pull_back = ad.vjp(f, x, scale, shift)
    found = [y, *pull_back(cotangent)]
    for name, array in zip(("y", "dx", "dscale", "dshift"), found, strict=True):
        assert array.dtype == dtype
        expected = GOLDEN[f"{case}/{moment}/{name}"]
        np.testing.assert_allclose(array, expected, err_msg=name, **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("case", ["batch_norm", "batch_norm_2d"])
def test_batch_norm_and_its_running_statistics_are_pytorchs(case, dtype):
    n_units = len(GOLDEN[f"{case}/scale"])
    running = np.zeros(n_units, dtype), np.ones(n_units, dtype)
    for moment in ("training1", "training2", "training3", "evaluation"):
        is_training = moment != "evaluation"

        def normalize(x, scale, shift, running=running, is_training=is_training):
            return batch_norm(x, scale, shift, running, is_training=is_training)[0]

        check(normalize, case, moment, dtype)
        x = golden(f"{case}/{moment}/x", dtype)
        _, running = batch_norm(x, 1.0, 0.0, running, is_training=is_training)
        for name, array in zip(("mean", "var"), running, strict=True):
            expected = GOLDEN[f"{case}/{moment}/running_{name}"]
            np.testing.assert_allclose(array, expected, err_msg=name, **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(("case", "n_axes"), [("layer_norm", 1), ("layer_norm_2d", 3)])
def test_layer_norm_is_pytorchs(case, n_axes, dtype):
    for moment in ("training1", "evaluation"):
        check(lambda *args: layer_norm(*args, n_axes=n_axes), case, moment, dtype)


def test_a_batch_of_one_sample_leaves_finite_statistics():
    ones, zeros = np.ones(3), np.zeros(3)
    y, running = batch_norm(np.full((1, 3), 5.0), ones, 2 * ones, (zeros, ones), is_training=True)
    np.testing.assert_array_equal(y, [[2, 2, 2]])
    np.testing.assert_allclose(running, [0.5 * ones, 0.9 * ones])


@pytest.mark.parametrize("shape", [(6, 4), (3, 2, 2, 4)])
def test_derivatives_hold_to_second_order(shape):
    rng = np.random.default_rng(0)
    x, scale, shift, weights = (rng.normal(size=s) for s in (shape, 4, 4, shape))
    running = np.zeros(4), np.ones(4)

    def of_the_batch(x, scale, shift):
        y, _ = batch_norm(x, scale, shift, running, is_training=True)
        return ad.sum(weights * ad.tanh(y))

    def of_the_layer(x, scale, shift):
        return ad.sum(weights * ad.tanh(layer_norm(x, scale, shift, len(shape) - 1)))

    ad.check_gradients(of_the_batch, x, scale, shift)
    ad.check_gradients(of_the_layer, x, scale, shift)
