import numpy as np
import pytest
from scipy import special

from playground import autodiff as ad

GRID = np.concatenate(
    [np.linspace(-6, 6, 40_001), 10.0 ** np.arange(-36.0, 1.0), [0.0, -0.0, np.inf, -np.inf]]
)


def test_single_precision_is_scipys_to_its_last_digits():
    got = ad.compile(ad.erf)(GRID.astype(np.float32))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, special.erf(GRID.astype(np.float32)), rtol=6e-7)


def test_double_precision_is_scipys():
    np.testing.assert_array_equal(ad.compile(ad.erf)(GRID), special.erf(GRID))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_no_number_stays_none(dtype):
    assert np.isnan(ad.compile(ad.erf)(np.array([np.nan], dtype))).all()
