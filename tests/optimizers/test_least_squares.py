"""Gauss-Newton and Levenberg-Marquardt on the problems of Moré, Garbow & Hillstrom 1981.

The published minima are sums of squares, twice what is made small here.
"""

import numpy as np
import pytest
import scipy.optimize

from playground import autodiff as ad
from playground.optimizers import OPTIMIZERS, Function, Objective, minimize
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.paths import plain_layout

KINDS = ["gauss_newton", "levenberg_marquardt"]


def rosenbrock(x):
    return [10 * (x[1] - x[0] ** 2), 1 - x[0]]


def freudenstein_roth(x):
    y = x[1]
    return [-13 + x[0] + ((5 - y) * y - 2) * y, -29 + x[0] + ((y + 1) * y - 14) * y]


def beale(x):
    return [c - x[0] * (1 - x[1] ** (i + 1)) for i, c in enumerate((1.5, 2.25, 2.625))]


def powell_singular(x):
    return [
        x[0] + 10 * x[1],
        5**0.5 * (x[2] - x[3]),
        (x[1] - 2 * x[2]) ** 2,
        10**0.5 * (x[0] - x[3]) ** 2,
    ]


BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]


def bard(x):
    return [
        y - (x[0] + u / ((16 - u) * x[1] + min(u, 16 - u) * x[2])) for u, y in enumerate(BARD, 1)
    ]


KOWALIK = [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]
KNOTS = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]


def kowalik_osborne(x):
    return [
        y - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3])
        for y, u in zip(KOWALIK, KNOTS, strict=True)
    ]


OSBORNE = [0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751]
OSBORNE += [0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490]
OSBORNE += [0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406]


def osborne_1(x):
    return [
        y - (x[0] + x[1] * ad.exp(-10.0 * i * x[3]) + x[2] * ad.exp(-10.0 * i * x[4]))
        for i, y in enumerate(OSBORNE)
    ]


def jennrich_sampson(x):
    return [2 + 2 * i - (ad.exp(i * x[0]) + ad.exp(i * x[1])) for i in range(1, 11)]


def brown_dennis(x):
    return [
        (x[0] + 0.2 * i * x[1] - np.exp(0.2 * i)) ** 2
        + (x[2] + np.sin(0.2 * i) * x[3] - np.cos(0.2 * i)) ** 2
        for i in range(1, 21)
    ]


PROBLEMS = {
    # terms, start, published minimum
    "rosenbrock": (rosenbrock, [-1.2, 1.0], 0.0),
    "freudenstein_roth": (freudenstein_roth, [0.5, -2.0], 48.9842),
    "beale": (beale, [1.0, 1.0], 0.0),
    "powell_singular": (powell_singular, [3.0, -1.0, 0.0, 1.0], 0.0),
    "bard": (bard, [1.0, 1.0, 1.0], 8.21487e-3),
    "kowalik_osborne": (kowalik_osborne, [0.25, 0.39, 0.415, 0.39], 3.07505e-4),
    "osborne_1": (osborne_1, [0.5, 1.5, -1.0, 0.01, 0.02], 5.46489e-5),
    "jennrich_sampson": (jennrich_sampson, [0.3, 0.4], 124.362),
    "brown_dennis": (brown_dennis, [25.0, 5.0, -5.0, -1.0], 85822.2),
}


def posed(name):
    terms, start, minimum = PROBLEMS[name]

    def residuals(x):
        return ad.stack(terms(x))

    function = Function(lambda x: 0.5 * ad.sum(ad.square(residuals(x))), residuals=residuals)
    return function, np.array(start), minimum


@pytest.mark.parametrize("name", PROBLEMS)
def test_levenberg_marquardt_reaches_the_published_minima(name):
    function, start, minimum = posed(name)
    path = minimize(function, start, "levenberg_marquardt", 250)
    assert 2 * path.loss[-1] == pytest.approx(minimum, rel=1e-5, abs=1e-20)
    # Below, at the minimum of Powell's singular function, residuals are rounding alone.
    loss = np.maximum(path.loss, 1e-50)
    assert (np.diff(loss) <= 1e-14 * loss[:-1]).all()


