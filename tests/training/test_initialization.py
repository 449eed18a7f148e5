from typing import Literal

import numpy as np
import pytest

from playground.declarations import validate
from playground.errors import SpecError
from playground.models.initializers import INITIALIZERS
from playground.models.model import Model
from playground.training import Experiment, Trainer
from playground.training.initialization import SAMPLE_ROWS, report

TANH = {"kind": "mlp", "hidden": [{"units": 7}, {"units": 5}], "first_bias": 0.2}


def experiment(model, **values):
    base = {
        "data": {"kind": "diabetes"},
        "loss": {"kind": "mean_squared_error"},
        "training": {"precision": "float64"},
    }
    return validate(Experiment, {**base, "model": model, **values})


def deep(activation, **layer):
    hidden = [{"units": 100, "activation": activation, **layer}] * 10
    digits = {"data": {"kind": "digits"}, "loss": {"kind": "cross_entropy"}}
    return experiment({"kind": "mlp", "hidden": hidden}, **digits)


def row(table, name):
    place = table.initializers.index(name)
    return table.activations[place], table.gradients[place]


@pytest.mark.parametrize("name", INITIALIZERS.names())
def test_numbers_are_those_of_backpropagation_by_hand(name):
    first = experiment({**TANH, "initializer": {"kind": name}})
    activations, gradients = row(report(first), name)
    trainer = Trainer(first)
    w = trainer.parameters()
    part = trainer.prepared.train
    x, y = part.inputs[:SAMPLE_ROWS], part.targets[:SAMPLE_ROWS, None]
    h1 = np.tanh(x @ w["hidden1.weight"] + w["hidden1.bias"])
    h2 = np.tanh(h1 @ w["hidden2.weight"] + w["hidden2.bias"])
    out = h2 @ w["output.weight"] + w["output.bias"]
    d_out = 2 * (out - y) / len(x)
    d2 = d_out @ w["output.weight"].T * (1 - h2**2)
    d1 = d2 @ w["hidden2.weight"].T * (1 - h1**2)
    by_hand = [x.T @ d1, h1.T @ d2, h2.T @ d_out]
    near = {"rtol": 1e-10, "atol": 1e-14}
    np.testing.assert_allclose(activations, [np.std(a) for a in (h1, h2, out)], **near)
    np.testing.assert_allclose(gradients, [np.std(g) for g in by_hand], **near)


def test_the_table_has_every_initialiser_and_layer_and_is_repeatable():
    first = experiment(TANH)
    table, again = report(first), report(first, prepared=Trainer(first).prepared)
    assert table.initializers == INITIALIZERS.names()
    assert table.layers == ("hidden1", "hidden2", "output")
    np.testing.assert_array_equal(table.activations, again.activations)
    np.testing.assert_array_equal(table.gradients, again.gradients)


def test_the_own_initialiser_keeps_its_settings():
    small, large = (
        report(experiment({**TANH, "initializer": {"kind": "normal", "std": std}}))
        for std in (0.01, 3.0)
    )
    assert row(small, "normal")[0][0] < 0.1 < 0.8 < row(large, "normal")[0][0]
    np.testing.assert_array_equal(row(small, "uniform"), row(large, "uniform"))


def test_papers_promises_hold_with_depth():
    relu, tanh = report(deep("relu")), report(deep("tanh"))
    kept, lost = row(relu, "he_normal"), row(relu, "glorot_normal")
    # He et al. 2015: ReLU keeps its scale under their variance, and halves its square otherwise.
    assert 0.3 < kept[0][9] / kept[0][0] < 3
    assert lost[0][9] < 0.2 * lost[0][0]
    assert 0.2 < row(tanh, "glorot_normal")[0][9] / row(tanh, "glorot_normal")[0][0] < 1
    np.testing.assert_array_equal(row(relu, "zeros")[0], np.zeros(11))


def test_batch_normalisation_makes_the_initialiser_matter_less():
    plain, normalized = report(deep("tanh")), report(deep("tanh", normalization="batch"))
    names = ("normal", "uniform", "he_normal", "lecun_uniform")

    def ratio(table):
        last = [row(table, name)[0][9] for name in names]
        return max(last) / min(last)

    assert ratio(normalized) < 1.1 < 3 < ratio(plain)


def test_overflow_is_infinite():
    hidden = [{"units": 50, "activation": "linear"}] * 20
    first = experiment(
        {"kind": "mlp", "hidden": hidden, "initializer": {"kind": "normal", "std": 100.0}},
        training={"precision": "float32"},
    )
    activations, gradients = row(report(first), "normal")
    assert np.isfinite(activations[0])
    assert activations[-1] == gradients[0] == np.inf


def test_convolutions_and_dropout_are_measured_too():
    digits = {"data": {"kind": "digits"}, "loss": {"kind": "cross_entropy"}}
    blocks = [{"normalization": "batch", "pooling": "max", "dropout": 0.2}]
    table = report(experiment({"kind": "convolutional", "blocks": blocks}, **digits))
    assert table.layers == ("conv1", "dense1", "output")
    assert np.isfinite(table.activations).all()
    assert (row(table, "he_normal")[1] > 0).all()


class Bare(Model):
    kind: Literal["bare"] = "bare"


def test_a_model_without_initialisers_is_refused():
    first = experiment(TANH).model_copy(update={"model": Bare()})
    with pytest.raises(
        SpecError, match=r"model\.kind: must have an initialiser to choose, got bare"
    ):
        report(first)
