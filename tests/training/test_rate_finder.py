"""The range test, on losses whose largest stable rate is known."""

import numpy as np
import pytest

from playground import presets
from playground.declarations import with_value
from playground.errors import SpecError
from playground.training import Trainer
from playground.training.rate_finder import RateFinder, smooth


def searched(trainer, *arguments):
    *_, last = RateFinder(trainer, *arguments).run()
    return last


@pytest.fixture
def quadratic():
    """Full-batch gradient descent on a line: the loss is a quadratic of weight and bias."""
    experiment = presets.load("linear-regression")
    experiment = with_value(experiment, "optimizer", {"kind": "sgd", "learning_rate": 1e-3})
    return with_value(experiment, "training.batch_size", 1000)


def known_limit(trainer):
    x = trainer.prepared.train.inputs
    design = np.column_stack([x, np.ones(len(x))])
    return 2 / np.linalg.eigvalsh(2 * design.T @ design / len(x))[-1]


def test_the_stability_limit_is_two_over_the_largest_curvature(quadratic):
    trainer = Trainer(quadratic)
    found = searched(trainer)
    np.testing.assert_allclose(found.stability_limit, known_limit(trainer), rtol=1e-7)


@pytest.mark.parametrize(("share", "falls"), [(0.98, True), (1.02, False)])
def test_gradient_descent_is_stable_up_to_there_and_not_beyond(quadratic, share, falls):
    trainer = Trainer(quadratic)
    rate = share * known_limit(trainer)
    trainer = Trainer(with_value(quadratic, "optimizer.learning_rate", rate))
    trainer.run(300)
    losses = trainer.history["batch_loss"]
    assert (losses[299] < losses[0]) == falls


def test_the_largest_stable_rate_is_near_the_limit(quadratic):
    trainer = Trainer(quadratic)
    found = searched(trainer, 1e-4, 10.0, 200)
    assert found.has_diverged
    assert found.is_done
    assert known_limit(trainer) <= found.largest_stable <= 2 * known_limit(trainer)
    assert found.steepest < found.largest_stable
    # Of a full batch the losses are those of the updates themselves.
    twin = Trainer(quadratic)
    for rate, loss in zip(found.rates[:30], found.losses[:30], strict=True):
        twin.edit("optimizer.learning_rate", rate)
        twin.run(1)
        np.testing.assert_allclose(twin.scores()["train_loss"], loss, rtol=1e-10)


@pytest.mark.parametrize("preset", ["default", "linear-regression"])
def test_the_run_goes_on_as_if_nothing_had_been(preset):
    experiment = presets.load(preset)
    trainer, other = Trainer(experiment), Trainer(experiment)
    trainer.run(7)
    first, second = searched(trainer), searched(trainer)
    np.testing.assert_array_equal(first.losses, second.losses)
    trainer.run(20)
    other.run(27)
    np.testing.assert_array_equal(trainer.theta, other.theta)


def test_of_mini_batches_no_limit_is_known():
    found = searched(Trainer(presets.load("default")))
    assert found.stability_limit is None
    assert found.steepest <= found.largest_stable


def test_differences_between_batches_do_not_show():
    # At rates that change nothing all batches have the same loss.
    found = searched(Trainer(presets.load("default")), 1e-12, 1e-11, 20)
    np.testing.assert_allclose(found.losses, found.losses[0], rtol=1e-5)
    assert not found.has_diverged
    assert len(found.rates) == 20


def test_results_grow_until_done():
    results = list(RateFinder(Trainer(presets.load("iris")), 1e-5, 1e-2, 23).run())
    assert [len(r.rates) for r in results] == [5, 10, 15, 20, 23]
    assert [r.is_done for r in results] == [False] * 4 + [True]


def test_a_schedule_is_left_out():
    experiment = presets.load("default")
    scheduled = with_value(experiment, "schedule", {"kind": "cosine", "steps": 5})
    np.testing.assert_array_equal(
        searched(Trainer(experiment)).losses, searched(Trainer(scheduled)).losses
    )


def test_smoothing_leaves_straight_lines_straight():
    rates = np.geomspace(1e-4, 1, 101)
    line = np.log10(rates)
    np.testing.assert_allclose(smooth(rates, line)[20:-20], line[20:-20], atol=1e-6)
    assert smooth(rates[:0], line[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0.0, 1.0, 50), "low"), ((1.0, 0.1, 50), "low"), ((1e-3, 1.0, 1), "5 to 10000")],
)
def test_bad_ranges_are_refused(arguments, message):
    with pytest.raises(SpecError, match=message):
        RateFinder(Trainer(presets.load("iris")), *arguments)


def test_an_optimizer_without_a_rate_has_none_to_find(quadratic):
    without = with_value(quadratic, "optimizer", {"kind": "steepest_descent"})
    with pytest.raises(SpecError, match="steepest_descent has no learning rate"):
        RateFinder(Trainer(without))
