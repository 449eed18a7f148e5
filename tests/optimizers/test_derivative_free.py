"""Methods without derivatives: SciPy's simplex, papers' pseudo-code, minima, resuming."""

import numpy as np
import pytest
from scipy.optimize import minimize as scipy_minimize

from playground import presets
from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS, Function, minimize
from playground.optimizers.evolution import centred_ranks
from playground.optimizers.minimization import CHANCE, MethodWalk
from playground.optimizers.notation import parse_optimizer
from playground.optimizers.optimizer import Method
from playground.randomness import Stream
from playground.training import Trainer
from tests.optimizers.plane import START, quadratic, rosenbrock

NAMES = [kind.name() for kind in OPTIMIZERS if issubclass(kind, Method) and not kind.REQUIRES]


def test_every_family_is_here():
    families = "covariance", "evolution", "perturbation", "populations", "simplex", "annealing"
    kinds = [kind for kind in OPTIMIZERS if kind.__module__.rpartition(".")[2] in families]
    assert {kind.name() for kind in kinds} == set(NAMES)
    assert all(kind.SOURCE and kind.RULE for kind in kinds)


# --- libraries' own loops ----------------------------------------------------------------------


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("start", [[-1.2, 1.0], [0.0, 2.0], [1.3, 0.7, 0.8, 1.9, 1.2]])
def test_nelder_mead_takes_scipys_path(start, adaptive):
    start = np.array(start)

    def valley(x):
        return sum(
            100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(start) - 1)
        )

    theirs = scipy_minimize(
        valley,
        start,
        method="Nelder-Mead",
        options={"adaptive": adaptive, "return_all": True, "maxiter": 90},
    )
    path = minimize(
        valley, start, OPTIMIZERS["nelder_mead"](adaptive=adaptive), len(theirs.allvecs)
    )
    # Our first step evaluates the first simplex; SciPy's rows are the start and its operations.
    np.testing.assert_allclose(path.theta[2:], theirs.allvecs[1:], rtol=1e-8)
    assert path.evaluations[-1] == theirs.nfev


# --- plain transcriptions of the papers --------------------------------------------------------


def of_salimans(f, theta, o, rng):
    """Algorithm 1 with mirrored sampling and centred ranks, for a loss."""
    gradient = np.zeros_like(theta)
    noise = rng.standard_normal((o.pairs, len(theta)))
    values = [f(theta + o.sigma * e) for e in noise] + [f(theta - o.sigma * e) for e in noise]
    order = sorted(range(len(values)), key=lambda i: values[i])
    for i, e in enumerate(noise):
        up = order.index(i) / (len(values) - 1) - 0.5
        down = order.index(i + o.pairs) / (len(values) - 1) - 0.5
        gradient += (up - down) * e
    return theta - o.learning_rate * gradient / (2 * o.pairs * o.sigma)


def of_spall(f, theta, o, k, rng):
    """Spall 1998, steps 1 to 5 of section III."""
    a_k = o.learning_rate / (k + o.stability) ** o.step_decay
    c_k = o.perturbation / k**o.perturbation_decay
    delta = 2.0 * rng.integers(0, 2, len(theta)) - 1
    difference = f(theta + c_k * delta) - f(theta - c_k * delta)
    return theta - a_k * difference / (2 * c_k * delta)


def test_openai_es_is_salimans_algorithm():
    optimizer = OPTIMIZERS["openai_es"](pairs=7, learning_rate=0.02)
    path = minimize(rosenbrock, START, optimizer, 30, seed=5)
    chance, theta = Stream(5, CHANCE), START
    for step in range(30):
        theta = of_salimans(rosenbrock, theta, optimizer, chance.at(step))
        np.testing.assert_allclose(path.theta[step + 1], theta, rtol=1e-9)
    assert path.evaluations[-1] == 30 * 14


def test_spsa_is_spalls_algorithm():
    optimizer = OPTIMIZERS["spsa"](learning_rate=2e-3)
    path = minimize(rosenbrock, START, optimizer, 200, seed=5)
    chance, theta = Stream(5, CHANCE), START
    for step in range(200):
        theta = of_spall(rosenbrock, theta, optimizer, step + 1, chance.at(step))
        np.testing.assert_allclose(path.theta[step + 1], theta, rtol=1e-9)
    assert path.evaluations[-1] == 400


def test_one_plus_one_follows_rechenbergs_rule():
    optimizer = OPTIMIZERS["one_plus_one_es"](period=10, factor=0.85)
    walk = MethodWalk(Function(rosenbrock), optimizer, START, seed=2)
    parent, sigma, better = START, 0.5, 0
    chance = Stream(2, CHANCE)
    for step in range(300):
        child = parent + sigma * chance.at(step).standard_normal(2)
        if rosenbrock(child) <= rosenbrock(parent):
            parent, better = child, better + 1
        if step % 10 == 9:
            sigma *= 1 / 0.85 if better > 2 else 0.85 if better < 2 else 1.0
            better = 0
        walk.step()
        np.testing.assert_array_equal(walk.theta, parent)
    np.testing.assert_allclose(walk.state["sigma"], sigma)
    assert walk.objective.counts.values == 301  # the start, and each child


