import numpy as np
import pytest

from playground.declarations import live_values, setting_at
from playground.errors import SpecError
from playground.optimizers.optimizer import OPTIMIZERS
from playground.training import Trainer, run
from tests.training.runs import assert_same, experiment


def test_a_live_edit_acts_at_the_next_step_and_is_recorded():
    trainer = Trainer(experiment(optimizer__kind="sgd"))
    trainer.run(5)
    before = trainer.theta
    trainer.edit("optimizer.learning_rate", 1e-12)
    trainer.run(1)
    assert np.abs(trainer.theta - before).max() < 1e-9
    (edit,) = trainer.edits
    assert (edit.step, edit.path, edit.new) == (5, "optimizer.learning_rate", 1e-12)
    assert trainer.experiment.optimizer.learning_rate == 1e-12
    assert trainer.first_experiment.optimizer.learning_rate != 1e-12


def test_another_optimizer_keeps_the_weights_and_starts_its_state_anew():
    trainer = Trainer(experiment(optimizer__kind="momentum"))
    trainer.run(10)
    kept = trainer.theta
    trainer.edit("optimizer", {"kind": "sgd", "learning_rate": 0.1})
    trainer.apply_edits()
    np.testing.assert_array_equal(trainer.theta, kept)
    fresh = Trainer(
        experiment(optimizer={"kind": "adam"}),
        initial=trainer.parameters(),
        prepared=trainer.prepared,
    )
    trainer.edit("optimizer", {"kind": "adam"})
    trainer.run(1)
    step = np.abs(trainer.theta - kept)
    # Adam's first step has the length of its learning rate in every coordinate that has a gradient.
    assert step.max() == pytest.approx(fresh.experiment.optimizer.learning_rate, rel=1e-3)


def test_an_optimizer_chosen_once_more_starts_from_its_defaults_in_a_replay_too():
    chosen = experiment(optimizer={"kind": "adam", "learning_rate": 0.2})
    trainer = Trainer(chosen)
    trainer.run(4)
    trainer.edit("optimizer.kind", "adam")
    trainer.run(6)
    assert trainer.experiment.optimizer.learning_rate != 0.2
    assert_same(trainer, run(chosen, trainer.edits, steps=10))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("optimizer.learning_rate", -1, "optimizer.learning_rate: must be > 0, got -1"),
        ("optimizer.learning_rat", 1, "did you mean 'optimizer.learning_rate'"),
        ("seeds.weights", 3, "cannot change while a run goes on"),
        ("model.hidden.0.units", 3, "cannot change while a run goes on"),
        ("training.batch_size", 0, "must be ≥ 1"),
    ],
)
def test_refused_edits_name_their_place_and_change_nothing(path, value, message):
    trainer = Trainer(experiment())
    with pytest.raises(SpecError, match=message):
        trainer.edit(path, value)
    trainer.run(2)
    assert trainer.edits == ()
    assert trainer.experiment == trainer.first_experiment


def test_a_single_weight_is_edited_recorded_and_repeated():
    trainer = Trainer(experiment())
    trainer.run(4)
    trainer.edit("parameters.hidden1.weight.1.3", 2.5)
    trainer.edit("parameters.output.bias.0", -1)
    trainer.apply_edits()
    assert trainer.parameters()["hidden1.weight"][1, 3] == 2.5
    assert trainer.parameters()["output.bias"][0] == -1
    trainer.run(6)
    assert_same(trainer, run(experiment(), trainer.edits, steps=10))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("parameters.hidden9.weight.0.0", 1, "no such segment"),
        ("parameters.hidden1.weight.0", 1, r"one index for each axis of \(2, 8\)"),
        ("parameters.hidden1.weight.0.8", 1, r"outside of the shape \(2, 8\)"),
        ("parameters.hidden1.weight.0.0", float("nan"), "must be a finite number, got nan"),
    ],
)
def test_a_wrong_weight_is_refused(path, value, message):
    with pytest.raises(SpecError, match=message):
        Trainer(experiment()).edit(path, value)


def test_every_live_number_can_be_edited():
    for kind in OPTIMIZERS.names():
        needs_squares = "residuals" in OPTIMIZERS[kind].REQUIRES
        loss = "mean_squared_error" if needs_squares else "binary_cross_entropy"
        trainer = Trainer(
            experiment(optimizer__kind=kind, loss__kind=loss, training__batch_size=1000)
        )
        for path, value in live_values(trainer.experiment.optimizer, "optimizer.").items():
            minimum = setting_at(trainer.experiment, path).minimum
            lower = 0.95 * value if value else 0.1
            trainer.edit(path, lower if minimum is None or lower > minimum else 1.05 * value)
        trainer.run(2)
        assert len(trainer.edits) == len(live_values(trainer.experiment.optimizer))
