"""A race's history: what is recomputed, what stays, and that it is what minimizing alone gives."""

import numpy as np
import pytest

from playground.descent.drawn import Quadratic, velocity
from playground.descent.race import Race, Racer
from playground.descent.report import default_tolerance, results
from playground.descent.run import RaceRun
from playground.descent.track import Ending, Track
from playground.errors import SpecError
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS, Method, minimize
from playground.optimizers.minimization import MethodWalk
from playground.optimizers.schedule import SCHEDULES


def racer(kind, **settings):
    return Racer(optimizer=OPTIMIZERS[kind](**settings))


def race_on(name, *racers, **settings):
    surface = SURFACES[name]()
    return Race(surface=surface, start=surface.start, racers=racers, **settings)


@pytest.fixture
def race():
    four = (
        racer("sgd", learning_rate=0.005),
        racer("momentum", learning_rate=0.002),
        racer("adam", learning_rate=0.05),
        racer("steepest_descent"),
    )
    return race_on("himmelblau", *four, steps=150)


def finished(race):
    run = RaceRun(race)
    run.finish()
    return run


def assert_same(track, other):
    assert track.length == other.length
    for name in ("theta", "loss", "gradient_norm", "distance", "evaluations", "products"):
        rows = slice(track.length)
        np.testing.assert_array_equal(getattr(track, name)[rows], getattr(other, name)[rows])


