"""Accumulated gradients, smoothed labels, the best weights brought back."""

import numpy as np
import pytest

from playground import presets
from playground.declarations import with_value
from playground.errors import SpecError
from playground.training import Trainer
from playground.training.control import Control
from playground.training.snapshots import Outcome


@pytest.fixture
def experiment():
    plain = presets.load("diabetes")
    for path, value in {
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "training.precision": "float64",
        "training.leftover": "carry over",
        "training.batch_size": 8,
        "stop": {},
    }.items():
        plain = with_value(plain, path, value)
    return plain


def test_accumulated_batches_are_one_large_batch(experiment):
    small = Trainer(with_value(experiment, "training.accumulated", 4))
    large = Trainer(with_value(experiment, "training.batch_size", 32))
    for trainer in (small, large):
        trainer.run(30)
    np.testing.assert_allclose(small.theta, large.theta, rtol=1e-10)
    np.testing.assert_allclose(
        small.history["batch_loss"][:30], large.history["batch_loss"][:30], rtol=1e-10
    )
    assert small.step == large.step == 30
    assert small.epoch == large.epoch
    assert small._machine.evaluations == 120
    assert large._machine.evaluations == 30


def test_a_smaller_batch_counts_less(experiment):
    """The last samples of an epoch weigh as much as all others."""
    experiment = with_value(experiment, "training.leftover", "smaller batch")
    n = len(Trainer(experiment).prepared.train)
    size = n // 3 + 1
    small = with_value(experiment, "training.batch_size", size)
    small = Trainer(with_value(small, "training.accumulated", 3))
    full = Trainer(with_value(experiment, "training.batch_size", n))
    for trainer in (small, full):
        trainer.run(5)
    np.testing.assert_allclose(small.theta, full.theta, rtol=1e-10)


def test_accumulation_changes_mid_run_and_is_replayed_and_resumed():
    experiment = presets.load("default")
    experiment = with_value(experiment, "model.hidden.0.dropout", 0.2)
    trainer = Trainer(experiment)
    trainer.run(3)
    trainer.edit("training.accumulated", 3)
    trainer.run(4)
    trainer.edit("wrappers.noise_variance", 0.01)
    trainer.run(2)
    resumed = Trainer.resume(trainer.checkpoint())
    for one in (trainer, resumed):
        one.run(3)
    again = Trainer(experiment)
    again.repeat(trainer.edits, trainer.step)
    for other in (resumed, again):
        np.testing.assert_array_equal(trainer.theta, other.theta)
        np.testing.assert_array_equal(trainer.history["batch_loss"], other.history["batch_loss"])


def test_accumulated_batches_have_dropout_of_their_own():
    experiment = with_value(presets.load("default"), "model.hidden.0.dropout", 0.5)
    experiment = with_value(experiment, "training.accumulated", 2)
    machine = Trainer(experiment)._machine
    masks = []
    for number in range(2):
        bound = machine._fill(machine.programs.gradient, number)
        masks.append([buffer.copy() for buffer in bound.inputs["noise"].values()])
    assert masks[0]
    assert not any(np.array_equal(*pair) for pair in zip(*masks, strict=True))


def test_a_divergence_is_found_among_accumulated_batches(experiment):
    experiment = with_value(experiment, "optimizer", {"kind": "sgd", "learning_rate": 1e6})
    trainer = Trainer(with_value(experiment, "training.accumulated", 2))
    ending = trainer.run(500)
    assert ending.outcome is Outcome.DIVERGED
    assert ending.layer == "hidden1"
    assert np.isfinite(trainer.theta).all()


@pytest.mark.parametrize(
    ("path", "value", "match"),
    [
        ("optimizer.kind", "steepest_descent", "accumulated.*first-order"),
        ("wrappers.sharpness", 0.1, "accumulated.*SAM"),
    ],
)
def test_what_cannot_be_accumulated_is_refused(experiment, path, value, match):
    trainer = Trainer(with_value(experiment, "training.accumulated", 2))
    with pytest.raises(SpecError, match=match):
        trainer.edit(path, value)


def test_labels_are_smoothed_in_training_and_shown_as_they_are():
    experiment = with_value(presets.load("default"), "training.precision", "float64")
    plain, smoothed = Trainer(experiment), Trainer(experiment)
    smoothed.edit("loss.label_smoothing", 0.4)
    for trainer in (plain, smoothed):
        trainer.run(1)
    assert plain.history["batch_loss"][0] == smoothed.history["batch_loss"][0]
    assert not np.array_equal(plain.theta, smoothed.theta)
    smoothed.run(200)
    outputs = smoothed.predict("train")[:, 0]
    bits = np.asarray(smoothed.prepared.train.targets)
    loss = np.mean(np.logaddexp(0.0, np.where(bits == 1, -outputs, outputs)))
    np.testing.assert_allclose(smoothed.scores()["train_loss"], loss, rtol=1e-10)


@pytest.fixture
def overtrained(experiment):
    """Steps so long that the validation loss goes up and down."""
    for path, value in {
        "optimizer": {"kind": "sgd", "learning_rate": 0.3},
        "training.evaluate_every": 1,
        "stop.patience": 4,
        "stop.restore_best": True,
    }.items():
        experiment = with_value(experiment, path, value)
    return experiment


def best_step(trainer):
    steps, losses = trainer.history.sparse("validation_loss")
    return int(steps[np.argmin(losses)]), float(np.min(losses))


@pytest.mark.parametrize("average_decay", [0.0, 0.5])
def test_patience_brings_the_best_weights_back(overtrained, average_decay):
    experiment = with_value(overtrained, "wrappers.average_decay", average_decay)
    trainer = Trainer(experiment)
    ending = trainer.run(2000)
    step, loss = best_step(trainer)
    assert step < trainer.step
    assert f"weights of step {step:,} are back" in ending.reason
    until = Trainer(with_value(experiment, "stop.patience", 0))
    until.run(step)
    np.testing.assert_array_equal(trainer.theta, until.theta)
    assert trainer.scores()["validation_loss"] == loss
    assert trainer.run(0, control=Control()) is None
    assert trainer.snapshot().scores["validation_loss"] == loss


def test_going_on_from_the_best_weights_is_replayed_and_resumed(overtrained):
    trainer = Trainer(overtrained)
    assert trainer.run(2000) is not None
    first = trainer.step
    resumed = Trainer.resume(trainer.checkpoint())
    for one in (trainer, resumed):
        one.run(7)
    again = Trainer(overtrained)
    again.repeat((), trainer.step)
    assert trainer.step > first
    for other in (resumed, again):
        np.testing.assert_array_equal(trainer.theta, other.theta)


def test_without_the_switch_the_last_weights_stay(overtrained):
    trainer = Trainer(with_value(overtrained, "stop.restore_best", False))
    trainer.run(2000)
    _, loss = best_step(trainer)
    assert trainer.scores()["validation_loss"] > loss
