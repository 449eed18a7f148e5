import numpy as np
import pytest

from playground.optimizers.curvature import largest_eigenvalue

SPECTRA = {
    "spread": np.linspace(-3, 10, 40),
    "repeated": np.array([5.0] * 7 + [1.0] * 9),
    "negative": -np.geomspace(1e-3, 1e3, 30),
    "one": np.array([0.25]),
    "zero": np.zeros(4),
    "narrow": 1 + 1e-4 * np.linspace(0, 1, 60),
}


@pytest.mark.parametrize("name", SPECTRA)
def test_it_is_the_largest_one(name):
    values, rng = SPECTRA[name], np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
    matrix = basis @ np.diag(values) @ basis.T
    found = largest_eigenvalue(lambda v: matrix @ v, len(values), np.random.default_rng(1))
    scale = np.abs(values).max()
    np.testing.assert_allclose(found, np.linalg.eigvalsh(matrix)[-1], rtol=1e-8, atol=1e-8 * scale)


def test_what_is_not_finite_is_reported_as_such():
    found = largest_eigenvalue(lambda v: v * np.nan, 5, np.random.default_rng(1))
    assert not np.isfinite(found)
