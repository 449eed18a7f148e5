import numpy as np
import pytest
from scipy.optimize import brentq

from playground.calculus.searching import boundary, crossings, sign_change, without_noise

FUNCTIONS = [
    (np.cos, 1.0, 2.0),
    (lambda x: x**3 - 2.0, 0.0, 5.0),
    (lambda x: np.exp(x) - 1e5, -10.0, 30.0),
    (lambda x: np.tanh(40 * (x - 0.7)), -3.0, 9.0),
    (lambda x: 1e-200 * (x - 0.1), -1.0, 1.0),
]


@pytest.mark.parametrize("i", range(len(FUNCTIONS)))
def test_sign_changes_are_those_of_scipy(i):
    f, low, high = FUNCTIONS[i]
    (found,) = sign_change(f, np.array([low]), np.array([high]))
    assert found == pytest.approx(brentq(f, low, high, xtol=1e-15), abs=1e-13)


def test_many_brackets_at_once_take_few_rounds():
    counts = []

    def f(x):
        counts.append(len(x))
        return np.sin(x)

    low = np.pi * np.arange(1, 30) - 1.0
    np.testing.assert_allclose(sign_change(f, low, low + 2.1), low + 1.0, rtol=1e-15)
    assert len(counts) < 20


def test_a_zero_of_high_order_is_found_although_scipy_gives_up():
    (found,) = sign_change(lambda x: (x - 1 / 3) ** 9, np.array([-1.0]), np.array([2.0]))
    assert abs(found - 1 / 3) < 1e-12


def test_a_jump_is_found_to_the_last_double():
    f = lambda x: np.where(x < 1 / 3, -1.0, 5.0)  # noqa: E731
    (found,) = sign_change(f, np.array([0.0]), np.array([1.0]))
    assert abs(found - 1 / 3) < 1e-15
    (edge,) = boundary(lambda x: x < 0.7, np.array([0.0]), np.array([1.0]))
    assert abs(edge - 0.7) < 1e-15


def test_a_pole_is_found_too():
    f = lambda x: 1 / (x - 0.3)  # noqa: E731
    (found,) = sign_change(f, np.array([-1.0]), np.array([1.0]))
    assert abs(found - 0.3) < 1e-14


def test_crossings_may_lie_over_a_few_zeros_but_not_over_gaps():
    before, after = crossings(np.array([1.0, -1.0, 0.0, 1.0, np.nan, -1.0, 0, 0, 0, 0, 1.0]))
    assert before.tolist() == [0, 1]
    assert after.tolist() == [1, 3]


def test_noise_is_told_from_a_smooth_crossing():
    x = np.linspace(-1, 1, 201)
    noise = 1e-9 * np.random.default_rng(0).standard_normal(201)
    assert np.count_nonzero(without_noise(noise)) == 0
    assert np.count_nonzero(without_noise(np.sin(x))) >= 200
