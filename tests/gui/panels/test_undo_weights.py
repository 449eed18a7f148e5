"""Weights that are changed in the network are taken back like settings, and scored at once."""

import pytest
from PySide6.QtGui import QUndoCommand

from playground.gui.panels.undo import WeightChange
from playground.gui.stop_popup import duration, remaining_s
from playground.gui.toolbar import RunProgress
from playground.training.experiment import Stop
from playground.training.snapshots import Snapshot

PATH = "parameters.hidden1.weight.0.0"


def weight(window):
    return float(window.train.session._trainer.parameters()["hidden1.weight"][0, 0])


def test_a_changed_weight_is_undone_and_done_again(qtbot, window):
    session, panel = window.train.session, window.train.panel
    first = weight(window)
    session.set(PATH, 2.5)
    qtbot.waitUntil(lambda: panel.history.stack.canUndo())
    assert weight(window) == 2.5
    assert panel.undo_action.text() == "Undo weight"
    panel.undo_action.trigger()
    qtbot.waitUntil(lambda: weight(window) == pytest.approx(first))
    panel.redo_action.trigger()
    qtbot.waitUntil(lambda: weight(window) == 2.5)
    qtbot.waitUntil(lambda: len(session.run.edits) == 3)
    assert panel.history.stack.count() == 1


def test_an_undo_that_changes_nothing_hides_no_later_change(qtbot, window):
    session, history = window.train.session, window.train.panel.history
    first = weight(window)

    def change(value):
        with qtbot.waitSignal(session.edited):
            session.set(PATH, value)

    change(2.5)
    # Merged with the change before, as within a drag: back and forth is nothing to take back.
    change(first)
    with qtbot.waitSignal(session.edits_settled):
        history.stack.undo()
    assert weight(window) == first
    change(2.5)
    history.stack.push(QUndoCommand())  # so that the next change is one of its own
    change(first)
    assert isinstance(history.stack.command(history.stack.count() - 1), WeightChange)
    history.stack.undo()
    qtbot.waitUntil(lambda: weight(window) == 2.5)


def test_a_new_run_forgets_changed_weights(qtbot, window):
    session, panel = window.train.session, window.train.panel
    session.set(PATH, 2.5)
    qtbot.waitUntil(lambda: panel.history.stack.canUndo())
    session.reset()
    qtbot.waitUntil(lambda: session.state == "ready")
    first = weight(window)
    panel.undo_action.trigger()
    assert panel.history.stack.count() == 0
    assert weight(window) == first != 2.5


def test_settings_are_corrected_behind_a_changed_weight(qtbot, window):
    session, panel = window.train.session, window.train.panel
    session.set(PATH, 2.5)
    qtbot.waitUntil(lambda: panel.history.stack.canUndo())
    panel.history.edit("data.kind", "regression_plane")  # whose task needs another loss
    qtbot.waitUntil(lambda: session.experiment.loss.kind == "mean_squared_error")
    qtbot.waitUntil(lambda: session.state == "ready")
    panel.undo_action.trigger()
    qtbot.waitUntil(lambda: session.experiment.data.kind == "spiral")


def test_a_weight_changed_at_rest_is_scored_and_leaves_the_history_alone(qtbot, window):
    session = window.train.session
    before = session.snapshot.scores["train_loss"]
    written = session.run.history["train_loss"].copy()
    session.set(PATH, 40.0)
    qtbot.waitUntil(lambda: session.snapshot.scores["train_loss"] != before)
    trainer = session._trainer
    assert session.snapshot.scores["train_loss"] == trainer.scores()["train_loss"]
    assert session.run.history["train_loss"].tolist() == written.tolist()


def test_the_remaining_time_does_not_follow_one_long_evaluation(qtbot, window):
    progress = RunProgress(window.train.session, window)
    moments = [(0.1 * i, 100 * i) for i in range(1, 100)]
    for elapsed_s, step in moments:
        speed = progress._steps_per_s(snapshot(step, elapsed_s))
    assert speed == pytest.approx(1000)
    # Two seconds in which hardly anything moves: the speed of the moment is a tenth.
    slow = progress._steps_per_s(snapshot(9_910, 11.9))
    assert 700 < slow < 1000
    assert remaining_s(Stop(steps=20_000), snapshot(10_000, 12.0), 1000.0) == 10.0
    assert [duration(s) for s in (0.0, 0.2, 8.0, 200.0)] == ["0 s", "< 1 s", "8 s", "3 min 20 s"]
    # A new run begins anew.
    assert progress._steps_per_s(snapshot(0, 0.0)) == 50.0


def snapshot(step, elapsed_s):
    return Snapshot(
        step=step, epoch=0.0, elapsed_s=elapsed_s, steps_per_s=50.0, scores={}, ending=None
    )
