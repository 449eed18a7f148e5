"""What surrounds a rule: each wrapper against its paper, in races and in the trainer."""

import tracemalloc

import numpy as np
import pytest

from playground import autodiff as ad
from playground import presets
from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS, Function, minimize
from playground.optimizers.constraints import Constraints
from playground.optimizers.optimizer import UpdateRule
from playground.optimizers.paths import Paths, plain_layout
from playground.optimizers.recipe import Recipe
from playground.optimizers.wrappers import AVERAGE, GRADIENT_NOISE, Wrappers
from playground.randomness import Stream
from playground.training import Trainer
from tests.optimizers import transcriptions
from tests.optimizers.walks import (
    GOLDEN,
    LAYOUT,
    N_STEPS,
    PLAIN,
    network_start,
    plain_gradient,
    plain_walk,
)

RULES = [cls.name() for cls in OPTIMIZERS if issubclass(cls, UpdateRule)]
RATE = 5e-4


def recipe(wrappers, kind="sgd", **settings):
    settings = settings or {"learning_rate": RATE}
    return Recipe(OPTIMIZERS[kind](**settings), wrappers=wrappers)


@pytest.mark.parametrize("objective", PLAIN)
@pytest.mark.parametrize(("k", "alpha"), [(5, 0.5), (3, 0.8), (1, 0.4)])
def test_lookahead_is_the_papers(objective, k, alpha):
    gradient = plain_gradient(objective)
    expected = transcriptions.lookahead(
        GOLDEN[f"{objective}/start"],
        lambda x, step: x - RATE * gradient(x, step)[1],
        N_STEPS,
        k=k,
        alpha=alpha,
    )
    path, *_ = plain_walk(objective, recipe(Wrappers(lookahead_steps=k, lookahead_share=alpha)))
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("objective", PLAIN)
@pytest.mark.parametrize("rho", [0.01, 0.1])
def test_sam_is_the_papers(objective, rho):
    start, gradient = GOLDEN[f"{objective}/start"], plain_gradient(objective)
    expected = transcriptions.sam(start, gradient, N_STEPS, learning_rate=RATE, rho=rho)
    path, *_ = plain_walk(objective, recipe(Wrappers(sharpness=rho)))
    np.testing.assert_allclose(path[:100], expected[:100], rtol=1e-9, atol=1e-12)


def test_the_average_is_one_of_the_whole_path():
    path, _, state = plain_walk("rosenbrock", recipe(Wrappers(average_decay=0.9)))
    bare, *_ = plain_walk("rosenbrock", recipe(Wrappers()))
    np.testing.assert_array_equal(path, bare)
    average = path[0]
    for theta in path[1:]:
        average = 0.9 * average + 0.1 * theta
    np.testing.assert_allclose(state[AVERAGE], average, rtol=1e-12)


def test_gradient_noise_has_the_papers_variance_and_repeats():
    flat = Function(lambda x: 0.0 * ad.sum(x))
    wrappers = Wrappers(noise_variance=0.04, noise_decay=0.55)
    paths = Paths(flat, recipe(wrappers, learning_rate=1.0), np.zeros((3, 4)), seed=7)
    position = paths.theta.copy()
    for step in range(5):
        noise = Stream(7, GRADIENT_NOISE).at(step).standard_normal((3, 4))
        position = position - np.sqrt(0.04 / (1 + step) ** 0.55) * noise
        paths.step()
        np.testing.assert_allclose(paths.theta, position, rtol=1e-12)
    assert np.unique(paths.theta).size == 12


def test_centralised_gradients_have_no_mean_into_a_neuron():
    gradient = np.random.default_rng(0).normal(size=(2, LAYOUT.size))
    centred = LAYOUT.unpack(Wrappers(centralize=True).centralized(gradient, LAYOUT))
    before = LAYOUT.unpack(gradient)
    for name, array in centred.items():
        if name.endswith("weight"):
            expected = before[name] - before[name].mean(axis=1, keepdims=True)
            np.testing.assert_allclose(array, expected, rtol=1e-12, atol=1e-15)
        else:
            np.testing.assert_array_equal(array, before[name])


EVERYTHING = Wrappers(
    sharpness=0.05,
    lookahead_steps=3,
    average_decay=0.8,
    noise_variance=1e-4,
    centralize=True,
)


@pytest.mark.parametrize("name", RULES)
def test_all_of_them_go_with_every_rule(name):
    centre = np.random.default_rng(0).normal(size=LAYOUT.size).astype(np.float32)
    function = Function(lambda x: ad.sum(ad.square(x - centre)))
    start = network_start(np.float32)
    paths = Paths(function, Recipe(OPTIMIZERS[name](), wrappers=EVERYTHING), start, layout=LAYOUT)
    for _ in range(7):
        paths.step()
    assert np.isfinite(paths.theta).all()
    assert not np.array_equal(paths.theta, start)
    assert {array.dtype for array in paths.state.values()} == {np.dtype(np.float32)}


