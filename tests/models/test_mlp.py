import numpy as np
import pytest

from playground.declarations import live_values
from playground.errors import SpecError
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.models.model import Batch, Signature


def plain_forward(arrays, x, depth, activation):
    for i in range(depth):
        x = activation(x @ arrays[f"hidden{i + 1}.weight"] + arrays[f"hidden{i + 1}.bias"])
    return x @ arrays["output.weight"] + arrays["output.bias"]


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_forward_is_the_textbooks(depth):
    rng = np.random.default_rng(0)
    model = MultilayerPerceptron(hidden=(HiddenLayer(units=5),) * depth)
    layout = model.layout(Signature(3, 2))
    arrays = layout.unpack(model.initial(layout, rng))
    x = rng.normal(size=(7, 3))
    result = model.forward(arrays, Batch(x))
    np.testing.assert_allclose(result.outputs, plain_forward(arrays, x, depth, np.tanh), rtol=1e-13)
    assert list(result.activations) == list(layout.layers)


def test_layout_covers_theta_without_gap():
    layout = MultilayerPerceptron(hidden=(HiddenLayer(units=4),)).layout(Signature(2, 3))
    edges = [0]
    for segment in layout:
        assert segment.start == edges[-1]
        edges.append(segment.stop)
    assert layout.size == edges[-1] == 2 * 4 + 4 + 4 * 3 + 3
    assert [s.name for s in layout] == [
        "hidden1.weight",
        "hidden1.bias",
        "output.weight",
        "output.bias",
    ]
    assert [s.name for s in layout if s.decayed] == ["hidden1.weight", "output.weight"]


def test_dropout_keeps_the_mean_and_drops_the_share():
    model = MultilayerPerceptron(hidden=(HiddenLayer(units=400, activation="linear", dropout=0.3),))
    layout = model.layout(Signature(1, 1))
    arrays = layout.unpack(np.ones(layout.size))
    x = np.ones((500, 1))
    noise = {
        n.name: np.random.default_rng(0).random(n.shape) for n in model.noise(Signature(1, 1), 500)
    }
    kept = noise["hidden1"] < 0.7
    outputs = model.forward(arrays, Batch(x, noise=noise)).outputs
    # Every unit is 2; a kept one is scaled by 1 / 0.7.
    np.testing.assert_allclose(outputs[:, 0], 1 + 2 / 0.7 * kept.sum(axis=1))
    evaluated = model.forward(arrays, Batch(x)).outputs
    np.testing.assert_allclose(evaluated, 801.0)


def test_dropout_is_live_and_zero_leaves_it_out():
    model = MultilayerPerceptron(hidden=(HiddenLayer(dropout=0.0), HiddenLayer(dropout=0.5)))
    assert live_values(model) == {"hidden.1.dropout": 0.5}
    assert [n.name for n in model.noise(Signature(2, 1), 4)] == ["hidden2"]


@pytest.mark.parametrize("n_inputs", [4, 3])
def test_a_residual_layer_adds_what_it_read(n_inputs):
    model = MultilayerPerceptron(hidden=(HiddenLayer(units=4, residual=True),))
    layout = model.layout(Signature(n_inputs, 2))
    arrays = layout.unpack(model.initial(layout, np.random.default_rng(0)))
    assert ("hidden1.shortcut_weight" in arrays) == (n_inputs != 4)
    x = np.random.default_rng(1).normal(size=(5, n_inputs))
    way_around = x @ arrays.get("hidden1.shortcut_weight", np.eye(4))
    within = np.tanh(x @ arrays["hidden1.weight"] + arrays["hidden1.bias"])
    hidden = model.forward(arrays, Batch(x)).activations["hidden1"]
    np.testing.assert_allclose(hidden, way_around + within, rtol=1e-13)


def test_normalised_layers_have_scales_of_one_and_running_statistics():
    hidden = (HiddenLayer(normalization="batch"), HiddenLayer(normalization="layer"))
    model = MultilayerPerceptron(hidden=hidden, first_bias=0.1)
    layout = model.layout(Signature(2, 1))
    arrays = layout.unpack(model.initial(layout, np.random.default_rng(0)))
    for name in ("hidden1", "hidden2"):
        np.testing.assert_array_equal(arrays[f"{name}.scale"], np.ones(8))
        np.testing.assert_array_equal(arrays[f"{name}.bias"], np.full(8, 0.1))
    assert [s.name for s in layout if s.decayed] == [
        "hidden1.weight",
        "hidden2.weight",
        "output.weight",
    ]
    running = model.running(Signature(2, 1))
    assert {name: array[0] for name, array in running.items()} == {
        "hidden1.mean": 0,
        "hidden1.variance": 1,
    }


def test_packing_names_what_is_wrong():
    layout = MultilayerPerceptron(hidden=()).layout(Signature(2, 1))
    with pytest.raises(ValueError, match=r"output.weight: must be of shape \(2, 1\), got \(1, 2\)"):
        layout.pack({"output.weight": np.zeros((1, 2)), "output.bias": np.zeros(1)})
    with pytest.raises(ValueError, match="needs exactly output.weight, output.bias"):
        layout.pack({"output.weight": np.zeros((2, 1))})


def test_memory_estimate_grows_with_the_batch():
    model = MultilayerPerceptron(hidden=(HiddenLayer(units=4096),) * 2)
    small, large = (model.peak_bytes(Signature(100, 10), n, 4) for n in (1, 10_000))
    assert small > 4 * model.layout(Signature(100, 10)).size
    assert large > small + 4 * 10_000 * 2 * 4096


def test_bounds_are_refused_with_their_place():
    from playground.declarations import validate

    with pytest.raises(SpecError, match="hidden.0.units: must be ≤ 4096, got 5000"):
        validate(MultilayerPerceptron, {"kind": "mlp", "hidden": [{"units": 5000}]})
