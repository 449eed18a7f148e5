"""What every optimizer of the registry promises, first-order rules and methods alike."""

import tracemalloc

import numpy as np
import pytest

from playground import autodiff as ad
from playground import presets
from playground.declarations import settings_of, with_value
from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS, Function, minimize
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.optimizer import Moment, UpdateRule
from playground.optimizers.paths import Paths, plain_layout
from playground.optimizers.recipe import Recipe
from playground.training import Trainer
from tests.optimizers.plane import rosenbrock
from tests.optimizers.walks import LAYOUT

NAMES = OPTIMIZERS.names()
RULES = [cls.name() for cls in OPTIMIZERS if issubclass(cls, UpdateRule)]

MINIMUM = np.array([1.0, -2.0])


def bowl(x):
    u, v = x[0] - 1.0, x[1] + 2.0
    return 0.5 * (u * u + u * v + 10.0 * v * v)


def rosenbrock_residuals(x):
    return 2.0**0.5 * ad.stack([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])


def bowl_residuals(x):
    u, v = x[0] - 1.0, x[1] + 2.0
    return ad.stack([u + 0.5 * v, 9.75**0.5 * v])


BOWL = Function(bowl, residuals=bowl_residuals)
ROSENBROCK = Function(rosenbrock, residuals=rosenbrock_residuals)

ON_THE_BOWL = {
    "sgd": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.02},
    "nesterov": {"learning_rate": 0.02},
    "asgd": {"learning_rate": 0.1, "weight_decay": 0.0},
    "adagrad": {"learning_rate": 0.5},
    "adamw": {"learning_rate": 0.05, "weight_decay": 0.0},
    "adafactor": {"learning_rate": 0.03},
    "lamb": {"learning_rate": 0.005, "weight_decay": 0.0},
    "muon": {"adam_rate": 0.05},
    "rmsprop": {"learning_rate": 0.003},
    "signsgd": {"learning_rate": 0.003},
    "lion": {"learning_rate": 0.003},
} | {
    name: {"learning_rate": 0.05}
    for name in ("adam", "adan", "amsgrad", "adamax", "nadam", "radam")
}

IN_THE_VALLEY = {
    "sgd": {"learning_rate": 0.001, "momentum": 0.9},
    "momentum": {"learning_rate": 0.001},
    "nesterov": {"learning_rate": 0.001},
    "asgd": {"learning_rate": 0.0015, "weight_decay": 0.0},
    "adagrad": {"learning_rate": 0.5},
    "adamw": {"learning_rate": 0.01, "weight_decay": 0.0},
    "adafactor": {"learning_rate": 0.003},
    "lamb": {"learning_rate": 0.002, "weight_decay": 0.0},
    "muon": {"adam_rate": 0.01},
    "radam": {"learning_rate": 0.001},
    "adadelta": {"learning_rate": 0.3, "decay": 0.9, "epsilon": 1e-8},
    "rmsprop": {"learning_rate": 0.001},
    "signsgd": {"learning_rate": 0.0003, "momentum": 0.9},
    "lion": {"learning_rate": 0.001},
    "nadam": {"learning_rate": 0.002},
    "shampoo": {"learning_rate": 0.3},
} | {name: {"learning_rate": 0.01} for name in ("adam", "amsgrad", "adamax", "adabelief")}

MANY_STEPS = {"steepest_descent": "it turns at right angles at each step"}
"""Methods that need thousands of steps in a curved valley, and why."""

NOT_QUITE = {
    "adadelta": "its steps grow until the valley's walls throw it back",
    "adafactor": "its steps stay a share of θ and shrink as 1/√t only",
    "asgd": "plain steps shorter than 2/1001 creep along the valley",
    "lamb": "its steps stay a share of θ and circle the minimum",
    "muon": "its second moments remember 20 steps, so it ends in a small circle",
    "rmsprop": "its steps stay η long and circle the minimum",
    "shampoo": "its steps shrink as 1/√t, as Adagrad's do",
    "signsgd": "its steps are η long and circle the minimum",
}
"""Rules that come to within a hundredth of the way of Rosenbrock's minimum, and why no nearer."""


