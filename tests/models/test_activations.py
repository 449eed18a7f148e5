from pathlib import Path

import numpy as np
import pytest

from playground.autodiff import grad
from playground.autodiff import sum as total
from playground.models.activations import ACTIVATIONS

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch.npz")


@pytest.mark.parametrize("name", ACTIVATIONS.names())
def test_values_and_slopes_are_pytorchs(name):
    activation, x = ACTIVATIONS[name](), GOLDEN["activations/x"]
    y = np.asarray(activation(x))
    slope = grad(lambda x: total(activation(x)))(x)
    np.testing.assert_allclose(y, GOLDEN[f"activations/{name}/y"], rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(slope, GOLDEN[f"activations/{name}/slope"], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS.names())
def test_far_tails_stay_finite_in_float32(name):
    activation = ACTIVATIONS[name]()
    x = np.array([-1e4, -200.0, 200.0, 1e4], np.float32)
    assert np.isfinite(activation(x)).all()
    assert np.isfinite(grad(lambda x: total(activation(x)))(x)).all()
