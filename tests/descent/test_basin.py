"""Basin maps against minimizing from single starts, and minima found against known ones."""

from itertools import count

import numpy as np
import pytest

from playground.descent.basin import (
    DIVERGED,
    NOWHERE,
    OUTSIDE,
    UNKNOWN,
    BasinMap,
    basins,
    tolerance_of,
)
from playground.descent.race import Race, Racer
from playground.errors import SpecError
from playground.objectives.minima import find_minima
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS, minimize
from playground.optimizers.schedule import SCHEDULES


def race_on(name, kind, schedule="constant", **settings):
    surface = SURFACES[name]()
    one = Racer(optimizer=OPTIMIZERS[kind](**settings), schedule=SCHEDULES[schedule]())
    return Race(surface=surface, start=surface.start, racers=(one,))


def last_of(maps):
    *_, last = maps
    return last


def check_against_minimizing(race, result: BasinMap, steps):
    rng = np.random.default_rng(3)
    kinds = set()
    for i, j in rng.integers(0, result.resolution, (12, 2)):
        way = minimize(
            race.surface.function(),
            (result.x[j], result.y[i]),
            race.racers[0].optimizer,
            steps,
            schedule=race.racers[0].schedule,
        )
        which, needed = result.which[i, j], result.steps[i, j]
        kinds.add(which)
        if which == DIVERGED:
            assert way.diverged_at is not None
            continue
        away = [np.hypot(*(way.theta - (m.x, m.y)).T) for m in result.minima]
        at_end = [a[-1] for a in away]
        x0, x1, y0, y1 = race.surface.domain
        x, y = way.theta[-1]
        if which in (NOWHERE, OUTSIDE):
            assert (which == OUTSIDE) == (not (x0 <= x <= x1 and y0 <= y <= y1))
            assert min(at_end, default=np.inf) > result.tolerance
            assert np.isnan(needed)
        else:
            assert which == np.argmin(at_end)
            assert at_end[which] <= result.tolerance
            assert needed == np.flatnonzero(away[which] <= result.tolerance)[0]
    return kinds


@pytest.mark.parametrize(
    ("name", "kind", "settings", "steps"),
    [
        ("himmelblau", "adam", {"learning_rate": 0.1}, 120),
        ("himmelblau", "steepest_descent", {}, 40),
        ("rosenbrock", "sgd", {"learning_rate": 2.5e-3}, 600),
        ("rastrigin", "sgd", {"learning_rate": 2e-3}, 60),
    ],
)
def test_maps_against_minimizing(name, kind, settings, steps):
    race = race_on(name, kind, **settings)
    result = last_of(basins(race, 0, steps=steps, resolutions=(6, 12)))
    assert result.progress == 1.0
    assert result.which.shape == result.steps.shape == (12, 12)
    kinds = check_against_minimizing(race, result, steps)
    assert len(kinds) > 1


def test_ends_beyond_the_domain_are_told_from_those_within():
    surface = SURFACES["formula"](expression="x + y^2", x_min=-1, x_max=1, y_min=-1, y_max=1)
    racer = Racer(optimizer=OPTIMIZERS["sgd"](learning_rate=0.01))
    race = Race(surface=surface, start=surface.start, racers=(racer,))
    result = last_of(basins(race, 0, steps=50, resolutions=(8,)))
    # x falls by a half in all; columns lie a quarter apart, from -0.875.
    assert (result.which[:, :2] == OUTSIDE).all()
    assert (result.which[:, 2:] == NOWHERE).all()
    check_against_minimizing(race, result, 50)


def test_rates_that_follow_each_path():
    race = race_on(
        "himmelblau", "sgd", next(k.name() for k in SCHEDULES if k().follows_evaluations)
    )
    check_against_minimizing(race, last_of(basins(race, 0, steps=60, resolutions=(40,))), 60)


def test_resolution_and_progress_grow():
    race = race_on("himmelblau", "adam", learning_rate=0.1)
    maps = list(basins(race, 0, steps=50, resolutions=(5, 10, 20)))
    assert [m.resolution for m in maps] == [5, 10, 20]
    assert [m.progress for m in maps] == pytest.approx([25 / 525, 125 / 525, 1.0])
    assert all((m.which != UNKNOWN).all() for m in maps)


def test_what_is_not_computed_yet_shows_the_coarser_map(monkeypatch):
    monkeypatch.setattr("playground.descent.basin.SHOWN_EVERY_S", 0.0)
    race = race_on("himmelblau", "steepest_descent")
    maps = list(basins(race, 0, steps=30, resolutions=(4, 8)))
    assert [m.resolution for m in maps] == [4] * 4 + [8] * 8
    assert (maps[0].which[1:] == UNKNOWN).all()
    coarse, first_rows = maps[3], maps[4]
    expected = np.repeat(np.repeat(coarse.which, 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(first_rows.which[1:], expected[1:])
    assert [m.progress for m in maps] == sorted(m.progress for m in maps)


@pytest.mark.parametrize("kind", ["adam", "steepest_descent"])
def test_it_stops_when_told(kind):
    race = race_on("himmelblau", kind)
    assert list(basins(race, 0, should_stop=lambda: True)) == []
    asked = count()
    maps = list(basins(race, 0, steps=64, should_stop=lambda: next(asked) > 8))
    assert len(maps) <= 1
    assert next(asked) < 20


def test_who_cannot_descend_says_why():
    race = race_on("himmelblau", "steepest_descent", "exponential")
    with pytest.raises(SpecError, match=r"racers\.0: Steepest descent cannot descend this"):
        next(basins(race, 0))


def test_divergence_has_its_own_mark():
    race = race_on("rosenbrock", "sgd", learning_rate=0.1)
    result = last_of(basins(race, 0, steps=50, resolutions=(8,)))
    assert (result.which == DIVERGED).mean() > 0.5


@pytest.mark.parametrize(
    "name",
    [
        "himmelblau",
        "six_hump_camel",
        "styblinski_tang",
        "goldstein_price",
        "mccormick",
        "rastrigin",
    ],
)
def test_minima_are_found_without_being_told(name, monkeypatch):
    surface = SURFACES[name]()
    known = surface.minima
    monkeypatch.setattr(type(surface), "MINIMA", ())
    found = find_minima(surface)
    for minimum in known:
        nearest = min(found, key=lambda m: np.hypot(m.x - minimum.x, m.y - minimum.y))
        assert (nearest.x, nearest.y) == pytest.approx((minimum.x, minimum.y), abs=1e-6)
        assert nearest.value == pytest.approx(minimum.value, abs=1e-9)
    assert len(found) == {"rastrigin": 121}.get(name, len(known))


@pytest.mark.parametrize("surface", [k() for k in SURFACES], ids=SURFACES.names())
def test_all_that_is_found_is_a_minimum(surface):
    found = find_minima(surface)
    assert found[: len(surface.minima)] == surface.minima
    step = 1e-3 * surface.domain.diagonal
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    for minimum in found[len(surface.minima) :]:
        around = surface.grid(minimum.x + step * np.cos(angles), minimum.y + step * np.sin(angles))
        assert (around > minimum.value).all()


def test_no_two_minima_are_reached_at_once():
    surface = SURFACES["ackley"]()
    minima = find_minima(surface)
    tolerance = tolerance_of(surface, minima)
    places = np.array([(m.x, m.y) for m in minima])
    apart = np.linalg.norm(places[:, None] - places, axis=-1) + 9 * np.eye(len(places))
    assert 2 * tolerance <= apart.min()
    assert tolerance_of(surface, []) == 0.01 * surface.domain.diagonal