def movable(function, n=2):
    """Return the optimizers that take such a function."""
    offers = function.offers()
    return [
        name for name in NAMES if not OPTIMIZERS[name]().refuses(n, offers, is_deterministic=True)
    ]


def by_gradients(function):
    """Return those of them that use a gradient; test_derivative_free.py has the others."""
    return [name for name in movable(function) if "gradient" in OPTIMIZERS[name].REQUIRES]


@pytest.mark.parametrize("name", by_gradients(BOWL))
def test_it_reaches_the_minimum_of_a_convex_quadratic(name):
    optimizer = OPTIMIZERS[name](**ON_THE_BOWL.get(name, {}))
    path = minimize(BOWL, [3.0, 3.0], optimizer, 2500 if name in RULES else 400)
    assert path.diverged_at is None
    assert path.loss[-1] < 1e-4 * path.loss[0]


@pytest.mark.parametrize("name", by_gradients(ROSENBROCK))
def test_it_reaches_the_minimum_of_rosenbrock(name):
    optimizer = OPTIMIZERS[name](**IN_THE_VALLEY.get(name, {}))
    steps = 12_000 if name in RULES else 5000 if name in MANY_STEPS else 1000
    path = minimize(ROSENBROCK, [-1.2, 1.0], optimizer, steps)
    assert path.diverged_at is None
    assert path.loss[-1] < (1e-2 if name in NOT_QUITE else 1e-4)


def without_decay(name):
    cls = OPTIMIZERS[name]
    return cls(weight_decay=0.0) if "weight_decay" in cls.model_fields else cls()


@pytest.mark.parametrize("name", RULES)
def test_a_zero_gradient_moves_nothing(name):
    optimizer, layout = without_decay(name), LAYOUT
    theta = np.linspace(-1, 1, layout.size)
    state = optimizer.initial(theta, layout)
    for step in (1.0, 2.0, 50.0):
        now = Moment(step, 0.0, layout)
        moved, state = optimizer.update(theta, np.zeros_like(theta), state, now)
        np.testing.assert_array_equal(moved, theta)
    assert all(np.isfinite(array).all() for array in state.values())


@pytest.mark.parametrize("name", movable(BOWL))
def test_it_keeps_the_number_type(name):
    start = np.array([3.0, 3.0], np.float32)
    optimizer = OPTIMIZERS[name](**ON_THE_BOWL.get(name, {}))
    if name in RULES:
        walk = Paths(BOWL, Recipe(optimizer), start)
        assert {array.dtype for array in walk.state.values()} <= {start.dtype}
    else:
        walk = MethodWalk(BOWL, optimizer, start)
    for _ in range(50):
        walk.step()
    assert walk.theta.dtype == np.float32
    double = minimize(BOWL, start, optimizer, 50)
    if name in RULES:  # a method's path may turn where another digit decides
        np.testing.assert_allclose(walk.theta, double.theta[-1], atol=2e-3)


