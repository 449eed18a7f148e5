"""Many paths in one program are the single ones."""

import numpy as np
import pytest

from playground.descent.ensemble import Ensemble
from playground.descent.groups import Group
from playground.errors import SpecError
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS, UpdateRule, minimize
from playground.optimizers.clipping import Clipping
from playground.optimizers.paths import Paths
from playground.optimizers.recipe import Recipe
from playground.optimizers.schedule import SCHEDULES
from playground.optimizers.wrappers import Wrappers

START = np.array([-1.2, 1.0])
RULES = [kind.name() for kind in OPTIMIZERS if issubclass(kind, UpdateRule)]
STEPS = 40


def followed(ensemble, n_steps=STEPS):
    """Return the points after each step, shape (n_steps, n_points, 2)."""
    memory = ensemble.record.room(n_steps)
    ensemble.follow(memory)
    return ensemble.record.read(memory)["theta"]


def test_every_rule_beside_all_others():
    surface = SURFACES["himmelblau"]()
    recipes = [Recipe(OPTIMIZERS[name]()) for name in RULES]
    usable = [
        r
        for r in recipes
        if not r.optimizer.refuses(2, frozenset(["gradient"]), is_deterministic=True)
    ]
    starts = np.random.default_rng(0).uniform(-3, 3, (len(usable), 2))
    together = followed(Ensemble(surface, [Group(r) for r in usable], starts))
    for i, recipe in enumerate(usable):
        alone = minimize(surface.function(), starts[i], recipe.optimizer, STEPS)
        np.testing.assert_allclose(together[:, i], alone.theta[1:], rtol=1e-9, atol=1e-12)


def test_points_with_rates_of_their_own():
    surface = SURFACES["rosenbrock"]()
    rates = np.geomspace(1e-4, 0.1, 7)
    own = {"optimizer.learning_rate": rates}
    group = Group(Recipe(OPTIMIZERS["adam"](beta1=0.8)), 7, own)
    together = followed(Ensemble(surface, [group], np.tile(START, (7, 1))))
    for i, rate in enumerate(rates):
        optimizer = OPTIMIZERS["adam"](beta1=0.8, learning_rate=rate)
        alone = minimize(surface.function(), START, optimizer, STEPS)
        np.testing.assert_allclose(together[:, i], alone.theta[1:], rtol=1e-10)


def test_clipping_bounds_of_their_own():
    surface = SURFACES["rosenbrock"]()
    bounds = np.array([0.5, 5.0, 500.0])
    recipe = Recipe(OPTIMIZERS["momentum"](learning_rate=1e-3), Clipping(norm=1.0))
    group = Group(recipe, 3, {"clipping.norm": bounds})
    together = followed(Ensemble(surface, [group], np.tile(START, (3, 1))))
    for i, bound in enumerate(bounds):
        paths = Paths(surface.function(), Recipe(recipe.optimizer, Clipping(norm=bound)), START)
        for _ in range(STEPS):
            paths.step()
        np.testing.assert_allclose(together[-1, i], paths.theta, rtol=1e-10)


@pytest.mark.parametrize("schedule", ["exponential", "plateau", "one_cycle"])
def test_schedules_of_some_racers(schedule):
    kind = next(k for k in SCHEDULES if schedule in k.name())
    surface = SURFACES["himmelblau"]()
    optimizer = OPTIMIZERS["sgd"](learning_rate=0.005, momentum=0.8)
    groups = [Group(Recipe(optimizer)), Group(Recipe(optimizer, schedule=kind(warmup_steps=5)), 2)]
    starts = np.array([[1.0, 1.0], [1.0, 1.0], [-2.0, 0.5]])
    together = followed(Ensemble(surface, groups, starts), 200)
    plain = minimize(surface.function(), starts[0], optimizer, 200)
    np.testing.assert_allclose(together[:, 0], plain.theta[1:], rtol=1e-10)
    for i in (1, 2):
        slow = minimize(
            surface.function(), starts[i], optimizer, 200, schedule=kind(warmup_steps=5)
        )
        np.testing.assert_allclose(together[:, i], slow.theta[1:], rtol=1e-10)


