"""Methods with curvature inside the trainer: they learn, they resume, they replay."""

import numpy as np
import pytest

from playground.declarations import settings_of, with_value
from playground.declarations.symbols import symbol_pattern
from playground.errors import SpecError
from playground.optimizers import OPTIMIZERS
from playground.training import Experiment, Trainer

FULL = ["bfgs", "lbfgs", "conjugate_gradients", "steepest_descent"]
FULL += ["trust_region_newton", "trust_region_cg", "damped_newton", "saddle_free_newton"]
FULL += ["hessian_free", "natural_gradient", "kfac", "shampoo"]
SQUARES = ["gauss_newton", "levenberg_marquardt"]

SETTINGS = {
    "damped_newton": {"damping": 1.0},
    "saddle_free_newton": {"damping": 0.3},
    "natural_gradient": {"learning_rate": 0.3},
    "kfac": {"first_damping": 1.0},
}


def experiment(kind, precision="float64", batch_size=1000, dropout=0.0):
    result = with_value(Experiment(), "model.hidden.1.units", 4)
    for path, value in {
        "data": {"kind": "circle", "n_samples": 120},
        "model.hidden.0.units": 5,
        "model.hidden.0.dropout": dropout,
        "training.precision": precision,
        "training.batch_size": batch_size,
    }.items():
        result = with_value(result, path, value)
    if kind in SQUARES:
        result = with_value(result, "loss", {"kind": "mean_squared_error"})
    return with_value(result, "optimizer", {"kind": kind, **SETTINGS.get(kind, {})})


def assert_same(a, b):
    np.testing.assert_array_equal(a.theta, b.theta)
    for column in ("batch_loss", "evaluations"):
        if column in a.history.columns:
            np.testing.assert_array_equal(a.history[column], b.history[column])


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("kind", [*FULL, *SQUARES])
def test_they_learn_and_resume_bit_for_bit(kind, precision):
    trainer = Trainer(experiment(kind, precision))
    before = trainer.scores()["train_loss"]
    trainer.run(6)
    resumed = Trainer.resume(trainer.checkpoint())
    trainer.run(6)
    resumed.run(6)
    assert trainer.theta.dtype == precision
    assert trainer.scores()["train_loss"] < 0.95 * before
    assert_same(trainer, resumed)


@pytest.mark.parametrize("kind", [*FULL, *SQUARES])
def test_mini_batches_and_dropout(kind):
    trainer = Trainer(experiment(kind, batch_size=32, dropout=0.2))
    trainer.run(5)
    again = Trainer(experiment(kind, batch_size=32, dropout=0.2))
    again.run(3)
    resumed = Trainer.resume(again.checkpoint())
    resumed.run(2)
    assert np.isfinite(trainer.theta).all()
    assert np.unique(trainer.history["batch_loss"]).size == 6
    assert_same(trainer, resumed)


def test_what_cannot_be_trained_so_is_refused():
    with pytest.raises(
        SpecError, match="levenberg_marquardt cannot train this: it needs residuals"
    ):
        Trainer(with_value(experiment("lbfgs"), "optimizer", {"kind": "levenberg_marquardt"}))
    with pytest.raises(SpecError, match="at most 1,000 parameters"):
        Trainer(with_value(experiment("trust_region_newton"), "model.hidden.0.units", 300))
    for kind, reason in (
        ("kfac", "dense layers alone"),
        ("natural_gradient", "independent samples"),
    ):
        normalized = with_value(experiment("lbfgs"), "model.hidden.0.normalization", "batch")
        with pytest.raises(SpecError, match=reason):
            Trainer(with_value(normalized, "optimizer", {"kind": kind}))
    with pytest.raises(SpecError, match="a loss that is a likelihood"):
        Trainer(with_value(experiment("kfac"), "loss", {"kind": "hinge"}))


def test_hessian_free_asks_for_the_products_of_its_matrix():
    trainer = Trainer(with_value(experiment("hessian_free"), "optimizer.matrix", "hessian"))
    trainer.run(12)
    assert trainer.scores()["train_loss"] < 0.3


def test_live_settings_act_at_the_next_step():
    trainer, other = (
        Trainer(experiment("natural_gradient")),
        Trainer(experiment("natural_gradient")),
    )
    trainer.run(2)
    other.run(2)
    trainer.edit("optimizer.learning_rate", 1e-6)
    before = trainer.theta.copy()
    trainer.run(1)
    other.run(1)
    assert np.abs(trainer.theta - before).max() < 1e-4 * np.abs(other.theta - before).max()
    replayed = Trainer(experiment("natural_gradient"))
    replayed.repeat(trainer.edits, 3)
    np.testing.assert_array_equal(trainer.theta, replayed.theta)


@pytest.mark.parametrize("kind", [*FULL, *SQUARES])
def test_rules_show_the_symbols_of_the_settings(kind):
    cls = OPTIMIZERS[kind]
    assert cls.SOURCE
    assert r"\theta \leftarrow" in cls.RULE
    for setting in settings_of(cls):
        if setting.symbol:
            assert symbol_pattern(setting.symbol).search(cls.RULE), setting.label
