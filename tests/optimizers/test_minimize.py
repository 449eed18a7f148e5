"""Any optimizer on any function: what a trajectory says, and what is refused."""

import numpy as np
import pytest

from playground.errors import SpecError
from playground.models.layout import Layout
from playground.optimizers import (
    OPTIMIZERS,
    Clipping,
    Constraints,
    Function,
    Objective,
    Wrappers,
    minimize,
)
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.paths import Paths, plain_layout
from playground.optimizers.recipe import Recipe
from tests.optimizers.plane import rosenbrock

START = np.array([-1.2, 1.0])


def gradient_of_rosenbrock(x):
    inner = x[1] - x[0] ** 2
    return np.array([-400 * x[0] * inner - 2 * (1 - x[0]), 200 * inner])


@pytest.mark.parametrize("name", ["adam", "steepest_descent"])
def test_rows_belong_together(name):
    path = minimize(rosenbrock, START, name, 30)
    assert path.theta.shape == (31, 2)
    np.testing.assert_array_equal(path.theta[0], START)
    np.testing.assert_allclose(path.loss, [rosenbrock(x) for x in path.theta], rtol=1e-12)
    norms = [np.linalg.norm(gradient_of_rosenbrock(x)) for x in path.theta]
    np.testing.assert_allclose(path.gradient_norm, norms, rtol=1e-9)
    assert path.evaluations[0] == 0
    assert (np.diff(path.evaluations) >= 1).all()
    assert path.diverged_at is None


def test_many_paths_are_the_single_ones():
    starts = np.random.default_rng(0).normal(size=(5, 2))
    recipe = Recipe(OPTIMIZERS["adam"](learning_rate=0.05))
    together = Paths(Function(rosenbrock), recipe, starts)
    for _ in range(40):
        together.step()
    for start, end in zip(starts, together.theta, strict=True):
        alone = minimize(rosenbrock, start, recipe.optimizer, 40)
        np.testing.assert_allclose(end, alone.theta[-1], rtol=1e-12)


def test_a_path_that_diverges_stays_and_leaves_the_others_alone():
    starts = np.array([[1.0, 1.0], [50.0, -50.0]])
    paths = Paths(Function(rosenbrock), Recipe(OPTIMIZERS["sgd"](learning_rate=1e-3)), starts)
    for _ in range(50):
        paths.step()
    np.testing.assert_array_equal(paths.theta[0], [1.0, 1.0])
    assert np.isfinite(paths.theta).all()
    assert not np.isfinite(paths.loss[1])
    path = minimize(rosenbrock, starts[1], OPTIMIZERS["sgd"](learning_rate=1e-3), 50)
    assert path.diverged_at == np.flatnonzero(~np.isfinite(path.loss + path.gradient_norm))[0]
    assert np.isfinite(path.theta).all()


def test_a_restart_repeats_the_path():
    paths = Paths(Function(rosenbrock), Recipe(OPTIMIZERS["momentum"](learning_rate=1e-4)), START)
    ends = []
    for _ in range(2):
        for _ in range(20):
            paths.step()
        ends.append(paths.theta.copy())
        paths.restart(START)
    np.testing.assert_array_equal(*ends)


def test_noise_is_the_same_for_all_optimizers_and_repeats():
    seen = Function(lambda x, noise: (x[0] - noise[0]) ** 2 + x[1] ** 2, n_noise=1)
    by_rule = minimize(seen, START, OPTIMIZERS["sgd"](learning_rate=1e-9), 6, seed=3)
    again = minimize(seen, START, OPTIMIZERS["sgd"](learning_rate=1e-9), 6, seed=3)
    by_method = MethodWalk(seen, OPTIMIZERS["steepest_descent"](), START, seed=3)
    np.testing.assert_array_equal(by_rule.loss, again.loss)
    np.testing.assert_allclose(by_method.loss, by_rule.loss[0])
    assert np.unique(by_rule.loss).size == 7