def test_a_worst_point_without_a_gradient_holds_the_path():
    """The logarithm is known where the path stands, and not where SAM looks."""
    start = np.array([0.5, 1.5])
    paths = Paths(Function(lambda x: -ad.sum(ad.log(x))), recipe(Wrappers(sharpness=2.0)), start)
    with np.errstate(all="ignore"):
        paths.step()
    assert np.isfinite(paths.loss)
    np.testing.assert_array_equal(paths.theta, start)


def test_second_gradients_are_counted():
    path = minimize(PLAIN["rosenbrock"], np.ones(2), "sgd", 3, wrappers=Wrappers(sharpness=0.1))
    assert path.evaluations.tolist() == [0, 2, 4, 6]


def test_wrappers_allocate_nothing():
    start = np.random.default_rng(1).normal(size=60_000).astype(np.float32)
    around = Recipe(OPTIMIZERS["adam"](), wrappers=EVERYTHING, constraints=Constraints(decay=0.1))
    paths = Paths(Function(lambda x: ad.sum(ad.square(x))), around, start)
    paths.step()
    tracemalloc.start()
    try:
        paths.step()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(10):
            paths.step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < start.nbytes / 4


@pytest.fixture
def constrained():
    rng = np.random.default_rng(3)
    return rng.normal(size=LAYOUT.size), rng.normal(size=LAYOUT.size)


def test_decoupled_decay_leaves_biases_alone(constrained):
    moved, theta = constrained
    after = LAYOUT.unpack(Constraints(decay=0.2).apply(moved, theta, LAYOUT, 0.1))
    for name, array in LAYOUT.unpack(moved).items():
        factor = 0.02 if name.endswith("weight") else 0.0
        np.testing.assert_allclose(after[name], array - factor * LAYOUT.unpack(theta)[name])


def test_decoupled_decay_of_adam_is_adamw_on_weights():
    """Where everything is a weight, both are the same algorithm."""
    weights = type(LAYOUT)([("layer", "weight", (2, 1), True)])
    function = Function(PLAIN["rosenbrock"])
    ends = []
    for optimizer, decay in (
        (OPTIMIZERS["adam"](learning_rate=0.01), 0.3),
        (OPTIMIZERS["adamw"](learning_rate=0.01, weight_decay=0.3), 0.0),
    ):
        around = Recipe(optimizer, constraints=Constraints(decay=decay))
        paths = Paths(function, around, np.array([-1.2, 1.0]), layout=weights)
        for _ in range(50):
            paths.step()
        ends.append(paths.theta.copy())
    np.testing.assert_allclose(*ends, rtol=1e-12)


