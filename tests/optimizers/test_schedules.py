"""Schedules against PyTorch's, step by step, and wherever a learning rate is used."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS, SCHEDULES, Function, minimize
from playground.optimizers.optimizer import Method, learning_rate
from playground.optimizers.paths import Paths
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import Progress, Rates

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "schedules.npz")

SETTINGS = {
    "step": {"every": 40, "gamma": 0.3},
    "multi_step": {"milestones": [{"step": s} for s in (170, 30, 31)], "gamma": 0.25},
    "exponential": {"steps": 1, "gamma": 0.97},
    "polynomial": {"steps": 120, "power": 2.5},
    "inverse_square_root": {"steps": 40, "warmup_steps": 40},
    "cosine": {"steps": 300, "end": 0.05},
    "cosine_restarts": {"steps": 17, "growth": 2, "end": 0.1},
    "cosine_restarts/equal": {"steps": 23, "growth": 1},
    "one_cycle": {"steps": 300, "rise": 0.37, "start_divisor": 10, "end_divisor": 50},
    "one_cycle/linear": {"steps": 300, "curve": "linear"},
    "cyclical": {"up": 20, "down": 35, "low": 0.2},
    "cyclical/half": {"up": 20, "down": 20, "low": 0.1, "decay": "half each cycle"},
    "cyclical/exponential": {
        "up": 20,
        "down": 20,
        "low": 0.1,
        "decay": "exponential",
        "gamma": 0.99,
    },
    "constant/warmup": {"warmup_steps": 30, "warmup_start": 0.2},
    "step/warmup": {"every": 40, "gamma": 0.3, "warmup_steps": 30, "warmup_start": 0.2},
    "exponential/warmup": {"steps": 1, "gamma": 0.97, "warmup_steps": 30, "warmup_start": 0.2},
}


def made(name, settings):
    return SCHEDULES[name.partition("/")[0]].model_validate(settings)


def test_every_schedule_has_a_reference():
    # The drawn one and the plateau have tests of their own below.
    named = {name.partition("/")[0] for name in SETTINGS}
    assert named | {"drawn", "reduce_on_plateau"} == set(SCHEDULES.names())
    others = "plateau", "cycled"
    assert set(SETTINGS) == {name for name in GOLDEN.files if not name.startswith(others)}


@pytest.mark.parametrize("name", SETTINGS)
def test_factors_are_pytorchs(name):
    schedule, steps = made(name, SETTINGS[name]), np.arange(300)
    np.testing.assert_allclose(schedule.factors(steps), GOLDEN[name], rtol=1e-12, atol=1e-15)
    one_by_one = [float(schedule.factors(step)) for step in steps]
    np.testing.assert_allclose(one_by_one, schedule.factors(steps), rtol=1e-14)


CYCLED = {"steps": 100, "least_momentum": 0.7, "most_momentum": 0.97}


def stretched(x):
    return 0.5 * (x[0] * x[0] + 10.0 * x[1] * x[1])


@pytest.mark.parametrize(
    ("name", "settings"), [("sgd", {"momentum": 0.5}), ("adam", {"beta2": 0.99})]
)
def test_momentum_is_cycled_as_pytorchs(name, settings):
    schedule = made("one_cycle", CYCLED)
    np.testing.assert_allclose(
        schedule.momentum(np.arange(100)), GOLDEN[f"cycled/{name}/momentum"], rtol=1e-12
    )
    optimizer = OPTIMIZERS[name](learning_rate=0.05, **settings)
    path = minimize(stretched, [1.0, -1.0], optimizer, 100, schedule=schedule)
    np.testing.assert_allclose(path.theta, GOLDEN[f"cycled/{name}/theta"], rtol=1e-9, atol=1e-12)


def test_momentum_that_is_off_or_absent_is_not_cycled():
    schedule = made("one_cycle", CYCLED)
    for optimizer in (OPTIMIZERS["sgd"](), OPTIMIZERS["adagrad"](), OPTIMIZERS["damped_newton"]()):
        recipe = Recipe(optimizer, schedule=schedule)
        assert not recipe.cycles_momentum
        assert isinstance(recipe.told_by(Rates(schedule))(3), float)
    bare = Recipe(
        OPTIMIZERS["momentum"](), schedule=made("one_cycle", CYCLED | {"cycle_momentum": False})
    )
    assert not bare.cycles_momentum
    assert Recipe(OPTIMIZERS["momentum"](), schedule=schedule).cycles_momentum


def test_a_method_with_momentum_takes_the_cycles_too():
    schedule = made("one_cycle", CYCLED | {"warmup_steps": 7})
    recipe, rates = Recipe(OPTIMIZERS["shampoo"](), schedule=schedule), Rates(schedule)
    for step in (0, 7, 36, 90, 106, 900):
        method = recipe.method_at(rates, step)
        assert method.momentum == pytest.approx(float(schedule.momentum(step)), rel=1e-14)
        assert method.learning_rate == pytest.approx(0.1 * schedule.factors(step), rel=1e-14)


def test_a_plateau_lowers_the_rate_when_pytorch_does():
    schedule = made(
        "reduce_on_plateau",
        {"gamma": 0.4, "patience": 4, "threshold": 1e-2, "cooldown": 3, "least": 1e-3},
    )
    progress, scales = Progress(), []
    for loss in GOLDEN["plateau/losses"]:
        progress = schedule.after_evaluation(progress, loss)
        scales.append(progress.scale)
    np.testing.assert_allclose(scales, GOLDEN["plateau/rates"], rtol=1e-12)
    assert min(scales) == 1e-3  # all of its rules have been met


def test_drawn_points_are_joined_by_lines():
    points = [{"at": 1.0, "factor": 0.5}, {"at": 0.25, "factor": 1.0}]
    schedule = made("drawn", {"steps": 100, "points": points})
    np.testing.assert_allclose(
        schedule.factors([0, 25, 50, 100, 900]), [1.0, 1.0, 5 / 6, 0.5, 0.5], rtol=1e-12
    )


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_beyond_its_end_a_schedule_stays_finite(name):
    schedule = SCHEDULES[name](warmup_steps=10)
    factors = schedule.factors(np.array([0, 9, 10, 10_000_000]))
    assert np.isfinite(factors).all()
    assert (factors >= 0).all()
    assert factors[0] == 0.0


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("step", {"every": 0}, "every"),
        ("exponential", {"gamma": 1.5}, "gamma"),
        ("drawn", {"points": []}, "points"),
        ("one_cycle", {"rise": 1.0}, "rise"),
        ("constant", {"warmup_steps": -1}, "warmup_steps"),
    ],
)
def test_bad_values_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        SCHEDULES[kind].model_validate(settings)


def test_rates_come_in_blocks_and_evaluations_cut_them():
    schedule = made("reduce_on_plateau", {"gamma": 0.5, "patience": 0})
    rates = Rates(schedule)
    rates.evaluated(0, 1.0)
    assert [rates.at(step) for step in (0, 1, 600)] == [1.0, 1.0, 1.0]
    rates.evaluated(601, 2.0)
    # The past stays: a run that looks for its divergence does some steps again.
    assert [rates.at(step) for step in (600, 601, 5000)] == [1.0, 0.5, 0.5]
    twin = Rates(schedule, rates.memory)
    assert [twin.at(step) for step in (600, 601)] == [1.0, 0.5]


def bowl(x):
    return 0.5 * (3.0 * x[0] ** 2 + x[1] ** 2)


SLOPES = np.array([3.0, 1.0])


def descended(factors, rate=0.1):
    theta, path = np.array([1.0, -2.0]), []
    for factor in factors:
        path.append(theta)
        theta = theta - rate * factor * SLOPES * theta
    return np.array([*path, theta])


def test_minimize_follows_a_schedule():
    schedule = SCHEDULES["cosine"](steps=20, warmup_steps=5, end=0.1)
    sgd = OPTIMIZERS["sgd"](learning_rate=0.1)
    path = minimize(bowl, [1.0, -2.0], sgd, 30, schedule=schedule)
    expected = descended(schedule.factors(np.arange(30)))
    np.testing.assert_allclose(path.theta, expected, rtol=1e-12)


class Plain(Method):
    """Gradient descent that asks an objective."""

    kind: Literal["plain"] = "plain"
    learning_rate: float = learning_rate(0.1)

    def step(self, objective, theta, state, rng):
        return theta - self.learning_rate * objective.gradient(theta)


@pytest.mark.parametrize("kind", ["cosine", "reduce_on_plateau"])
def test_a_method_with_a_rate_goes_where_the_rule_goes(kind):
    schedule = SCHEDULES[kind](warmup_steps=5)
    by_method = minimize(bowl, [1.0, -2.0], Plain(), 30, schedule=schedule)
    sgd = OPTIMIZERS["sgd"](learning_rate=0.1)
    by_rule = minimize(bowl, [1.0, -2.0], sgd, 30, schedule=schedule)
    np.testing.assert_allclose(by_method.theta, by_rule.theta, rtol=1e-12)


def test_many_paths_follow_it_and_start_again_with_it():
    schedule = SCHEDULES["step"](every=3, gamma=0.5)
    recipe = Recipe(OPTIMIZERS["sgd"](learning_rate=0.1), schedule=schedule)
    starts = np.array([[1.0, -2.0], [1.0, -2.0]])
    paths = Paths(Function(bowl), recipe, starts)
    expected = descended(schedule.factors(np.arange(8)))[-1]
    for _ in range(2):
        for _ in range(8):
            paths.step()
        np.testing.assert_allclose(paths.theta, [expected, expected], rtol=1e-12)
        paths.restart(starts)


def test_a_path_is_its_own_evaluation():
    schedule = SCHEDULES["reduce_on_plateau"](gamma=0.1, patience=2)
    sgd = OPTIMIZERS["sgd"](learning_rate=0.7)  # 3 · 0.7 > 2: the first coordinate grows
    path = minimize(bowl, [1.0, 0.0], sgd, 12, schedule=schedule)
    assert np.all(np.diff(path.loss[:3]) > 0)
    assert path.loss[-1] < path.loss[0]


@pytest.mark.parametrize("kind", ["sgd", "adafactor", "muon"])
def test_each_of_many_paths_is_an_evaluation_of_its_own(kind):
    schedule = SCHEDULES["reduce_on_plateau"](gamma=0.3, patience=2)
    optimizer = OPTIMIZERS[kind](learning_rate=0.7)
    starts = np.array([[1.0, 0.0], [0.0, -3.0], [1e-3, 2.0]])
    paths = Paths(Function(bowl), Recipe(optimizer, schedule=schedule), starts)
    for _ in range(2):
        for _ in range(20):
            paths.step()
        for start, end in zip(starts, paths.theta, strict=True):
            alone = minimize(bowl, start, optimizer, 20, schedule=schedule)
            np.testing.assert_allclose(end, alone.theta[-1], rtol=1e-10, atol=1e-14)
        paths.restart(starts)


def test_a_flat_schedule_costs_no_input():
    recipe = Recipe(OPTIMIZERS["sgd"](), schedule=SCHEDULES["constant"]())
    assert not recipe.is_scheduled
    assert Recipe(OPTIMIZERS["sgd"](), schedule=SCHEDULES["constant"](warmup_steps=1)).is_scheduled


def test_what_has_no_learning_rate_is_refused():
    with pytest.raises(SpecError, match="no learning rate"):
        minimize(bowl, [1.0, 1.0], "steepest_descent", 3, schedule=SCHEDULES["cosine"]())