def test_annealing_accepts_by_metropolis():
    optimizer = OPTIMIZERS["simulated_annealing"](temperature=0.5, tries=4, cooling=0.9)
    path = minimize(quadratic, START, optimizer, 50, seed=8)
    chance, x, temperature = Stream(8, CHANCE), START, 0.5
    for step in range(50):
        rng = chance.at(step)
        for _ in range(4):
            y = x + optimizer.sigma * rng.standard_normal(2)
            rise, u = quadratic(y) - quadratic(x), rng.random()
            if rise <= 0 or u < np.exp(-rise / temperature):
                x = y
        temperature *= 0.9
        np.testing.assert_array_equal(path.theta[step + 1], x)


def test_a_hot_walk_visits_boltzmanns_distribution():
    """At T, each coordinate of a quadratic ½ k x² has the variance T / k."""
    optimizer = OPTIMIZERS["simulated_annealing"](temperature=0.8, cooling=1, sigma=1.2, tries=1)
    path = minimize(lambda x: 0.5 * (x[0] ** 2 + 4 * x[1] ** 2), [0.0, 0.0], optimizer, 20_000)
    np.testing.assert_allclose(path.theta[500:].var(axis=0), [0.8, 0.2], rtol=0.1)


def test_random_search_takes_the_first_better_point():
    path = minimize(quadratic, START, OPTIMIZERS["random_search"](tries=3), 40, seed=4)
    chance, x = Stream(4, CHANCE), START
    for step in range(40):
        rng = chance.at(step)
        for _ in range(3):
            y = x + 0.1 * rng.standard_normal(2)
            x = y if quadratic(y) < quadratic(x) else x
        np.testing.assert_array_equal(path.theta[step + 1], x)
    assert path.evaluations[-1] == 121


def test_ranks_are_centred():
    np.testing.assert_allclose(centred_ranks(np.array([3.0, -1.0, np.inf])), [0.0, -0.5, 0.5])


# --- minima ------------------------------------------------------------------------------------

# Optimizer, evaluations allowed, and how near the minimum the loss must come. Methods with steps
# of a fixed length (annealing, random search) end within that length. Two estimate a gradient and
# know no curvature (openai_es, spsa): in the valley they are as slow as gradient descent, and
# separable CMA-ES, which cannot turn its axes, is not much faster.
BOWL = {
    "cma_es": ("cma_es", 900, 1e-14),
    "separable_cma_es": ("separable_cma_es", 900, 1e-14),
    "openai_es": ("openai_es(shaping=none, learning_rate=0.03)", 6_000, 1e-14),
    "one_plus_one_es": ("one_plus_one_es", 1_100, 1e-14),
    "spsa": ("spsa(learning_rate=0.2)", 4_000, 1e-6),
    "differential_evolution": ("differential_evolution", 3_000, 1e-14),
    "particle_swarm": ("particle_swarm", 3_000, 1e-14),
    "nelder_mead": ("nelder_mead", 250, 1e-14),
    "simulated_annealing": ("simulated_annealing(sigma=0.03)", 8_000, 1e-3),
    "random_search": ("random_search(sigma=0.03)", 3_000, 1e-4),
}
VALLEY = {
    "cma_es": ("cma_es", 1_500, 1e-12),
    "separable_cma_es": ("separable_cma_es", 6_000, 1e-2),
    "openai_es": (
        "openai_es(shaping=none, learning_rate=0.0015, sigma=0.01, pairs=4)",
        25_000,
        0.01,
    ),
    "one_plus_one_es": ("one_plus_one_es", 10_000, 1e-6),
    "spsa": (
        "spsa(learning_rate=5e-4, step_decay=0, stability=0, perturbation=1e-3,"
        " perturbation_decay=0)",
        12_000,
        0.05,
    ),
    "differential_evolution": ("differential_evolution", 4_000, 1e-10),
    "particle_swarm": ("particle_swarm", 5_000, 1e-6),
    "nelder_mead": ("nelder_mead", 250, 1e-10),
    "simulated_annealing": ("simulated_annealing(sigma=0.05, cooling=0.995)", 20_000, 0.01),
    "random_search": ("random_search(sigma=0.05)", 20_000, 0.01),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("f", "minima"), [(quadratic, BOWL), (rosenbrock, VALLEY)])
def test_it_reaches_the_minimum(f, minima, name, seed):
    text, most, tolerance = minima[name]
    walk = MethodWalk(Function(f), parse_optimizer(text), START, seed=seed)
    while walk.loss > tolerance:
        assert walk.objective.counts.values <= most, walk.loss
        walk.step()


