"""Methods that ask the loss as often as they like, inside the trainer."""

import numpy as np
import pytest

from playground import presets
from playground.models.losses import BinaryCrossEntropy, MeanSquaredError
from playground.objectives.penalties import Penalties
from playground.optimizers import OPTIMIZERS
from playground.training import Trainer


@pytest.fixture
def experiment():
    return presets.load("linear-regression").model_copy(
        update={"optimizer": OPTIMIZERS["steepest_descent"]()}
    )


def test_it_trains_and_resumes_bit_for_bit(experiment):
    trainer = Trainer(experiment)
    first = trainer.scores()["train_loss"]
    trainer.run(5)
    resumed = Trainer.resume(trainer.checkpoint())
    trainer.run(10)
    resumed.run(10)
    assert trainer.scores()["train_loss"] < 0.5 * first
    np.testing.assert_array_equal(trainer.theta, resumed.theta)
    np.testing.assert_array_equal(trainer.history["batch_loss"], resumed.history["batch_loss"])


def test_the_objective_is_the_penalised_loss_of_the_batch(experiment):
    experiment = experiment.model_copy(update={"penalties": Penalties(l2=0.3)})
    trainer = Trainer(experiment)
    trainer.run(1)
    programs = trainer._machine.programs
    objective = programs.objective(programs.gradient(experiment.training.batch_size))
    theta = trainer.theta
    weights = trainer.parameters()["output.weight"]
    data = trainer.prepared.train
    outputs = data.inputs @ weights + theta[-1]
    loss = np.mean((outputs[:, 0] - data.targets) ** 2)
    np.testing.assert_allclose(objective.value(theta), loss + 0.15 * np.sum(weights**2), rtol=1e-5)
    residuals, jacobian = objective.residuals(theta)
    np.testing.assert_allclose(0.5 * residuals @ residuals, objective.value(theta), rtol=1e-5)
    np.testing.assert_allclose(jacobian.T @ residuals, objective.gradient(theta), rtol=1e-4)


def test_sums_of_squares_are_known_as_such():
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(2, 7, 3))
    loss = MeanSquaredError()
    residuals = loss.residuals(outputs, targets)
    np.testing.assert_allclose(0.5 * np.sum(residuals**2), loss(outputs, targets), rtol=1e-12)
    assert not BinaryCrossEntropy.HAS_RESIDUALS


def test_another_optimizer_takes_over_mid_run(experiment):
    trainer = Trainer(experiment)
    trainer.run(3)
    trainer.edit("optimizer.kind", "adam")
    trainer.run(3)
    trainer.edit("optimizer.kind", "steepest_descent")
    trainer.run(3)
    again = Trainer(experiment)
    again.repeat(trainer.edits, 9)
    np.testing.assert_array_equal(trainer.theta, again.theta)