def test_the_proximal_step_solves_the_lasso():
    """ISTA's fixed point: |gradient| = λ where x ≠ 0, at most λ where x = 0, and exact zeros."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(12, 8)), rng.normal(size=12)
    weights = type(LAYOUT)([("layer", "weight", (8, 1), True)])
    function = Function(lambda x: 0.5 * ad.sum(ad.square(ad.matmul(a, x) - b)))
    rate = 1.0 / np.linalg.norm(a, 2) ** 2
    around = Recipe(
        OPTIMIZERS["sgd"](learning_rate=rate), constraints=Constraints(soft_threshold=3.0)
    )
    paths = Paths(function, around, np.ones(8), layout=weights)
    for _ in range(3000):
        paths.step()
    x = paths.theta
    gradient = a.T @ (a @ x - b)
    assert 0 < np.count_nonzero(x) < 8
    np.testing.assert_allclose(gradient[x != 0], -3.0 * np.sign(x[x != 0]), rtol=1e-9)
    assert (np.abs(gradient[x == 0]) <= 3.0).all()


def test_max_norm_bounds_the_weights_into_a_neuron(constrained):
    moved, theta = constrained
    before = LAYOUT.unpack(moved)
    after = LAYOUT.unpack(Constraints(max_norm=1.5).apply(moved, theta, LAYOUT, None))
    for name, array in before.items():
        expected = array
        if name.endswith("weight"):
            expected = array * np.minimum(1.0, 1.5 / np.linalg.norm(array, axis=0))
        np.testing.assert_allclose(after[name], expected, rtol=1e-12)
    assert (np.linalg.norm(before["hidden1.weight"], axis=0) > 1.5).any()


def test_what_is_off_is_not_in_the_program():
    bare = Recipe(OPTIMIZERS["adam"]())
    spelt_out = Recipe(OPTIMIZERS["adam"](), wrappers=Wrappers(), constraints=Constraints())
    assert bare.structure() == spelt_out.structure()
    assert set(bare.initial(np.zeros(3), plain_layout(3))) == {"first_moment", "second_moment"}
    moved = np.ones(3)
    assert Constraints().apply(moved, moved, plain_layout(3), None) is moved
    assert Wrappers().settle(moved, {}) == (moved, {})


@pytest.fixture(scope="module")
def experiment():
    return presets.load("linear-regression").model_copy(
        update={"optimizer": OPTIMIZERS["adam"](learning_rate=0.01)}
    )


SWITCHES = [
    ("wrappers.sharpness", 0.05),
    ("wrappers.lookahead_steps", 3),
    ("wrappers.lookahead_steps", 2),
    ("wrappers.average_decay", 0.9),
    ("wrappers.noise_variance", 0.01),
    ("wrappers.centralize", True),
    ("constraints.decay", 0.1),
    ("constraints.soft_threshold", 0.01),
    ("constraints.max_norm", 0.5),
    ("clipping.layer_norm", 0.5),
    ("clipping.adaptive", 0.1),
    ("wrappers.lookahead_steps", 0),
    ("wrappers.sharpness", 0.0),
]


def test_switching_them_on_and_off_is_replayed_and_resumed(experiment):
    trainer = Trainer(experiment)
    resumed = trainer
    for path, value in SWITCHES:
        for one in {id(t): t for t in (trainer, resumed)}.values():
            one.run(3)
            one.edit(path, value)
        trainer.run(1)
        if resumed is not trainer:
            resumed.run(1)
        resumed = Trainer.resume(trainer.checkpoint())
        np.testing.assert_array_equal(trainer.theta, resumed.theta)
    for one in (trainer, resumed):
        one.run(4)
    assert [(edit.path, edit.new) for edit in trainer.edits] == SWITCHES
    again = Trainer(experiment)
    again.repeat(trainer.edits, trainer.step)
    for other in (resumed, again):
        np.testing.assert_array_equal(trainer.theta, other.theta)
        np.testing.assert_array_equal(trainer.history["batch_loss"], other.history["batch_loss"])


def test_switching_one_on_starts_its_own_state_only(experiment):
    trainer = Trainer(experiment)
    trainer.run(5)
    before = trainer._machine.position()
    trainer.edit("wrappers.average_decay", 0.5)
    trainer.apply_edits()
    after = trainer._machine.position()
    np.testing.assert_array_equal(after.state[AVERAGE], before.theta)
    for name, array in before.state.items():
        np.testing.assert_array_equal(after.state[name], array)
    assert after.optimizer_step == before.optimizer_step


def test_the_model_is_evaluated_with_the_average(experiment):
    trainer = Trainer(experiment)
    trainer.edit("wrappers.average_decay", 0.9)
    trainer.run(20)
    data, average = trainer.prepared.train, trainer._machine.position().state[AVERAGE]
    weights = trainer.layout.unpack(average)
    expected = data.inputs @ weights["output.weight"] + weights["output.bias"]
    np.testing.assert_allclose(trainer.predict("train"), expected, rtol=1e-4, atol=1e-5)
    mean_squared = np.mean((expected[:, 0] - data.targets) ** 2)
    np.testing.assert_allclose(trainer.scores()["train_loss"], mean_squared, rtol=1e-4)


def test_evaluations_count_both_gradients_of_sam(experiment):
    trainer = Trainer(experiment)
    trainer.run(3)
    trainer.edit("wrappers.sharpness", 0.1)
    trainer.run(4)
    assert trainer._machine.evaluations == 3 + 2 * 4


@pytest.mark.parametrize(
    ("path", "value", "label"),
    [
        ("wrappers.sharpness", 0.1, "SAM"),
        ("wrappers.lookahead_steps", 5, "Lookahead"),
        ("wrappers.centralize", True, "Centralise"),
        ("constraints.max_norm", 1.0, "Max-norm"),
        ("clipping.norm", 1.0, "Clip by norm"),
    ],
)
def test_methods_refuse_them_and_say_which(experiment, path, value, label):
    method = experiment.model_copy(update={"optimizer": OPTIMIZERS["steepest_descent"]()})
    with pytest.raises(SpecError, match=f"{label}.* is on .*first-order"):
        Trainer(method).edit(path, value)


def test_what_needs_a_rate_is_refused_without_one(experiment):
    rateless = experiment.model_copy(update={"optimizer": OPTIMIZERS["polyak_step"]()})
    trainer = Trainer(rateless)
    with pytest.raises(SpecError, match="no learning rate"):
        trainer.edit("constraints.decay", 0.1)
    trainer.edit("constraints.max_norm", 1.0)
    trainer.run(2)