# --- resuming, precision, refusals -------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_state_of_arrays_continues_bit_for_bit(name):
    optimizer, function = OPTIMIZERS[name](), Function(rosenbrock)
    straight = minimize(function, START, optimizer, 30, seed=6)
    walk = MethodWalk(function, optimizer, START, seed=6)
    for _ in range(12):
        walk.step()
    saved = {key: np.array(array, copy=True) for key, array in walk.state.items()}
    assert all(array.dtype != object for array in saved.values())
    later = MethodWalk(function, optimizer, walk.theta, seed=6)
    later.state, later.n_steps = saved, 12
    for _ in range(18):
        later.step()
    np.testing.assert_array_equal(later.theta, straight.theta[-1])


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32(name):
    walk = MethodWalk(Function(quadratic), OPTIMIZERS[name](), START.astype(np.float32))
    for _ in range(20):
        walk.step()
    assert walk.theta.dtype == np.float32
    assert walk.loss < quadratic(START)


@pytest.mark.parametrize("name", NAMES)
def test_a_flat_function_moves_no_one_out_of_range(name):
    path = minimize(lambda x: 0.0 * x[0], START, name, 20)
    assert path.diverged_at is None
    assert np.isfinite(path.theta).all()


@pytest.mark.parametrize("name", NAMES)
def test_values_that_are_no_numbers_are_the_worst(name):
    def walled(x):
        from playground import autodiff as ad

        return ad.where(ad.less(x[0], -1.25), np.nan, (x[0] - 0.5) ** 2 + x[1] ** 2)

    walk = MethodWalk(Function(walled), OPTIMIZERS[name](), START, seed=1)
    for _ in range(20):
        walk.step()
        if not walk.is_finite:
            break
    # A mean or an iterate may come there, and the walk then stays and says so; what was compared
    # never is chosen.
    assert np.isfinite(walk.theta).all()
    if name not in ("cma_es", "separable_cma_es", "openai_es", "spsa"):
        assert walk.is_finite


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_a_network_and_resumes(name):
    experiment = presets.load("linear-regression")
    optimizer = OPTIMIZERS[name]()
    training = experiment.training.model_copy(update={"batch_size": 100_000})
    experiment = experiment.model_copy(update={"optimizer": optimizer, "training": training})
    trainer = Trainer(experiment)
    first = trainer.scores()["train_loss"]
    trainer.run(20)
    resumed = Trainer.resume(trainer.checkpoint())
    trainer.run(20)
    resumed.run(20)
    np.testing.assert_array_equal(trainer.theta, resumed.theta)
    np.testing.assert_array_equal(trainer.history["evaluations"], resumed.history["evaluations"])
    assert np.diff(trainer.history["evaluations"]).min() >= 1
    assert trainer.scores()["train_loss"] < first


@pytest.mark.parametrize(
    "name", ["one_plus_one_es", "differential_evolution", "particle_swarm", "simulated_annealing"]
)
def test_another_batch_is_another_loss(name):
    experiment = presets.load("linear-regression")
    trainer = Trainer(experiment.model_copy(update={"optimizer": OPTIMIZERS[name]()}))
    trainer.run(3)
    state = trainer._machine.position().state
    values = state.get("values", state.get("best_values", state.get("value")))
    trainer.run(1)
    programs = trainer._machine.programs
    objective = programs.objective(programs.gradient(experiment.training.batch_size))
    after = trainer._machine.position().state
    kept = after.get("values", after.get("best_values", after.get("value")))
    assert not np.array_equal(kept, values)
    best = objective.value(trainer.theta)
    np.testing.assert_allclose(np.min(kept), best, rtol=1e-6)


def test_a_moved_point_is_carried_along():
    for name in ("cma_es", "nelder_mead", "differential_evolution", "particle_swarm"):
        walk = MethodWalk(Function(quadratic), OPTIMIZERS[name](), START, seed=1)
        for _ in range(5):
            walk.step()
        walk.theta = np.array([0.5, -0.25])  # the minimum
        walk._meet()
        walk.step()
        walk.step()
        assert np.linalg.norm(walk.theta - [0.5, -0.25]) < 0.6, name


def test_refusals():
    with pytest.raises(SpecError, match="at most 500 parameters"):
        minimize(lambda x: (x * x).sum(), np.zeros(501), "cma_es", 1)
    with pytest.raises(SpecError, match="at least two parameters"):
        minimize(lambda x: x[0] * x[0], [1.0], "separable_cma_es", 1)
    with pytest.raises(SpecError, match="population_size: must be 0 or ≥ 4, got 3"):
        parse_optimizer("cma_es(population_size=3)")
    noisy = Function(lambda x, noise: x[0] * x[0] + noise[0], n_noise=1)
    with pytest.raises(SpecError, match="same loss at every step"):
        minimize(noisy, [1.0], "nelder_mead", 1)
