"""Newton's methods: trust regions against SciPy's, subproblems, saddles."""

import numpy as np
import pytest
import scipy.optimize

from playground import autodiff as ad
from playground.declarations import with_value
from playground.optimizers import OPTIMIZERS, Objective, minimize
from playground.optimizers.function import Function
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.paths import plain_layout
from playground.optimizers.trust_region import exact_step, steihaug
from playground.training import Experiment, Trainer
from tests.optimizers.plane import rosenbrock

START = np.array([-1.2, 1.0])
SMALL_BATCHES = Experiment()
for path, value in {
    "data": {"kind": "circle", "n_samples": 200},
    "model.hidden.0.units": 6,
    "model.hidden.1.units": 4,
    "training.precision": "float64",
    "training.batch_size": 30,
}.items():
    SMALL_BATCHES = with_value(SMALL_BATCHES, path, value)
NEWTONS = ["trust_region_newton", "trust_region_cg", "damped_newton", "saddle_free_newton"]


def saddle(x):
    """Flat at 0, curved upwards along x and downwards along y; minima at (0, ±1)."""
    return ad.square(x[0]) - 0.5 * ad.square(x[1]) + 0.25 * x[1] ** 4


@pytest.mark.parametrize(
    ("kind", "theirs"), [("trust_region_newton", "trust-exact"), ("trust_region_cg", "trust-ncg")]
)
def test_rosenbrock_in_no_more_evaluations_than_scipy(kind, theirs):
    result = scipy.optimize.minimize(
        scipy.optimize.rosen,
        START,
        jac=scipy.optimize.rosen_der,
        hess=scipy.optimize.rosen_hess,
        method=theirs,
        options={"gtol": 1e-8},
    )
    path = minimize(rosenbrock, START, kind, 40)
    reached = np.flatnonzero(path.gradient_norm <= 1e-8)[0]
    assert path.evaluations[reached] <= 1.1 * result.nfev
    assert (np.diff(path.loss) <= 0).all()


def random_symmetric(n, rng, values=None):
    basis, _ = np.linalg.qr(rng.normal(size=(n, n)))
    values = rng.normal(size=n) if values is None else np.asarray(values)
    return basis @ np.diag(values) @ basis.T


@pytest.mark.parametrize("radius", [0.01, 0.3, 5.0, 100.0])
@pytest.mark.parametrize("seed", range(4))
def test_exact_steps_meet_the_conditions_of_optimality(seed, radius):
    """Nocedal & Wright 2006, theorem 4.1: (B + λI) p = -g, λ(Δ - ‖p‖) = 0, B + λI ≥ 0."""
    rng = np.random.default_rng(seed)
    values, g = np.sort(rng.normal(size=6)) + (2.0 if seed % 2 else 0.0), rng.normal(size=6)
    p = exact_step(values, g, radius)
    size = np.linalg.norm(p)
    assert size <= radius * (1 + 1e-9)
    shift = -(g + values * p) @ p / (p @ p)
    np.testing.assert_allclose((values + shift) * p, -g, rtol=1e-6, atol=1e-8)
    assert shift >= max(0.0, -values[0]) - 1e-8
    assert abs(shift * (radius - size)) < 1e-7


def test_the_hard_case_goes_to_the_radius():
    values, g = np.array([-2.0, 1.0, 3.0]), np.array([0.0, 1.0, 1.0])
    p = exact_step(values, g, 4.0)
    np.testing.assert_allclose(np.linalg.norm(p), 4.0)
    np.testing.assert_allclose((values[1:] + 2.0) * p[1:], -g[1:])