def test_derivatives_of_an_objective():
    objective = Objective(Function(rosenbrock), plain_layout(2))
    hessian = objective.hessian(START)
    x, y = START
    expected = np.array([[1200 * x**2 - 400 * y + 2, -400 * x], [-400 * x, 200.0]])
    np.testing.assert_allclose(hessian, expected, rtol=1e-12)
    v = np.array([0.3, -2.0])
    np.testing.assert_allclose(objective.hessian_product(START, v), expected @ v, rtol=1e-12)


def test_what_is_remembered_counts_once():
    objective = Objective(Function(rosenbrock), plain_layout(2))
    objective.observe(START)
    assert objective.counts.values == objective.counts.gradients == 0
    objective.value_and_gradient(START)
    objective.value(START)
    objective.gradient(START)
    assert (objective.counts.values, objective.counts.gradients) == (1, 1)
    objective.value(START + 1)
    objective.value_and_gradient(START + 1)
    assert (objective.counts.values, objective.counts.gradients) == (2, 2)


def test_gauss_newton_of_a_sum_of_squares():
    def residuals(x):
        return np.sqrt(2.0) * (x - np.array([1.0, 2.0])) * x[::1]

    objective = Objective(
        Function(lambda x: 0.5 * (residuals(x) ** 2).sum(), residuals=residuals), plain_layout(2)
    )
    r, jacobian = objective.residuals(START)
    np.testing.assert_allclose(0.5 * r @ r, objective.value(START), rtol=1e-12)
    v = np.array([0.5, -1.5])
    np.testing.assert_allclose(
        objective.gauss_newton_product(START, v), jacobian.T @ (jacobian @ v), rtol=1e-12
    )
    np.testing.assert_allclose(jacobian.T @ r, objective.gradient(START), rtol=1e-12)


def test_what_surrounds_a_rule_surrounds_it_here_too():
    """Three steps by hand: SAM's gradient, clipped, then a step, decay and half of the way back."""
    around = {
        "clipping": Clipping(norm=5.0),
        "wrappers": Wrappers(sharpness=0.1, lookahead_steps=3),
        "constraints": Constraints(decay=0.2),
    }
    weights = Layout([("theta", "weight", (1, 2), True)])
    optimizer = OPTIMIZERS["sgd"](learning_rate=0.01)
    path = minimize(rosenbrock, START, optimizer, 3, layout=weights, **around)
    x, rows = START, []
    for _ in range(3):
        gradient = gradient_of_rosenbrock(x)
        gradient = gradient_of_rosenbrock(x + 0.1 * gradient / np.linalg.norm(gradient))
        gradient *= min(1.0, 5.0 / np.linalg.norm(gradient))
        x = x - 0.01 * gradient - 0.01 * 0.2 * x
        rows.append(x)
    rows[2] = START + 0.5 * (x - START)
    np.testing.assert_allclose(path.theta[1:], rows, rtol=1e-12)
    np.testing.assert_allclose(path.loss, [rosenbrock(x) for x in path.theta], rtol=1e-12)


def test_what_does_not_go_together_is_refused():
    with pytest.raises(SpecError, match="bfgs cannot move this: SAM ρ is on"):
        minimize(rosenbrock, START, "bfgs", 3, wrappers=Wrappers(sharpness=0.1))
    with pytest.raises(SpecError, match="rprop cannot move this: a decoupled decay"):
        minimize(rosenbrock, START, "rprop", 3, constraints=Constraints(decay=0.1))


@pytest.mark.parametrize(
    ("start", "steps", "message"),
    [
        ([[1.0]], 5, r"start: must be one row of numbers, got an array of shape \(1, 1\)"),
        ([], 5, r"start: must be one row of numbers, got an array of shape \(0,\)"),
        ([1.0], -1, "steps: must be ≥ 0, got -1"),
    ],
)
@pytest.mark.parametrize("name", ["sgd", "bfgs"])
def test_start_and_steps_that_make_no_path_are_refused(name, start, steps, message):
    with pytest.raises(SpecError, match=message):
        minimize(rosenbrock, start, name, steps)


def test_refusals_say_why():
    with pytest.raises(SpecError, match="unknown optimizer"):
        minimize(rosenbrock, START, "sdg", 3)
