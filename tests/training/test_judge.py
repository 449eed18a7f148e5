import numpy as np
import pytest

from playground.errors import SpecError
from playground.training import Trainer, run
from playground.training.snapshots import Outcome
from tests.training.runs import experiment


def test_stop_rules():
    assert Trainer(experiment(stop__steps=12)).run().step == 12
    trainer = Trainer(experiment(stop__epochs=2))
    assert trainer.run().outcome is Outcome.FINISHED
    assert trainer.epoch == 2.0
    trainer = Trainer(experiment(stop__target_loss=0.65, optimizer__learning_rate=0.03))
    assert "reached its target" in trainer.run().reason
    assert trainer.history.last("validation_loss")[1] <= 0.65
    trainer = Trainer(experiment(stop__patience=3, optimizer__learning_rate=1e-12))
    trainer.run()
    losses = trainer.history.sparse("validation_loss")[1]
    assert losses[-3:].min() >= losses[:-3].min()


def test_a_run_without_an_end_is_refused():
    with pytest.raises(SpecError, match="stop: must end the run"):
        run(experiment())


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_divergence_names_step_and_layer_and_keeps_the_last_finite_weights(precision, kind):
    trainer = Trainer(
        experiment(
            data__kind="regression_plane",
            loss__kind="mean_squared_error",
            model__hidden=[{"units": 16, "activation": "relu"}] * 3,
            # Adam's steps are as long as its rate: only a product of such weights overflows.
            optimizer={"kind": kind, "learning_rate": 1e3 if kind == "sgd" else 1e150},
            training__precision=precision,
        )
    )
    ending = trainer.run(20_000)
    assert ending.outcome is Outcome.DIVERGED
    assert ending.layer in trainer.layout.layers
    assert f"step {ending.step:,}" in ending.reason
    assert "lower learning rate" in ending.reason
    assert np.isfinite(trainer.theta).all()
    assert ending.step in (trainer.step, trainer.step - 1)
    # One more step from the kept weights does what the message says.
    assert trainer.run(5) is ending


def test_weights_that_start_non_finite_loss_diverge_at_once():
    base = experiment(
        data__kind="regression_plane",
        loss__kind="mean_squared_error",
        model__hidden=[{"units": 64, "activation": "linear"}] * 12,
        model__initializer={"kind": "normal", "std": 1e4},
    )
    trainer = Trainer(base)
    assert trainer.ending.outcome is Outcome.DIVERGED
    assert trainer.ending.step == 0