def assert_as_alone(race, track, optimizer):
    alone = minimize(race.surface.function(), race.start, optimizer, race.steps, race.seed)
    rows = slice(track.length)
    assert track.length == race.steps + 1
    np.testing.assert_allclose(track.theta[rows], alone.theta, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(track.loss[rows], alone.loss, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(track.gradient_norm[rows], alone.gradient_norm, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(track.evaluations[rows], alone.evaluations)


def test_each_way_is_that_of_minimizing_alone(race):
    run = finished(race)
    for one, track in zip(race.racers, run.tracks, strict=True):
        assert track.ending is Ending.FINISHED
        assert_as_alone(race, track, one.optimizer)
        distance = race.surface.distance(*track.theta[: track.length].T)
        np.testing.assert_array_equal(track.distance[: track.length], distance)


def test_it_grows_from_the_start_on(race):
    run = RaceRun(race.model_copy(update={"steps": 1000}))
    lengths = [run.n_known]
    while run.advance():
        lengths.append(run.n_known)
    assert run.is_done
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 5
    assert run.n_known == 1000
    whole = finished(run.race)
    for track, other in zip(run.tracks, whole.tracks, strict=True):
        assert_same(track, other)


def test_who_has_a_library_to_load_lets_the_others_go_first(monkeypatch):
    monkeypatch.setattr(OPTIMIZERS["cma_es"], "LIBRARY", "a_library_that_is_not_loaded")
    race = race_on("himmelblau", racer("cma_es"), racer("adam"), racer("bfgs"), steps=150)
    run = RaceRun(race)
    waiting, *others = run.tracks
    while any(track.ending is None for track in others):
        assert waiting.length == 0
        run.advance()
    run.finish()
    assert_as_alone(race, waiting, race.racers[0].optimizer)


def test_another_start_is_another_race(race):
    run = finished(race)
    moved = race.starting_at(2.0, -3.0)
    run.change(moved)
    assert [track.length for track in run.tracks[:3]] == [0, 0, 0]
    run.finish()
    for track, other in zip(run.tracks, finished(moved).tracks, strict=True):
        assert_same(track, other)
        np.testing.assert_array_equal(track.theta[0], [2.0, -3.0])


def test_a_slider_moves_its_own_racer_only(race):
    run = finished(race)
    before = run.tracks
    run.edit("racers.2.optimizer.learning_rate", 0.3)
    run.finish()
    assert [track is old for track, old in zip(run.tracks, before, strict=True)] == [
        True,
        True,
        False,
        True,
    ]
    assert_as_alone(run.race, run.tracks[2], OPTIMIZERS["adam"](learning_rate=0.3))
    run.edit("racers.3.optimizer.shrink", 0.8)
    run.finish()
    assert_as_alone(run.race, run.tracks[3], OPTIMIZERS["steepest_descent"](shrink=0.8))
    for track, other in zip(run.tracks, finished(run.race).tracks, strict=True):
        assert_same(track, other)


def test_racers_come_and_go(race):
    run = finished(race)
    before = run.tracks
    newcomer = racer("nesterov")
    run.change(race.model_copy(update={"racers": (race.racers[3], newcomer, race.racers[1])}))
    run.finish()
    assert run.tracks[0] is before[3]
    assert run.tracks[2] is before[1]
    assert_as_alone(run.race, run.tracks[1], newcomer.optimizer)


def test_colours_and_labels_cost_nothing(race):
    run = finished(race)
    before = run.tracks
    run.edit("racers.0.color", 7)
    run.edit("racers.0.label", "slow")
    run.edit("title", "Four")
    assert all(track is old for track, old in zip(run.tracks, before, strict=True))
    assert run.is_done


def test_more_steps_and_fewer(race):
    run = finished(race)
    run.edit("steps", 300)
    run.finish()
    assert [track.length for track in run.tracks] == [301] * 4
    for track, other in zip(run.tracks, finished(run.race).tracks, strict=True):
        assert_same(track, other)
    before = run.tracks
    run.edit("steps", 20)
    assert run.is_done
    for track, other in zip(run.tracks, finished(run.race).tracks, strict=True):
        assert_same(track, other)
        assert track.ending is Ending.FINISHED
    run.edit("steps", 300)
    assert all(track is old for track, old in zip(run.tracks, before, strict=True))


def test_fewer_steps_may_end_before_divergence():
    race = race_on("rosenbrock", racer("sgd", learning_rate=1.0), steps=60)
    run = finished(race)
    assert run.tracks[0].ending is Ending.DIVERGED
    run.edit("steps", 2)
    assert run.tracks[0].ending is Ending.FINISHED
    assert run.tracks[0].length == 3


def test_the_surface_has_live_settings_too():
    race = race_on("bowl", racer("sgd", learning_rate=0.01), racer("steepest_descent"), steps=50)
    run = finished(race)
    run.edit("surface.condition", 12.0)
    run.finish()
    for track, other in zip(run.tracks, finished(run.race).tracks, strict=True):
        assert_same(track, other)
        assert track.loss[0] == pytest.approx(run.race.surface.grid(*race.start))


def test_states_are_those_of_the_row(race):
    run = finished(race)
    momentum = race.racers[1].optimizer
    track = run.tracks[1]
    velocity_now = np.zeros(2)
    for row in range(5):
        np.testing.assert_allclose(track.state(row)["velocity"], velocity_now, rtol=1e-12)
        gradient = race.surface.gradient_at(*track.theta[row])
        velocity_now = momentum.momentum * velocity_now + gradient
    arrow = velocity(race.racers[1], track, 4)
    # Momentum alone continues the last step but for the newest gradient.
    np.testing.assert_allclose(arrow, track.theta[4] - track.theta[3], rtol=1e-9)
    assert velocity(race.racers[0], run.tracks[0], 4) is None
    adam = run.tracks[2]
    arrow = velocity(race.racers[2], adam, 7)
    assert np.linalg.norm(arrow) == pytest.approx(np.linalg.norm(adam.theta[7] - adam.theta[6]))
    moment = adam.state(7)["first_moment"]
    assert arrow @ moment == pytest.approx(-np.linalg.norm(arrow) * np.linalg.norm(moment))
    assert velocity(race.racers[2], adam, 0) is None
    lengths = [run.tracks[3].state(row)["length"].item() for row in (0, 1, 50)]
    assert lengths[0] == 1.0
    assert len(set(lengths)) > 1


def test_divergence_ends_one_way_only():
    race = race_on("rosenbrock", racer("sgd", learning_rate=1.0), racer("adam"), steps=60)
    run = finished(race)
    wild, calm = run.tracks
    assert wild.ending is Ending.DIVERGED
    row = wild.diverged_at
    assert wild.length == row + 1
    assert np.isfinite(wild.theta[: wild.length]).all()
    sums = wild.loss + wild.gradient_norm
    assert np.isfinite(sums[:row]).all()
    assert not np.isfinite(sums[row])
    assert f"step {row}" in wild.reason
    assert wild.row(59) == row
    assert calm.ending is Ending.FINISHED
    assert calm.row(59) == 59
    assert calm.row(-3) == 0


def test_a_place_between_two_steps_lies_on_the_line_between_them(race):
    track = finished(race).tracks[0]
    np.testing.assert_array_equal(track.place(7.0), track.theta[7])
    np.testing.assert_allclose(track.place(7.25), 0.75 * track.theta[7] + 0.25 * track.theta[8])
    end = track.length - 1
    np.testing.assert_array_equal(track.place(end + 0.5), track.theta[end])
    np.testing.assert_array_equal(track.place(end + 20.5), track.theta[end])


def test_a_place_stays_finite_whatever_the_path_does():
    track = Track.with_room(4, length=4)
    track.theta[:] = [[1.0, 2.0], [-1.5e308, 1e308], [1.5e308, 1e308], [np.inf, np.nan]]
    for position in (0.5, 1.5, 2.5, 3.0):
        assert np.isfinite(track.place(position)).all() == (position < 3.0)
    np.testing.assert_array_equal(track.place(2.5), track.theta[2])


def test_a_method_diverges_as_well():
    # Along y the saddle falls without end.
    run = finished(race_on("saddle", racer("steepest_descent"), steps=3000))
    assert run.tracks[0].ending is Ending.DIVERGED
    assert run.is_done


def able_methods():
    race = race_on("himmelblau")
    kinds = [kind for kind in OPTIMIZERS if issubclass(kind, Method)]
    return [kind for kind in kinds if not race.refusal(Racer(optimizer=kind()))]


@pytest.mark.parametrize("kind", able_methods(), ids=lambda kind: kind.name())
def test_a_method_at_rest_is_written_down_as_it_would_go_on(kind):
    for name in ("booth", "himmelblau"):
        race = race_on(name, Racer(optimizer=kind()), steps=200)
        track = finished(race).tracks[0]
        walk = MethodWalk(race.surface.function(), kind(), np.array(race.start))
        for row in range(track.length):
            if row:
                walk.step()
            np.testing.assert_array_equal(track.theta[row], walk.theta)
            assert track.loss[row] == walk.loss
            assert track.evaluations[row] == walk.objective.counts.values
            counts = walk.objective.counts
            assert track.products[row] == counts.products + 2 * counts.hessians
            for key, array in walk.state.items():
                np.testing.assert_array_equal(track.state(row)[key], array)
        assert (np.diff(track.elapsed_s) > 0).all()


def test_who_cannot_run_stays_at_the_start():
    lost = Racer(optimizer=OPTIMIZERS["steepest_descent"](), schedule=SCHEDULES["exponential"]())
    race = race_on("bowl", lost, racer("sgd"), steps=10)
    run = finished(race)
    stranded, going = run.tracks
    assert stranded.ending is Ending.REFUSED
    assert stranded.reason == race.refusal(lost)
    assert "learning rate" in stranded.reason
    np.testing.assert_array_equal(stranded.theta, [race.start])
    assert stranded.loss[0] == going.loss[0]
    assert going.length == 11
    run.edit("racers.0.schedule.kind", "constant")
    run.finish()
    assert run.tracks[0].length == 11


def test_noise_is_seen_in_the_way_not_in_the_loss():
    race = race_on("noisy_bowl", racer("sgd", learning_rate=0.1), steps=80)
    track = finished(race).tracks[0]
    np.testing.assert_array_equal(track.loss, race.surface.grid(*track.theta.T))
    norms = [np.linalg.norm(race.surface.gradient_at(*point)) for point in track.theta]
    np.testing.assert_allclose(track.gradient_norm, norms, rtol=1e-12)
    other = finished(race.model_copy(update={"seed": 1})).tracks[0]
    assert not np.array_equal(other.theta, track.theta)
    assert_same(track, finished(race).tracks[0])


def test_times(race):
    run = finished(race)
    assert np.isnan(run.tracks[0].elapsed_s).all()
    assert (np.diff(run.tracks[3].elapsed_s) > 0).all()
    run.take_times()
    for track in run.tracks:
        assert track.elapsed_s[0] == 0
        assert (np.diff(track.elapsed_s) > 0).all()
    known = run.tracks[2].step_s
    run.edit("racers.2.optimizer.learning_rate", 0.2)
    assert run.tracks[2].step_s == known


def test_a_wrong_edit_changes_nothing(race):
    run = finished(race)
    for path, value in (("racers.1.optimizer.momentum", 1.5), ("racers.9.color", 1), ("steps", 0)):
        with pytest.raises(SpecError, match=path.rpartition(".")[2]):
            run.edit(path, value)
    assert run.race is race
    assert run.is_done


def test_results(race):
    run = finished(race.model_copy(update={"steps": 500}))
    found = results(run)
    assert found.tolerance == default_tolerance(race.surface) == pytest.approx(0.012 * 2**0.5)
    for track, result in zip(run.tracks, found.racers, strict=True):
        near = np.flatnonzero(track.distance <= found.tolerance)
        assert result.steps_to_tolerance == (near[0] if near.size else None)
        assert result.steps == 500
        assert result.loss == track.loss[500]
        if near.size:
            assert result.evaluations_to_tolerance == track.evaluations[near[0]]
    # Steepest descent asks more than once a step; the others do not.
    assert run.tracks[3].evaluations[10] > 10
    assert found.racers[0].evaluations == 500
    assert any(result.steps_to_tolerance for result in found.racers)


def test_newtons_model():
    surface = SURFACES["rosenbrock"]()
    model = Quadratic.of(surface, (0.5, -0.3))
    h = 1e-4
    for dx, dy in ((h, 0), (0, h), (-h, 2 * h)):
        x, y = 0.5 + dx, -0.3 + dy
        assert model.grid(x, y) == pytest.approx(surface.grid(x, y), abs=1e-8)
    stationary = model.stationary
    np.testing.assert_allclose(
        model.gradient + model.hessian @ (stationary - model.point), 0, atol=1e-10
    )
    values, axes = model.curvatures
    np.testing.assert_allclose(model.hessian @ axes, axes * values, rtol=1e-12, atol=1e-10)
    assert Quadratic.of(SURFACES["monkey_saddle"](), (0.0, 0.0)).stationary is None
