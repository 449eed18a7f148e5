"""Final losses against rates are those of minimizing with each rate, and the bound bounds."""

import numpy as np
import pytest

from playground.declarations import with_value
from playground.descent.race import Race, Racer
from playground.descent.sweep import N_RATES, bound_at, sweep
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS, minimize
from playground.optimizers.optimizer import Method

RATES = np.geomspace(1e-4, 2.0, 9)


def race_on(surface, *racers, steps=60):
    return Race(surface=surface, start=surface.start, racers=racers, steps=steps)


def racer(kind, **settings):
    return Racer(optimizer=OPTIMIZERS[kind](**settings))


def whole(race, rates=RATES):
    *_, last = sweep(race, rates)
    assert last.progress == 1.0
    return last


def test_rules_against_minimizing_with_each_rate():
    race = race_on(SURFACES["rosenbrock"](), racer("sgd"), racer("adam", beta1=0.7))
    result = whole(race)
    for one, curve in zip(race.racers, result.curves, strict=True):
        assert curve.rate == one.optimizer.learning_rate
        for rate, loss, diverged in zip(RATES, curve.losses, curve.diverged, strict=True):
            optimizer = with_value(one.optimizer, "learning_rate", rate)
            alone = minimize(race.surface.function(), race.start, optimizer, race.steps)
            assert diverged == (alone.diverged_at is not None)
            if diverged:
                assert np.isnan(loss)
            else:
                assert loss == pytest.approx(alone.loss[-1], rel=1e-9)
    assert result.curves[0].diverged.any()
    best = result.curves[1].best
    assert result.curves[1].losses[best] == np.nanmin(result.curves[1].losses)


def test_the_bound_parts_settling_from_running_away():
    surface = SURFACES["bowl"](condition=8.0)
    result = whole(race_on(surface, racer("sgd"), steps=300), np.geomspace(0.01, 0.6, 40))
    assert result.bound_at_start == result.bound_at_minimum == pytest.approx(2 / 8)
    losses = result.curves[0].losses
    first = surface.grid(*surface.start)
    assert (losses[result.rates < 0.99 * 0.25] < first).all()
    beyond = result.rates > 1.01 * 0.25
    assert (result.curves[0].diverged | (losses > first))[beyond].all()


def test_bounds_where_there_are_none():
    saddle = whole(race_on(SURFACES["saddle"](), racer("sgd"), steps=3))
    assert saddle.bound_at_start == 1.0
    assert np.isnan(saddle.bound_at_minimum)
    ackley = whole(race_on(SURFACES["ackley"](), racer("sgd"), steps=3))
    assert np.isnan(ackley.bound_at_minimum)
    assert np.isnan(bound_at(SURFACES["himmelblau"](), 0.0, 0.0))


def test_methods_rate_by_rate():
    kinds = [k for k in OPTIMIZERS if issubclass(k, Method) and "learning_rate" in k.model_fields]
    surface = SURFACES["bowl"]()
    usable = [
        k() for k in kinds if not k().refuses(2, surface.function().offers(), is_deterministic=True)
    ]
    race = race_on(surface, racer("sgd"), *(Racer(optimizer=o) for o in usable), steps=8)
    parts = list(sweep(race, RATES))
    assert len(parts) == 1 + len(usable) * len(RATES)
    assert [part.progress for part in parts] == sorted(part.progress for part in parts)
    for optimizer, curve in zip(usable, parts[-1].curves[1:], strict=True):
        rate = RATES[3]
        alone = minimize(
            surface.function(), race.start, with_value(optimizer, "learning_rate", rate), 8
        )
        assert curve.losses[3] == pytest.approx(alone.loss[-1], rel=1e-9)


def test_who_has_no_rate_says_so():
    curve = whole(race_on(SURFACES["bowl"](), racer("steepest_descent"), racer("sgd"))).curves[0]
    assert curve.reason == "it has no learning rate"
    assert curve.best is None
    assert np.isnan(curve.rate)


def test_it_stops_when_told():
    race = race_on(SURFACES["bowl"](), racer("sgd"))
    assert list(sweep(race, should_stop=lambda: True)) == []
    assert len(next(sweep(race)).rates) == N_RATES