def test_truncated_steps():
    rng = np.random.default_rng(1)
    matrix, g = random_symmetric(5, rng, [1, 2, 3, 4, 5]), 1e-9 * rng.normal(size=5)
    p, predicted, is_far = steihaug(lambda v: matrix @ v, g, 10.0)
    np.testing.assert_allclose(p, -np.linalg.solve(matrix, g), rtol=1e-4)
    np.testing.assert_allclose(predicted, -(g @ p + 0.5 * p @ matrix @ p))
    assert not is_far
    bent = random_symmetric(5, rng, [-1, 2, 3, 4, 5])
    p, predicted, is_far = steihaug(lambda v: bent @ v, rng.normal(size=5), 0.7)
    np.testing.assert_allclose(np.linalg.norm(p), 0.7)
    assert is_far
    assert predicted > 0


def test_newton_solves_a_quadratic_at_once():
    rng = np.random.default_rng(2)
    matrix, centre = random_symmetric(6, rng, np.arange(1.0, 7.0)), rng.normal(size=6)

    def f(x):
        return 0.5 * ad.sum((x - centre) * (matrix @ (x - centre)))

    settings = {
        "trust_region_newton": {"first_radius": 100.0},
        "saddle_free_newton": {"damping": 0},
    }
    for kind in ("damped_newton", "saddle_free_newton", "trust_region_newton"):
        path = minimize(f, np.zeros(6), OPTIMIZERS[kind](**settings.get(kind, {})), 1)
        np.testing.assert_allclose(path.theta[1], centre, atol=1e-10)


def test_damping_and_rate_are_those_of_the_formula():
    x = np.array([0.4, 0.8])
    hessian, gradient = np.diag([2.0, -1 + 3 * 0.64]), np.array([0.8, -0.8 + 0.512])
    path = minimize(saddle, x, OPTIMIZERS["damped_newton"](damping=0.5, learning_rate=0.3), 1)
    step = np.linalg.solve(hessian + 0.5 * np.eye(2), gradient)
    np.testing.assert_allclose(path.theta[1], x - 0.3 * step)


def test_a_saddle_attracts_newton_and_repels_the_saddle_free():
    start = [0.5, 0.1]
    trapped = minimize(saddle, start, OPTIMIZERS["damped_newton"](safeguard=False), 20)
    np.testing.assert_allclose(trapped.theta[-1], [0.0, 0.0], atol=1e-8)
    for kind in ("saddle_free_newton", "trust_region_newton", "trust_region_cg"):
        freed = minimize(saddle, start, kind, 40)
        np.testing.assert_allclose(freed.theta[-1], [0.0, 1.0], atol=1e-6)
    # The last steps into the saddle would go uphill.
    freed = minimize(saddle, start, "damped_newton", 40)
    np.testing.assert_allclose(np.abs(freed.theta[-1]), [0.0, 1.0], atol=1e-6)


def bent(x):
    """Curved upwards and downwards, flat far out: Newton's steps go anywhere."""
    return ad.sum(ad.sin(3.0 * x[0] * x[1]) + ad.tanh(x) ** 2) + 0.1 * ad.sum(ad.square(x))


@pytest.mark.parametrize("kind", ["damped_newton", "saddle_free_newton"])
def test_the_safeguard_never_climbs(kind):
    starts = np.random.default_rng(5).normal(size=(20, 2))
    bare = [minimize(bent, x, OPTIMIZERS[kind](safeguard=False), 10) for x in starts]
    assert sum((np.diff(path.loss) > 1e-3).any() for path in bare) > 5
    for path in (minimize(bent, x, kind, 60) for x in starts):
        assert (np.diff(path.loss) <= 1e-13 * np.abs(path.loss[:-1])).all()
        assert path.gradient_norm[-1] < 1e-6


def test_the_safeguard_takes_the_best_of_the_larger_dampings():
    x = np.array([-0.5, 0.4])
    function = Function(bent)
    objective = Objective(function, plain_layout(2))
    gradient, hessian = objective.gradient(x), objective.hessian(x)
    size = np.abs(np.linalg.eigvalsh(hessian)).max()
    ends = [
        x - np.linalg.solve(hessian + damping * np.eye(2), gradient)
        for damping in (0.0, *(2 * size * 10.0**k for k in range(-4, 3)))
    ]
    values = [objective.value(end) for end in ends]
    assert values[0] > objective.value(x)  # so that there is something to guard against
    path = minimize(bent, x, "damped_newton", 1)
    np.testing.assert_allclose(path.theta[1], ends[int(np.argmin(values))], rtol=1e-9)
    assert path.evaluations[1] == 1 + len(ends)


