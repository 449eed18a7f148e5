from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.declarations import with_value
from playground.gui import undoing
from playground.gui.panels.undo import ExperimentChange, changes, describe
from playground.training.experiment import Experiment

EDITS = [
    ("title", "Other"),
    ("data.kind", "circle"),
    ("data.noise", 20),
    ("split", {"train": 30, "test": 60}),
    ("split.test", 20),
    ("features.x1_x2", True),
    ("model.hidden.0.units", 3),
    ("model.hidden.1.dropout", 0.5),
    ("model.hidden", []),
    ("loss.kind", "hinge"),
    ("penalties.l2", 0.1),
    ("optimizer.kind", "sgd"),
    ("optimizer.learning_rate", 0.5),
    ("clipping.norm", 1.0),
    ("training.batch_size", 5),
    ("training.shuffle", False),
    ("stop.steps", 100),
    ("seeds.weights", 7),
]


def edited(choice):
    experiment = Experiment()
    for path, value in choice:
        if path.startswith("model.hidden.") and not experiment.model.hidden:
            continue
        experiment = with_value(experiment, path, value)
    return experiment


experiments = st.lists(st.sampled_from(EDITS), max_size=6).map(edited)


@given(experiments, experiments)
def test_changes_lead_from_one_experiment_to_any_other(before, after):
    found = changes(before, after)
    assert reduce(lambda e, change: with_value(e, *change), found, before) == after


@given(experiments)
def test_nothing_changes_between_equals(experiment):
    assert changes(experiment, experiment) == ()


def test_live_settings_change_one_by_one_so_that_the_run_goes_on():
    before = Experiment()
    after = with_value(with_value(before, "optimizer.beta1", 0.5), "model.hidden.0.dropout", 0.1)
    assert set(changes(before, after)) == {
        ("optimizer.beta1", 0.5),
        ("model.hidden.0.dropout", 0.1),
    }


@pytest.mark.parametrize(
    ("edits", "text"),
    [
        ([("optimizer.beta1", 0.5)], "β₁"),
        ([("optimizer.kind", "sgd")], "optimizer"),
        ([("seeds.weights", 1), ("seeds.batches", 1)], "seeds"),
        ([("data.kind", "circle"), ("loss.kind", "hinge")], "experiment"),
    ],
)
def test_a_change_is_named_for_the_menu(edits, text):
    assert describe(Experiment(), edited(edits)) == text


@pytest.fixture
def travelled():
    return []


def command(travelled, *edits):
    before, after = edited(edits[:-1]), edited(edits)
    return ExperimentChange(before, after, travelled.append)


def test_quick_changes_of_one_setting_are_taken_back_together(travelled, monkeypatch):
    clock = iter([0.0, 0.9, 1.8, 3.0])
    monkeypatch.setattr(undoing, "MERGE_WITHIN_S", 1.0)
    monkeypatch.setattr(undoing.time, "monotonic", lambda: next(clock))
    rates = [("optimizer.learning_rate", rate) for rate in (0.1, 0.2, 0.3, 0.4)]
    first, second, third, late = (command(travelled, *rates[: n + 1]) for n in range(4))
    assert first.mergeWith(second)
    assert first.mergeWith(third)
    assert not first.mergeWith(late)
    first.undo()
    assert travelled == [Experiment()]


def test_changes_of_different_settings_are_taken_back_apart(travelled):
    rate, norm = ("optimizer.learning_rate", 0.1), ("clipping.norm", 1.0)
    assert not command(travelled, rate).mergeWith(command(travelled, rate, norm))