# Brown and Dennis's residuals are too large for the linear model alone.
@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "brown_dennis"])
def test_gauss_newton_reaches_them_too(name):
    function, start, minimum = posed(name)
    path = minimize(function, start, "gauss_newton", 60)
    assert 2 * path.loss[-1] == pytest.approx(minimum, rel=1e-5, abs=1e-20)


@pytest.mark.parametrize("name", PROBLEMS)
def test_levenberg_marquardt_beside_scipy(name):
    """MINPACK's stops by its own test; we get as low in not many more evaluations."""
    function, start, _ = posed(name)
    objective = Objective(function, plain_layout(len(start)))
    result = scipy.optimize.least_squares(
        lambda x: objective.residuals(x)[0],
        start,
        jac=lambda x: objective.residuals(x)[1],
        method="lm",
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
    )
    path = minimize(function, start, "levenberg_marquardt", 250)
    reached = np.flatnonzero(path.loss <= result.cost * (1 + 1e-6) + 1e-14)
    assert reached.size
    assert path.evaluations[reached[0]] <= 2 * result.nfev + 5


def test_the_first_steps_are_those_of_the_formulas():
    function, start, _ = posed("bard")
    r, jacobian = Objective(function, plain_layout(3)).residuals(start)
    path = minimize(function, start, "gauss_newton", 1)
    step = np.linalg.solve(jacobian.T @ jacobian, -jacobian.T @ r)
    np.testing.assert_allclose(path.theta[1], start + step, rtol=1e-8)
    for scaling in ("identity", "columns"):
        optimizer = OPTIMIZERS["levenberg_marquardt"](first_damping=0.1, scaling=scaling)
        path = minimize(function, start, optimizer, 1)
        squares = np.diag(jacobian.T @ jacobian)
        damping = np.diag(0.1 * squares if scaling == "columns" else np.full(3, 0.1 * max(squares)))
        step = np.linalg.solve(jacobian.T @ jacobian + damping, -jacobian.T @ r)
        np.testing.assert_allclose(path.theta[1], start + step, rtol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_number_types_and_a_jacobian_without_full_rank(kind, dtype):
    def residuals(x):
        return ad.stack([x[0] + x[1] - 2.0, x[0] + x[1] - 4.0, 0.0 * x[2]])

    function = Function(lambda x: 0.5 * ad.sum(ad.square(residuals(x))), residuals=residuals)
    walk = MethodWalk(function, OPTIMIZERS[kind](), np.array([1.0, 0.0, 7.0], dtype))
    for _ in range(30):
        walk.step()
    assert walk.theta.dtype == dtype
    np.testing.assert_allclose(walk.theta, [2.0, 1.0, 7.0], atol=1e-3)


@pytest.mark.parametrize("n_terms", [3, 90])
def test_jacobians_by_rows_and_by_columns(n_terms):
    rng = np.random.default_rng(0)
    matrix, x = rng.normal(size=(n_terms, 40)), rng.normal(size=40)
    function = Function(
        lambda x: 0.5 * ad.sum(ad.square(ad.tanh(matrix @ x))),
        residuals=lambda x: ad.tanh(matrix @ x),
    )
    r, jacobian = Objective(function, plain_layout(40)).residuals(x)
    np.testing.assert_allclose(r, np.tanh(matrix @ x), rtol=1e-12)
    np.testing.assert_allclose(jacobian, (1 - r**2)[:, None] * matrix, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_sum_of_squares_is_refused(kind):
    offers = Function(lambda x: x[0]).offers()
    reason = OPTIMIZERS[kind]().refuses(1, offers, is_deterministic=True)
    assert "residuals" in reason
