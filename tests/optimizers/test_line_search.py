"""Searches along a line keep what they promise."""

import numpy as np
import pytest

from playground import autodiff as ad
from playground.optimizers import OPTIMIZERS, Function, Objective, minimize
from playground.optimizers.line_search import backtrack
from playground.optimizers.paths import plain_layout
from playground.optimizers.wolfe import StrongWolfe, Trial

LINES = {
    # The three shapes of Moré & Thuente 1994, section 5, with values that stay finite.
    "far minimum": (lambda t: -t / (t**2 + 2.0), 0.001, 0.1),
    "hard to bracket": (lambda t: (t + 0.004) ** 5 - 2.0 * (t + 0.004) ** 4, 0.1, 0.1),
    "wavy": (
        lambda t: ad.abs(1.0 - t) + 0.02 / 0.39 * ad.sin(39 * np.pi / 2 * t),
        0.1,
        0.1,
    ),
    "wall": (lambda t: -ad.log(1.0 - t) - 3.0 * t, 1e-4, 0.5),
    "valley of a root": (lambda t: ad.sqrt(2.0 - t) + t**2, 1e-4, 0.1),
}


def line(f, dtype=np.float64):
    objective = Objective(Function(lambda x: f(x[0])), plain_layout(1), dtype=dtype)
    zero = np.zeros(1, dtype)
    value, gradient = objective.value_and_gradient(zero)
    down = -np.sign(gradient)
    return objective, Trial(0.0, zero, value, gradient, float(gradient @ down)), down


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize("name", LINES)
def test_strong_wolfe_conditions(name, first):
    f, decrease, curvature = LINES[name]
    objective, start, down = line(f)
    with np.errstate(all="ignore"):
        end = StrongWolfe(objective, start, down, decrease, curvature).search(first)
    assert end.length > 0
    assert end.value <= start.value + decrease * end.length * start.slope
    assert abs(end.slope) <= curvature * -start.slope
    np.testing.assert_allclose(end.value, float(np.asarray(f(end.theta[0]))), rtol=1e-12)
    assert objective.counts.values <= 25


def test_a_line_that_falls_for_ever_ends_low():
    objective, start, down = line(lambda t: -t)
    end = StrongWolfe(objective, start, down, 1e-4, 0.9).search(1.0)
    assert end.value < -1e3
    assert np.isfinite(end.value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_does_not_end_the_search(dtype):
    """Near a minimum with a large value, values tell nothing and slopes still do."""
    objective, start, down = line(lambda t: 1e3 + 0.5 * ad.square(t - 1e-4), dtype)
    end = StrongWolfe(objective, start, down, 1e-4, 0.1).search(1e-5)
    assert abs(end.theta[0] - 1e-4) <= 0.1 * 1e-4 * 1.01


def test_no_step_leads_down_where_nothing_is_finite():
    objective = Objective(Function(lambda x: ad.log(x[0])), plain_layout(1))
    theta = np.array([1.0])
    start = Trial(0.0, theta, 0.0, np.array([1.0]), 1.0)
    uphill = Trial(0.0, theta, 0.0, np.array([1.0]), -1.0)  # a slope that the function has not
    with np.errstate(all="ignore"):
        found = StrongWolfe(objective, uphill, np.array([1.0]), 1e-4, 0.9).search(1.0)
    assert found.length == 0
    np.testing.assert_array_equal(found.theta, start.theta)


def test_backtracking_takes_the_first_length_that_will_do():
    objective = Objective(Function(lambda x: ad.sum(ad.square(x))), plain_layout(2))
    theta = np.array([1.0, -2.0])
    length = backtrack(
        objective, theta, -2 * theta, 5.0, -20.0, first=8.0, decrease=0.3, factor=0.5
    )
    lengths = 8.0 * 0.5 ** np.arange(10)
    good = [t for t in lengths if np.sum((theta - 2 * t * theta) ** 2) <= 5 - 0.3 * t * 20]
    assert length == good[0]


@pytest.mark.parametrize("search", ["backtracking", "strong_wolfe"])
def test_gradient_descent_by_either_search(search):
    curvatures = np.array([1.0, 10.0])
    optimizer = OPTIMIZERS["steepest_descent"](line_search=search)
    path = minimize(lambda x: 0.5 * ad.sum(curvatures * ad.square(x)), [3.0, -1.0], optimizer, 120)
    assert path.gradient_norm[-1] < 1e-8
    assert (np.diff(path.loss) <= 0).all()
