"""CMA-ES: the library's own path, the rule that is shown, the ellipse."""

import sys

import numpy as np
import pytest

from playground.optimizers import OPTIMIZERS, Function, minimize
from playground.optimizers.minimization import MethodWalk
from playground.randomness import Stream, seed_of
from tests.optimizers.plane import START, quadratic, rosenbrock


@pytest.mark.parametrize("seed", [0, 7, 2**40 + 3])
@pytest.mark.parametrize(("name", "own"), [("cma_es", "CMA"), ("separable_cma_es", "SepCMA")])
def test_cma_takes_the_librarys_own_path(name, own, seed):
    import cmaes

    path = minimize(rosenbrock, START, OPTIMIZERS[name](first_sigma=0.3), 60, seed=seed)
    words = seed if seed < 2**32 else [seed % 2**32, seed // 2**32]
    loop = getattr(cmaes, own)(mean=START.copy(), sigma=0.3, seed=words)
    for row in range(1, 61):
        points = [loop.ask() for _ in range(loop.population_size)]
        loop.tell([(x, rosenbrock(x)) for x in points])
        np.testing.assert_allclose(path.theta[row], loop.mean, rtol=1e-9)
    np.testing.assert_array_equal(path.evaluations, np.arange(61) * loop.population_size)


@pytest.mark.parametrize("name", ["cma_es", "separable_cma_es"])
def test_the_library_is_loaded_before_the_first_step(name, monkeypatch):
    # Else its second would be counted as the step's.
    monkeypatch.delitem(sys.modules, "cmaes", raising=False)
    MethodWalk(Function(quadratic), OPTIMIZERS[name](), START)
    assert "cmaes" in sys.modules


@pytest.mark.parametrize(("name", "own"), [("cma_es", "CMA"), ("separable_cma_es", "SepCMA")])
def test_cma_moves_by_the_rule_that_is_shown(name, own):
    """Line by line, with the library's constants: worse points have negative weights."""
    import cmaes

    # A long way down with small steps, on which the evolution path becomes long.
    walk = MethodWalk(Function(quadratic), OPTIMIZERS[name](first_sigma=0.01), START)
    lib = getattr(cmaes, own)(mean=START.copy(), sigma=0.01)
    w, n, seen = lib._weights, 2, set()
    full = np.asarray if name == "cma_es" else np.diag
    for k in range(1, 41):
        before = {key: np.array(a) for key, a in walk.state.items()}
        m, sigma, c = before["mean"], before["sigma"].item(), full(before["covariance"])
        values, basis = np.linalg.eigh(c)
        inverse_root = basis @ np.diag(values**-0.5) @ basis.T
        walk.step()
        after = walk.state
        points = np.array(sorted(after["population"].tolist(), key=quadratic))
        y = (points - m) / sigma
        mu = lib._mu
        y_w = w[:mu] @ y[:mu]
        s = (1 - lib._c_sigma) * before.get("sigma_path", 0.0) + np.sqrt(
            lib._c_sigma * (2 - lib._c_sigma) * lib._mu_eff
        ) * inverse_root @ y_w
        length, expected = np.linalg.norm(s), np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))
        limit = (1.4 + 2 / (n + 1)) * expected
        h = float(length < limit * np.sqrt(1 - (1 - lib._c_sigma) ** (2 * (k + 1))))
        seen.add(h)
        c_p = lib._cc
        p = (1 - c_p) * before.get("covariance_path", 0.0) + h * np.sqrt(
            c_p * (2 - c_p) * lib._mu_eff
        ) * y_w
        c_h = lib._c1 * (1 - (1 - h) * c_p * (2 - c_p))
        if name == "cma_es":
            lengths = np.sum((y @ inverse_root) ** 2, axis=1)
            own_w = np.where(w >= 0, w, w * n / lengths)
            moved = (1 - c_h - lib._cmu * w.sum()) * c + lib._c1 * np.outer(p, p)
            moved = moved + lib._cmu * np.einsum("i,ij,ik->jk", own_w, y, y)
        else:
            moved = (1 - c_h - lib._cmu) * np.diag(c) + lib._c1 * p**2
            moved = moved + lib._cmu * w[:mu] @ y[:mu] ** 2
        grown = sigma * np.exp(lib._c_sigma / lib._d_sigma * (length / expected - 1))
        np.testing.assert_allclose(after["mean"], m + sigma * y_w, rtol=1e-9)
        np.testing.assert_allclose(after["sigma"], grown, rtol=1e-7)
        np.testing.assert_allclose(after["covariance"], moved, rtol=1e-6, atol=1e-7)
    assert seen == {0.0, 1.0}


def test_the_state_of_cma_shows_the_ellipse():
    walk = MethodWalk(Function(quadratic), OPTIMIZERS["cma_es"](population_size=12), START)
    np.testing.assert_array_equal(walk.state["covariance"], np.eye(2))
    for _ in range(40):
        walk.step()
    covariance = walk.state["covariance"] / walk.state["covariance"][0, 0]
    assert walk.state["population"].shape == (12, 2)
    np.testing.assert_array_equal(walk.state["mean"], walk.theta)
    # The contours' shape is the inverse of the Hessian: a tenth along y.
    assert 0.03 < covariance[1, 1] < 0.3


def test_the_seed_of_a_stream_is_found_again():
    assert seed_of(Stream(2**40 + 3, "anything").at(17)) == 2**40 + 3