@pytest.mark.parametrize(
    ("wrappers", "evaluations"),
    [
        (Wrappers(sharpness=0.1), 2),
        (Wrappers(lookahead_steps=5, average_decay=0.9), 1),
        (Wrappers(noise_variance=0.5), 1),
    ],
)
def test_wrappers_of_some_racers(wrappers, evaluations):
    surface = SURFACES["himmelblau"]()
    optimizer = OPTIMIZERS["adam"](learning_rate=0.05)
    plain, wrapped = Recipe(optimizer), Recipe(optimizer, wrappers=wrappers)
    ensemble = Ensemble(
        surface, [Group(wrapped), Group(plain), Group(wrapped)], np.tile(START, (3, 1)), seed=2
    )
    theta = followed(ensemble)
    assert ensemble.evaluations == [evaluations, 1, evaluations]
    for i, recipe in enumerate((wrapped, plain, wrapped)):
        alone = Paths(surface.function(), recipe, START, seed=2)
        for row in theta[:, i]:
            alone.step()
            np.testing.assert_allclose(row, alone.theta, rtol=1e-10)
    assert not np.allclose(theta[-1, 0], theta[-1, 1])


def test_too_many_losses_to_follow():
    kind = next(k for k in SCHEDULES if k().follows_evaluations)
    group = Group(Recipe(OPTIMIZERS["sgd"](), schedule=kind()), 5000)
    with pytest.raises(SpecError, match="5,000"):
        Ensemble(SURFACES["bowl"](), [group], np.zeros((5000, 2)))


def test_live_numbers_need_no_new_program():
    bowl, steep = SURFACES["bowl"](condition=2.0), SURFACES["bowl"](condition=9.0)
    slow, fast = (Group(Recipe(OPTIMIZERS["sgd"](learning_rate=r))) for r in (0.01, 0.1))
    ensemble = Ensemble(bowl, [slow], START[None])
    followed(ensemble)
    assert ensemble.takes(steep, [fast])
    ensemble.restart(START[None])
    again = followed(ensemble)
    np.testing.assert_array_equal(again, followed(Ensemble(steep, [fast], START[None])))
    alone = minimize(steep.function(), START, fast.recipe.optimizer, STEPS)
    np.testing.assert_allclose(again[:, 0], alone.theta[1:], rtol=1e-12)
    clipped = Group(Recipe(OPTIMIZERS["sgd"](), Clipping(norm=1.0)))
    for surface, groups in (
        (SURFACES["ravine"](), [slow]),
        (bowl, [slow, fast]),
        (bowl, [Group(Recipe(OPTIMIZERS["adam"]()))]),
        (bowl, [clipped]),
    ):
        assert not ensemble.takes(surface, groups)


def test_noise_is_that_of_the_seed():
    surface = SURFACES["noisy_bowl"](noise=3.0)
    optimizer = OPTIMIZERS["sgd"](learning_rate=0.05)
    ensemble = Ensemble(surface, [Group(Recipe(optimizer), 2)], np.tile(START, (2, 1)), seed=4)
    first = followed(ensemble)
    np.testing.assert_array_equal(first[:, 0], first[:, 1])
    alone = minimize(surface.function(), START, optimizer, STEPS, seed=4)
    np.testing.assert_allclose(first[:, 0], alone.theta[1:], rtol=1e-12)
    ensemble.restart(np.tile(START, (2, 1)), seed=5)
    assert not np.array_equal(followed(ensemble), first)
    ensemble.restart(np.tile(START, (2, 1)), seed=4)
    np.testing.assert_array_equal(followed(ensemble), first)


def test_a_point_that_diverges_stays_and_leaves_the_others_alone():
    surface = SURFACES["rosenbrock"]()
    group = Group(Recipe(OPTIMIZERS["sgd"](learning_rate=1e-3)), 2)
    starts = np.array([[1.0, 1.0], [50.0, -50.0]])
    ensemble = Ensemble(surface, [group], starts)
    theta = followed(ensemble)
    np.testing.assert_array_equal(theta[:, 0], np.ones((STEPS, 2)))
    assert np.isfinite(theta).all()
    assert not np.isfinite(ensemble.loss[1])
    np.testing.assert_array_equal(theta[-1, 1], theta[-2, 1])
