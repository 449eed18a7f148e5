"""First-order rules inside the trainer: what an edit switches on and off."""

import numpy as np
import pytest

from playground import presets
from playground.optimizers import OPTIMIZERS
from playground.training import Trainer


@pytest.fixture
def experiment():
    return presets.load("linear-regression").model_copy(
        update={"optimizer": OPTIMIZERS["sgd"](learning_rate=0.01)}
    )


EDITS = {
    "sgd": [("momentum", 0.9), ("nesterov", True), ("weight_decay", 0.1), ("momentum", 0.0)],
    "rmsprop": [("centered", True), ("momentum", 0.5), ("centered", False)],
    "muon": [("nesterov", False), ("iterations", 3), ("weight_decay", 0.01)],
    "asgd": [("start", 2), ("power", 0.5)],
}


@pytest.mark.parametrize("kind", EDITS)
def test_switches_act_mid_run_and_are_replayed(kind, experiment):
    experiment = experiment.model_copy(update={"optimizer": OPTIMIZERS[kind]()})
    trainer = Trainer(experiment)
    for name, value in EDITS[kind]:
        trainer.run(2)
        trainer.edit(f"optimizer.{name}", value)
    trainer.run(3)
    assert [edit.path for edit in trainer.edits] == [f"optimizer.{name}" for name, _ in EDITS[kind]]
    again = Trainer(experiment)
    again.repeat(trainer.edits, trainer.step)
    np.testing.assert_array_equal(trainer.theta, again.theta)
    resumed = Trainer.resume(trainer.checkpoint())
    for one in (trainer, resumed):
        one.run(3)
    np.testing.assert_array_equal(trainer.theta, resumed.theta)


def test_a_switch_starts_its_own_state_only(experiment):
    trainer = Trainer(experiment.model_copy(update={"optimizer": OPTIMIZERS["rmsprop"]()}))
    trainer.run(5)
    before = trainer._machine.position().state["square_average"]
    trainer.edit("optimizer.momentum", 0.9)
    trainer.apply_edits()
    state = trainer._machine.position().state
    np.testing.assert_array_equal(state["square_average"], before)
    np.testing.assert_array_equal(state["velocity"], np.zeros_like(before))


def test_nesterov_acts_at_once(experiment):
    heavy = experiment.model_copy(
        update={"optimizer": OPTIMIZERS["sgd"](learning_rate=0.01, momentum=0.9)}
    )
    plain, ahead = Trainer(heavy), Trainer(heavy)
    ahead.edit("optimizer.nesterov", True)
    for trainer in (plain, ahead):
        trainer.run(3)
    assert not np.array_equal(plain.theta, ahead.theta)
