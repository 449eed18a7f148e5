from pathlib import Path

import numpy as np
import pytest

from playground.autodiff import grad
from playground.autodiff import sum as total
from playground.models.activations import ACTIVATIONS

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "torch.npz")


@pytest.mark.parametrize("name", ACTIVATIONS.names())
@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("f8", 1e-10, 1e-15), ("f4", 1e-4, 1e-6)])
def test_values_slopes_and_curvatures_are_pytorchs(name, dtype, rtol, atol):
    activation, x = ACTIVATIONS[name](), GOLDEN["activations/x"].astype(dtype)
    slope = grad(lambda x: total(activation(x)))
    curvature = grad(lambda x: total(slope(x)))
    for what, f in {"y": activation, "slope": slope, "curvature": curvature}.items():
        found = np.asarray(f(x))
        assert found.dtype == dtype
        expected = GOLDEN[f"activations/{name}/{what}"]
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=what)


@pytest.mark.parametrize("name", ACTIVATIONS.names())
def test_far_tails_stay_finite_in_float32(name):
    activation = ACTIVATIONS[name]()
    x = np.array([-1e4, -200.0, 200.0, 1e4], np.float32)
    assert np.isfinite(activation(x)).all()
    assert np.isfinite(grad(lambda x: total(activation(x)))(x)).all()