@pytest.mark.parametrize("name", RULES)
def test_one_rule_moves_many_points(name):
    """Each as if it were alone, matrices of its layers included."""
    rng = np.random.default_rng(0)
    centre = rng.normal(size=LAYOUT.size)
    function = Function(lambda x: ad.sum(ad.square(x - centre) * ad.square(x)) + 1.0)
    starts = rng.normal(size=(3, LAYOUT.size))
    recipe = Recipe(OPTIMIZERS[name]())
    together = Paths(function, recipe, starts, layout=LAYOUT)
    alone = [Paths(function, recipe, start, layout=LAYOUT) for start in starts]
    for _ in range(8):
        together.step()
        for path in alone:
            path.step()
    ends = np.stack([path.theta for path in alone])
    np.testing.assert_allclose(together.theta, ends, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def experiment():
    plain = presets.load("linear-regression")
    full = plain.training.model_copy(update={"batch_size": 100_000})
    return plain.model_copy(update={"training": full})


@pytest.mark.parametrize("name", NAMES)
def test_it_resumes_bit_for_bit(name, experiment):
    optimizer = OPTIMIZERS[name]()
    try:
        trainer = Trainer(experiment.model_copy(update={"optimizer": optimizer}))
    except SpecError as error:
        pytest.skip(str(error))
    trainer.run(3)
    resumed = Trainer.resume(trainer.checkpoint())
    trainer.run(4)
    resumed.run(4)
    np.testing.assert_array_equal(trainer.theta, resumed.theta)
    np.testing.assert_array_equal(trainer.history["batch_loss"], resumed.history["batch_loss"])


@pytest.mark.parametrize("name", movable(Function(bowl)))
def test_a_gradient_that_is_not_finite_is_reported_and_not_spread(name):
    optimizer = OPTIMIZERS[name]()
    with np.errstate(all="ignore"):
        path = minimize(lambda x: ad.log(x[0]) + ad.square(x[1]), [-1.0, 2.0], optimizer, 3)
    assert path.diverged_at == 0
    np.testing.assert_array_equal(path.theta, [[-1.0, 2.0]] * 4)


def bounded():
    """Yield (optimizer, setting, a value outside, the bound as the message says it)."""
    for name in NAMES:
        for setting in settings_of(OPTIMIZERS[name]):
            if setting.form not in ("number", "integer"):
                continue
            if setting.minimum is not None:
                bad = setting.minimum if setting.exclusive_minimum else setting.minimum - 1
                yield name, setting.name, bad, f"{setting.minimum:g}"
            if setting.maximum is not None:
                bad = setting.maximum if setting.exclusive_maximum else setting.maximum + 1
                yield name, setting.name, bad, f"{setting.maximum:g}"


@pytest.mark.parametrize(("name", "setting", "bad", "bound"), list(bounded()))
def test_bad_values_are_refused_with_name_and_bound(name, setting, bad, bound, experiment):
    chosen = experiment.model_copy(update={"optimizer": OPTIMIZERS[name]()})
    with pytest.raises(SpecError, match=rf"optimizer\.{setting}: .*{bound}"):
        with_value(chosen, f"optimizer.{setting}", bad)


SYMBOLS = {
    "α": r"\alpha",
    "β": r"\beta",
    "ε": r"\varepsilon",
    "κ": r"\kappa",
    "λ": r"\lambda",
    "μ": r"\mu",
    "ρ": r"\rho",
    "τ": r"\tau",
    "ψ": r"\psi",
    "γ": r"\gamma",
    "η": r"\eta",
    "Δ": r"\Delta",
}


@pytest.mark.parametrize("name", RULES)
def test_its_rule_shows_every_symbol_of_its_settings(name):
    cls = OPTIMIZERS[name]
    assert r"\theta \leftarrow" in cls.RULE
    assert cls.SOURCE
    assert ("learning_rate" in cls.model_fields) <= (r"\eta" in cls.RULE)
    for setting in settings_of(cls):
        for symbol, latex in SYMBOLS.items():
            if symbol in setting.label and setting.name != "first_step":
                assert latex in cls.RULE, setting.label


SIZE = 60_000


@pytest.mark.parametrize("name", RULES)
def test_a_step_allocates_nothing(name):
    function = Function(lambda x: ad.sum(ad.square(x)))
    start = np.random.default_rng(1).normal(size=SIZE).astype(np.float32)
    paths = Paths(function, Recipe(OPTIMIZERS[name]()), start)
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


def test_plain_layout_has_no_matrices():
    """Rules for matrices then move everything as their authors move the rest."""
    adam = OPTIMIZERS["muon"](adam_rate=0.01).initial(np.zeros(4), plain_layout(4))
    assert set(adam) == {"first_moment", "second_moment"}
