"""Quasi-Newton methods and conjugate gradients: against SciPy's, and on quadratics."""

import numpy as np
import pytest
import scipy.optimize

from playground import autodiff as ad
from playground.optimizers import OPTIMIZERS, minimize
from playground.optimizers.function import Function
from playground.optimizers.minimization import MethodWalk
from tests.optimizers.plane import rosenbrock

START = np.array([-1.2, 1.0])
TOLERANCE = 1e-8
KINDS = ["bfgs", "lbfgs", "conjugate_gradients"]


def evaluations_to(path, tolerance=TOLERANCE):
    """Evaluations when the largest entry of the gradient met SciPy's test at the latest."""
    reached = np.flatnonzero(path.gradient_norm <= tolerance)
    assert reached.size, "never reached"
    return path.evaluations[reached[0]]


@pytest.mark.parametrize(
    ("kind", "theirs", "options"),
    [
        ("bfgs", "BFGS", {}),
        ("lbfgs", "L-BFGS-B", {"ftol": 0.0, "maxcor": 10}),
        ("conjugate_gradients", "CG", {}),
    ],
)
def test_rosenbrock_in_no_more_evaluations_than_scipy(kind, theirs, options):
    result = scipy.optimize.minimize(
        scipy.optimize.rosen,
        START,
        jac=scipy.optimize.rosen_der,
        method=theirs,
        options={"gtol": TOLERANCE, **options},
    )
    path = minimize(rosenbrock, START, kind, 80)
    assert evaluations_to(path) <= 1.1 * result.nfev
    np.testing.assert_allclose(path.theta[-1], [1.0, 1.0], atol=1e-8)


def quadratic(n, seed=0):
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(n, n)))
    matrix = basis @ np.diag(np.geomspace(1, 100, n)) @ basis.T
    return matrix, rng.normal(size=n)


@pytest.mark.parametrize("kind", KINDS)
def test_a_quadratic_takes_as_many_exact_searches_as_it_has_dimensions(kind):
    n = 7
    matrix, centre = quadratic(n)
    optimizer = OPTIMIZERS[kind](curvature=1e-9)
    path = minimize(
        lambda x: 0.5 * ad.sum((x - centre) * (matrix @ (x - centre))), np.zeros(n), optimizer, n
    )
    assert path.gradient_norm[n - 1] > 1e-3
    assert path.gradient_norm[n] < 1e-5 * path.gradient_norm[0]
    np.testing.assert_allclose(path.theta[n], centre, atol=1e-5)


def test_bfgs_learns_the_inverse_hessian():
    n = 5
    matrix, centre = quadratic(n, 1)
    function = Function(lambda x: 0.5 * ad.sum((x - centre) * (matrix @ (x - centre))))
    walk = MethodWalk(function, OPTIMIZERS["bfgs"](curvature=1e-9), np.zeros(n))
    for _ in range(n):
        walk.step()
    np.testing.assert_allclose(walk.state["inverse_hessian"] @ matrix, np.eye(n), atol=1e-5)


def test_lbfgs_direction_is_that_of_the_dense_updates():
    """Nocedal & Wright 2006, eq. 7.16 and 7.19, written out with matrices."""
    rng = np.random.default_rng(2)
    n, m = 6, 4
    optimizer = OPTIMIZERS["lbfgs"](history=m)
    state = optimizer.initial(np.zeros(n), None)
    matrix, _ = quadratic(n, 3)
    for _ in range(6):  # two more than are kept
        s = rng.normal(size=n)
        optimizer.learn(s, matrix @ s, state)
        state["n_pairs"] += 1
    pairs = list(zip(state["s"], state["y"], strict=True))
    s, y = pairs[-1]
    inverse = np.eye(n) * (s @ y) / (y @ y)
    for s, y in pairs:
        rho = 1 / (y @ s)
        v = np.eye(n) - rho * np.outer(y, s)
        inverse = v.T @ inverse @ v + rho * np.outer(s, s)
    gradient = rng.normal(size=n)
    np.testing.assert_allclose(optimizer.direction(gradient, state), -inverse @ gradient)


@pytest.mark.parametrize("search", ["strong_wolfe", "backtracking"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_searches_and_number_types(kind, search):
    matrix, centre = quadratic(4, 5)
    for dtype in (np.float32, np.float64):
        a, c = matrix.astype(dtype), centre.astype(dtype)
        function = Function(lambda x, a=a, c=c: 0.5 * ad.sum((x - c) * (a @ (x - c))))
        walk = MethodWalk(function, OPTIMIZERS[kind](line_search=search), np.zeros(4, dtype))
        for _ in range(300):
            walk.step()
        assert walk.theta.dtype == dtype
        np.testing.assert_allclose(walk.theta, c, atol=1e-4)


@pytest.mark.parametrize("kind", [*KINDS, "steepest_descent"])
def test_a_point_without_gradient_stays(kind):
    path = minimize(lambda x: ad.sum(x**4), np.zeros(3), kind, 3)
    np.testing.assert_array_equal(path.theta, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wall_of_infinite_values_is_not_crossed(kind):
    path = minimize(lambda x: -ad.log(1.0 - x[0]) - 5.0 * x[0], [-20.0], kind, 30)
    assert path.diverged_at is None
    np.testing.assert_allclose(path.theta[-1], 0.8, atol=1e-6)


def test_what_the_batch_changes_does_not_enter_the_pairs():
    """y is the difference of one function's gradients, though each step has another function."""
    function = Function(
        lambda x, noise: 0.5 * ad.sum(ad.square(x - noise)) + ad.sum(x * noise), n_noise=2
    )
    walk = MethodWalk(function, OPTIMIZERS["lbfgs"](history=3), np.array([3.0, -1.0]))
    for _ in range(4):
        walk.step()
    np.testing.assert_allclose(walk.state["y"], walk.state["s"], atol=1e-12)