def test_a_step_that_lowers_the_loss_is_newtons_own_and_costs_one_evaluation_more():
    start = [1.4, 1.9]
    guarded, bare = (
        minimize(rosenbrock, start, OPTIMIZERS["damped_newton"](safeguard=on), 1)
        for on in (True, False)
    )
    np.testing.assert_array_equal(guarded.theta, bare.theta)
    assert list(guarded.evaluations - bare.evaluations) == [0, 1]


def test_the_safeguard_holds_on_mini_batches():
    """With the paper's damping and small batches the bare step blows the weights up."""
    shares = []
    for safeguard in (False, True):
        optimizer = {"kind": "saddle_free_newton", "safeguard": safeguard}
        trainer = Trainer(with_value(SMALL_BATCHES, "optimizer", optimizer))
        before = trainer.scores()["train_loss"]
        trainer.run(100)
        shares.append(trainer.scores()["train_loss"] / before)
    assert shares[0] > 10
    assert shares[1] < 0.5


def test_a_trust_region_leaves_the_very_saddle():
    path = minimize(saddle, [0.0, 0.0], "trust_region_newton", 30)
    np.testing.assert_allclose(np.abs(path.theta[-1]), [0.0, 1.0], atol=1e-6)


@pytest.mark.parametrize("kind", NEWTONS)
def test_singular_hessians_and_missing_gradients(kind):
    along = minimize(lambda x: ad.square(x[0] + x[1] - 2.0), [3.0, 0.0], kind, 60)
    np.testing.assert_allclose(along.theta[-1].sum(), 2.0, atol=1e-6)
    np.testing.assert_allclose(along.theta[-1], [2.5, -0.5], atol=1e-6)  # the shortest way
    still = minimize(lambda x: ad.sum(x**4), np.zeros(3), kind, 3)
    np.testing.assert_array_equal(still.theta, 0.0)


@pytest.mark.parametrize("kind", ["trust_region_newton", "trust_region_cg"])
def test_a_wall_of_infinite_values_is_not_crossed(kind):
    path = minimize(lambda x: -ad.log(1.0 - x[0]) - 5.0 * x[0], [-20.0], kind, 30)
    assert path.diverged_at is None
    np.testing.assert_allclose(path.theta[-1], 0.8, atol=1e-6)


@pytest.mark.parametrize("kind", NEWTONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_number_types_and_values_far_from_zero(kind, dtype):
    walk = MethodWalk(
        Function(lambda x: 1e2 + rosenbrock(x)), OPTIMIZERS[kind](), START.astype(dtype)
    )
    for _ in range(60):
        walk.step()
    assert walk.theta.dtype == dtype
    tolerance = 1e-6 if dtype is np.float64 else 0.1
    np.testing.assert_allclose(walk.theta, [1.0, 1.0], atol=tolerance)


def test_the_hessian_is_that_of_the_dense_derivative():
    def f(x):
        return ad.sum(ad.tanh(x[:3] * x[1:4]) ** 2) + ad.exp(0.3 * x[4] * x[0])

    rng = np.random.default_rng(3)
    x, objective = rng.normal(size=5), Objective(Function(f), plain_layout(5))
    step = 1e-5
    differences = np.stack(
        [
            (objective.gradient(x + step * e) - objective.gradient(x - step * e)) / (2 * step)
            for e in np.eye(5)
        ]
    )
    np.testing.assert_allclose(objective.hessian(x), differences, atol=1e-8)


def test_too_many_parameters_are_refused():
    reason = OPTIMIZERS["trust_region_newton"]().refuses(
        1001, Function(rosenbrock).offers(), is_deterministic=True
    )
    assert reason == "it moves at most 1,000 parameters, and there are 1,001"
