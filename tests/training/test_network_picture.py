import numpy as np
import pytest

from playground import presets
from playground.data.sets.bundled import Digits
from playground.models.convolutional import ConvolutionalNetwork
from playground.models.losses import CrossEntropy
from playground.training import Trainer
from playground.training.experiment import Experiment
from playground.training.network_picture import MOST_NEURONS, layer_boxes, shades, strongest
from playground.training.views import LayersView, NeuronsView

NETWORK = frozenset({"network"})


def view(trainer):
    return trainer.snapshot(NETWORK).network


@pytest.fixture
def digits():
    trainer = Trainer(Experiment(data=Digits(), loss=CrossEntropy()))
    trainer.run(30)
    return trainer


def test_nobody_who_does_not_ask_pays_for_it():
    assert Trainer(Experiment()).snapshot().network is None


def test_weights_and_biases_are_those_of_now():
    trainer = Trainer(Experiment())
    trainer.run(20)
    made = view(trainer)
    assert isinstance(made, NeuronsView)
    assert made.step == 20
    parameters = trainer.parameters()
    assert [c.name for c in made.columns] == ["inputs", *trainer.layout.layers]
    for before, column in zip(made.columns, made.columns[1:], strict=False):
        weights = parameters[f"{column.name}.weight"]
        np.testing.assert_array_equal(column.weights, weights[np.ix_(before.shown, column.shown)])
        np.testing.assert_array_equal(
            column.biases, parameters[f"{column.name}.bias"][column.shown]
        )


def test_a_picture_shows_what_a_first_neuron_computes_over_the_plane():
    trainer = Trainer(Experiment())
    trainer.run(50)
    column = view(trainer).columns[1]
    parameters, domain = trainer.parameters(), trainer.prepared.table.domain
    centres = [low + (high - low) * (np.arange(30) + 0.5) / 30 for low, high in domain]
    points = np.stack(np.meshgrid(*centres), axis=-1).reshape(-1, 2)
    features = trainer.prepared.features(points)
    expected = np.tanh(features @ parameters["hidden1.weight"] + parameters["hidden1.bias"])
    expected = expected[:, column.shown]
    assert column.shades.shape == (len(column.shown), 30, 30)
    shown = (column.shades.reshape(len(column.shown), -1).T / 127.5 - 1) * np.abs(expected).max()
    np.testing.assert_allclose(shown, expected, atol=0.01)
    np.testing.assert_allclose(column.low, expected.min(axis=0), rtol=1e-4)
    np.testing.assert_allclose(column.mean, expected.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(column.high, expected.max(axis=0), rtol=1e-4)


def test_a_line_gives_a_strip():
    made = view(Trainer(presets.load("linear-regression")))
    assert made.columns[0].shades.shape == (1, 1, 30)
    assert (np.diff(made.columns[0].shades[0, 0].astype(int)) >= 0).all()


def test_other_data_is_shown_by_its_mean(digits):
    column = view(digits).columns[-1]
    assert column.shades.shape == (10, 1, 1)
    mean = digits.predict("train")[:512].mean(axis=0)
    np.testing.assert_allclose(column.mean, mean[column.shown], rtol=1e-4)
    assert (column.shades.ravel() > 127).tolist() == (column.mean > 0).tolist()


def test_the_strongest_neurons_of_large_layers_are_shown(digits):
    inputs = view(digits).columns[0]
    assert (inputs.size, len(inputs.shown)) == (64, MOST_NEURONS)
    norms = np.linalg.norm(digits.parameters()["hidden1.weight"], axis=1)
    assert set(inputs.shown) == set(np.argsort(norms)[-MOST_NEURONS:])


def test_strength_counts_weights_on_both_sides():
    a, b = np.array([[1.0, 3.0, 0.0]]), np.array([[5.0], [0.0], [2.0]])
    assert [list(c) for c in strongest([a, b])] == [[0], [0, 1, 2], [0]]
    assert list(strongest([np.full((1, 3), np.nan)])[1]) == [0, 1, 2]


def test_no_neuron_moves_while_its_weights_are_edited(digits):
    before = view(digits)
    weakest = before.columns[0].shown[-1]
    for unit in range(digits.parameters()["hidden1.weight"].shape[1]):
        digits.edit(f"parameters.hidden1.weight.{weakest}.{unit}", 0.0)
    digits.apply_edits()
    after = view(digits)
    np.testing.assert_array_equal(after.columns[0].shown, before.columns[0].shown)
    assert (after.columns[1].weights[-1] == 0).all()
    digits.run(1)
    assert weakest not in view(digits).columns[0].shown


def test_an_edit_at_rest_is_seen_at_once_by_every_view():
    trainer = Trainer(Experiment())
    wanted = frozenset({"network", "task", "weights"})
    before = trainer.snapshot(wanted)
    shown = before.network.columns[-1].shown[0]
    trainer.edit(f"parameters.output.bias.{shown}", 2.5)
    trainer.apply_edits()
    after = trainer.snapshot(wanted)
    assert after.network.columns[-1].biases[0] == 2.5
    assert (after.task.values != before.task.values).any()
    assert trainer.edits[-1].path == f"parameters.output.bias.{shown}"


def test_looking_moves_nothing():
    looked, plain = Trainer(Experiment()), Trainer(Experiment())
    for _ in range(3):
        looked.run(5)
        view(looked)
    plain.run(15)
    np.testing.assert_array_equal(looked.theta, plain.theta)


def test_shades_are_symmetric_about_zero():
    values = np.array([[-2.0, 0.0], [1.0, 10.0]])
    assert shades(values, None).tolist() == [[102, 127], [140, 255]]
    assert shades(values, 0).tolist() == [[0, 127], [191, 255]]
    assert shades(np.array([[np.nan, np.inf, 0.0]]), None).tolist() == [[127, 127, 127]]


def test_other_models_are_layers_with_shapes():
    model = ConvolutionalNetwork()
    trainer = Trainer(Experiment(data=Digits(), loss=CrossEntropy(), model=model))
    made = view(trainer)
    assert isinstance(made, LayersView)
    assert made.layers == layer_boxes(trainer.layout)
    assert [box.name for box in made.layers] == list(trainer.layout.layers)
    assert sum(box.n_parameters for box in made.layers) == trainer.layout.size
    shapes = {f"{box.name}.{role}": shape for box in made.layers for role, shape in box.arrays}
    assert shapes == {name: array.shape for name, array in trainer.parameters().items()}
