"""The preset trains exactly as TensorFlow Playground does, leftover samples included."""

import numpy as np
import pytest

from playground import presets
from playground.declarations import with_value
from playground.training import Trainer
from tests.training.tensorflow_playground import Network


def both(batch_size):
    experiment = with_value(presets.load("tf-playground"), "training.batch_size", batch_size)
    rng = np.random.default_rng(5)
    shapes = {"hidden1": (2, 4), "hidden2": (4, 2), "output": (2, 1)}
    initial = {}
    for name, shape in shapes.items():
        initial[f"{name}.weight"] = rng.uniform(-0.5, 0.5, shape)
        initial[f"{name}.bias"] = np.full(shape[1], 0.1)
    trainer = Trainer(experiment, initial=initial)
    reference = Network(
        [initial[f"{name}.weight"].T.tolist() for name in shapes],
        [initial[f"{name}.bias"].tolist() for name in shapes],
        learning_rate=0.03,
        batch_size=batch_size,
    )
    return trainer, reference


def rows_of(part):
    return part.inputs.tolist(), (2 * part.targets - 1).tolist()


@pytest.mark.parametrize("batch_size", [10, 7, 30, 1, 250])
def test_losses_of_every_epoch_are_its(batch_size):
    trainer, reference = both(batch_size)
    train, validation = rows_of(trainer.prepared.train), rows_of(trainer.prepared.validation)
    assert len(train[0]) == len(validation[0]) == 250
    expected = [(reference.loss(*train), reference.loss(*validation))]
    for _ in range(4):
        reference.one_epoch(*train)
        expected.append((reference.loss(*train), reference.loss(*validation)))
    trainer.run(epochs=4)
    for column, losses in zip(
        ("train_loss", "validation_loss"), zip(*expected, strict=True), strict=True
    ):
        _, values = trainer.history.sparse(column)
        np.testing.assert_allclose(values, losses, rtol=1e-12)


def test_the_preset_is_its_default():
    experiment = presets.load("tf-playground")
    assert experiment.data.kind == "circle"
    assert experiment.data.n_samples == 500
    assert [layer.units for layer in experiment.model.hidden] == [4, 2]
    assert {layer.activation for layer in experiment.model.hidden} == {"tanh"}
    assert experiment.model.output_activation == "tanh"
    assert experiment.optimizer.kind == "sgd"
    assert experiment.optimizer.learning_rate == 0.03
    assert experiment.training.batch_size == 10
    trainer = Trainer(experiment)
    weights = trainer.parameters()
    assert all((a == 0.1).all() for name, a in weights.items() if name.endswith("bias"))
    assert all(np.abs(a).max() <= 0.5 for name, a in weights.items() if name.endswith("weight"))
