import numpy as np
import pytest

from playground.autodiff.graph import PRIMITIVES
from playground.declarations import with_value
from playground.presets import load
from playground.training.experiment import Experiment
from playground.training.gradient_check import BOUND, MOST_ENTRIES, GradientCheck
from playground.training.trainer import Trainer


def changed(**values):
    experiment = Experiment()
    for path, value in values.items():
        experiment = with_value(experiment, path.replace("__", "."), value)
    return experiment


def checked(experiment):
    trainer = Trainer(experiment)
    before = trainer.theta
    results = {result.layer: result for result in GradientCheck.of(trainer).run()}
    assert np.array_equal(trainer.theta, before)
    assert trainer.step == 0
    return results


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        changed(training__precision="float64", penalties__l1=0.01, penalties__l2=0.1),
        changed(
            model__hidden=[
                {"units": 5, "activation": "relu", "normalization": "batch", "dropout": 0.3},
                {"units": 5, "activation": "gelu", "residual": True},
            ]
        ),
        changed(data__kind="digits", loss__kind="cross_entropy", model__kind="convolutional"),
        changed(data__kind="sentiment", model__kind="recurrent"),
        load("linear-regression"),
        load("vanishing-gradients"),
    ],
)
def test_right_gradients_pass(experiment):
    results = checked(experiment)
    assert all(result.passed and result.is_done for result in results.values())
    # Far below the bound, else a smaller mistake would hide.
    assert max(result.error for result in results.values()) < BOUND / 5
    assert any(result.analytic for result in results.values())


def test_every_entry_of_a_small_layer_and_some_of_a_large_one():
    results = checked(load("digits"))
    assert list(results) == ["hidden1", "output"]
    assert results["hidden1"].n_parameters == 64 * 128 + 128
    assert results["hidden1"].n_done == 2 * MOST_ENTRIES
    assert results["output"].n_done == MOST_ENTRIES + 10


def test_the_numbers_are_those_of_the_entry():
    experiment = load("linear-regression")
    trainer = Trainer(experiment)
    (result,) = list(GradientCheck.of(trainer).run())[-1:]
    w, b = (float(a.squeeze()) for a in trainer.parameters().values())
    train = trainer.prepared.train
    x, y = train.inputs[:, 0], train.targets
    gradient = {
        "output.weight[0, 0]": np.mean(2 * (w * x + b - y) * x),
        "output.bias[0]": np.mean(2 * (w * x + b - y)),
    }
    assert result.analytic == pytest.approx(gradient[result.entry], rel=1e-9)
    assert result.numeric == pytest.approx(gradient[result.entry], rel=1e-6)


@pytest.mark.parametrize("factor", [1.0001, 0.0, -2.0])
def test_a_wrong_rule_is_caught_in_every_layer_below_it(monkeypatch, factor):
    right = PRIMITIVES["tanh"].rules[0]
    monkeypatch.setattr(
        PRIMITIVES["tanh"], "rules", (lambda g, *values: factor * right(g, *values),)
    )
    results = checked(Experiment())
    # Both modes use the rule, so only differences show it.
    assert [result.passed for result in results.values()] == [False, False, True]
    assert results["hidden2"].reference == "central difference"
    assert results["hidden2"].entry.startswith("hidden2.")


def test_modes_that_disagree_are_caught(monkeypatch):
    matmul = type(PRIMITIVES["matmul"])
    right = matmul.jvp

    def wrong(self, *args, **params):
        tangent = right(self, *args, **params)
        return None if tangent is None else 1.01 * tangent

    monkeypatch.setattr(matmul, "jvp", wrong)
    results = checked(Experiment())
    assert not any(result.passed for result in results.values())
    assert {result.reference for result in results.values()} == {"forward mode"}


def test_kinks_are_left_out_and_counted():
    # |w| has its kink exactly at the first weights.
    results = checked(changed(model__initializer__kind="zeros", penalties__l1=0.01))
    assert results["hidden1"].n_kinks == 16
    assert results["output"].n_kinks == 8
    assert all(result.passed for result in results.values())


def test_results_arrive_while_it_goes_on():
    check = GradientCheck.of(Trainer(Experiment()))
    done = [(result.layer, result.n_done) for result in check.run()]
    assert len(done) > len(check.layers)
    assert sum(dict(done).values()) == check.n_entries


def test_weights_that_are_not_finite_do_not_pass():
    trainer = Trainer(Experiment())
    parameters = trainer.parameters() | {"hidden1.weight": np.full((2, 8), np.nan)}
    check = GradientCheck(trainer.experiment, parameters, {}, prepared=trainer.prepared)
    results = list(check.run())
    assert not any(result.passed for result in results)
