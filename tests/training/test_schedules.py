"""Schedules in a run: edited, recorded, resumed and replayed bit for bit."""

import numpy as np
import pytest

from playground import presets
from playground.declarations import with_value
from playground.errors import SpecError
from playground.optimizers import SCHEDULES
from playground.training import Trainer, run

PLATEAU = {"kind": "reduce_on_plateau", "gamma": 0.5, "patience": 1, "threshold": 0.05}


@pytest.fixture
def experiment():
    return presets.load("linear-regression")


def scheduled(experiment, **settings):
    return with_value(experiment, "schedule", settings)


def assert_equal(a, b):
    np.testing.assert_array_equal(a.theta, b.theta)
    for name in ("batch_loss", "train_loss", "learning_rate"):
        np.testing.assert_array_equal(a.history[name], b.history[name])


def test_the_history_has_the_rate_of_each_step(experiment):
    experiment = with_value(experiment, "training.diagnose_every", 1)
    experiment = scheduled(experiment, kind="cosine", steps=40, warmup_steps=4)
    trainer = Trainer(experiment)
    trainer.run(50)
    steps, rates = trainer.history.sparse("learning_rate")
    expected = experiment.optimizer.learning_rate * experiment.schedule.factors(np.arange(50))
    np.testing.assert_array_equal(steps, np.arange(50))
    np.testing.assert_allclose(rates, expected, rtol=1e-14)
    assert trainer.snapshot().learning_rate == 0.0


def test_a_schedule_acts_as_edits_of_the_rate_would(experiment):
    schedule = {"kind": "multi_step", "milestones": [{"step": 7}, {"step": 20}], "gamma": 0.5}
    trainer = Trainer(scheduled(experiment, **schedule))
    trainer.run(30)
    by_hand, rate = Trainer(experiment), experiment.optimizer.learning_rate
    for step, factor in ((7, 0.5), (20, 0.25), (30, 0.25)):
        by_hand.run(step - by_hand.step)
        by_hand.edit("optimizer.learning_rate", rate * factor)
    np.testing.assert_array_equal(trainer.theta, by_hand.theta)


def test_momentum_that_is_cycled_acts_as_edits_of_it_would(experiment):
    experiment = with_value(experiment, "optimizer", {"kind": "momentum", "learning_rate": 0.01})
    trainer = Trainer(scheduled(experiment, kind="one_cycle", steps=30, warmup_steps=3))
    trainer.run(40)
    schedule, by_hand = trainer.experiment.schedule, Trainer(experiment)
    for step in range(40):
        by_hand.edit("optimizer.learning_rate", 0.01 * max(float(schedule.factors(step)), 1e-300))
        by_hand.edit("optimizer.momentum", float(schedule.momentum(step)))
        by_hand.run(1)
    np.testing.assert_allclose(trainer.theta, by_hand.theta, rtol=1e-12)
    assert not np.allclose(trainer.theta, Trainer(experiment).theta)


def test_cycled_momentum_is_switched_while_a_run_goes_on(experiment):
    experiment = with_value(experiment, "optimizer", {"kind": "adam"})
    experiment = scheduled(experiment, kind="one_cycle", steps=50)
    trainer = Trainer(experiment)
    trainer.run(10)
    trainer.edit("schedule.cycle_momentum", False)
    trainer.run(10)
    trainer.edit("schedule.cycle_momentum", True)
    trainer.edit("schedule.least_momentum", 0.5)
    trainer.run(20)
    assert_equal(trainer, run(experiment, trainer.edits, 40))
    momentum = float(trainer.experiment.schedule.momentum(40))
    corrections = trainer.snapshot(frozenset({"optimizer"})).optimizer.corrections
    assert corrections["β₁"] == pytest.approx(1 - momentum**41, rel=1e-12)


def test_edits_of_a_schedule_are_replayed(experiment):
    trainer = Trainer(experiment)
    trainer.run(10)
    trainer.edit("schedule.kind", "cosine")
    trainer.run(10)
    trainer.edit("schedule.steps", 100)
    trainer.edit("schedule.warmup_steps", 30)
    trainer.run(10)
    trainer.edit("schedule", PLATEAU)
    trainer.run(60)
    trainer.edit("schedule.kind", "constant")
    trainer.run(10)
    assert_equal(trainer, run(experiment, trainer.edits, 100))


@pytest.mark.parametrize("at", [3, 40, 77])
def test_a_plateau_goes_on_from_a_checkpoint(experiment, at):
    experiment = scheduled(with_value(experiment, "training.evaluate_every", 5), **PLATEAU)
    whole = Trainer(experiment)
    whole.run(120)
    first = Trainer(experiment)
    first.run(at)
    second = Trainer.resume(first.checkpoint())
    second.run(120 - at)
    assert_equal(whole, second)
    _, rates = whole.history.sparse("learning_rate")
    assert len(set(rates)) > 2


def test_a_new_plateau_knows_nothing_of_the_past(experiment):
    experiment = with_value(experiment, "training.evaluate_every", 1)
    trainer = Trainer(experiment)
    trainer.run(400)
    trainer.edit("schedule", PLATEAU)
    trainer.run(1)
    assert trainer.snapshot().learning_rate == experiment.optimizer.learning_rate


def test_divergence_is_found_again_under_a_plateau(experiment):
    slow = PLATEAU | {"gamma": 0.95}
    experiment = scheduled(with_value(experiment, "training.evaluate_every", 3), **slow)
    trainer = Trainer(with_value(experiment, "optimizer.learning_rate", 10.0))
    ending = trainer.run(900)
    assert ending is not None
    assert len(set(trainer.history.sparse("learning_rate")[1])) > 3
    assert ending.layer == "output"


def test_an_optimizer_without_a_rate_refuses(experiment):
    without = with_value(experiment, "optimizer", {"kind": "steepest_descent"})
    with pytest.raises(SpecError, match="no learning rate"):
        Trainer(scheduled(without, kind="cosine"))
    trainer = Trainer(without)
    with pytest.raises(SpecError, match="no learning rate"):
        trainer.edit("schedule.kind", "cosine")
    trainer.run(2)
    assert trainer.history.last("learning_rate") is None


@pytest.mark.parametrize("kind", SCHEDULES.names())
def test_every_schedule_trains(experiment, kind):
    trainer = Trainer(scheduled(experiment, kind=kind, warmup_steps=3))
    trainer.run(20)
    assert np.isfinite(trainer.theta).all()
