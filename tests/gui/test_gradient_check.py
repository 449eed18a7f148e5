import pytest
from PySide6.QtCore import Qt

from playground.autodiff.graph import PRIMITIVES
from playground.gui.dialogs.gradient_check import GradientCheckDialog


@pytest.fixture
def checked(qtbot, window):
    """Opens the check by its key and waits for the verdict."""

    def opened():
        qtbot.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
        dialog = window.findChild(GradientCheckDialog)
        qtbot.waitUntil(dialog.progress.isHidden)
        return dialog

    return opened


def texts(dialog, column):
    return [dialog.table.item(row, column).text() for row in range(dialog.table.rowCount())]


def test_each_layer_has_a_row(checked, window):
    before = window.train.session.ask(lambda trainer: trainer.theta).result()
    dialog = checked()
    assert texts(dialog, 0) == ["hidden1", "hidden2", "output"]
    assert texts(dialog, 1) == ["24 of 24", "68 of 72", "9 of 9"]
    assert dialog.verdict.text().startswith("All 101 derivatives agree")
    assert dialog.verdict.objectName() == "success"
    assert not dialog.table.item(0, 0).icon().isNull()
    dialog.close()
    assert (window.train.session.ask(lambda trainer: trainer.theta).result() == before).all()
    assert window.train.session.snapshot.step == 0


def test_a_wrong_rule_is_named(checked, monkeypatch):
    monkeypatch.setattr(PRIMITIVES["tanh"], "rules", (lambda g, y, x: 1.01 * g * (1 - y * y),))
    dialog = checked()
    assert dialog.verdict.text() == "The derivatives disagree in hidden1 and hidden2."
    assert dialog.verdict.objectName() == "danger"
    dialog.close()


def test_a_run_goes_on_afterwards(checked, window, qtbot):
    window.train.session.play()
    qtbot.waitUntil(lambda: window.train.session.snapshot.step > 10)
    dialog = checked()
    dialog.close()
    step = window.train.session.snapshot.step
    qtbot.waitUntil(lambda: window.train.session.snapshot.step > step)
    window.train.session.pause()
    qtbot.waitUntil(lambda: window.train.session.state == "paused")


def test_it_can_be_closed_half_way(window, qtbot):
    window.train.check_gradients()
    dialog = window.findChild(GradientCheckDialog)
    qtbot.waitUntil(lambda: bool(dialog.results))
    dialog.close()
    assert window.train.session.ask(lambda trainer: trainer.step).result() == 0


def test_nothing_is_answered_by_a_session_that_closes(window):
    window.train.check_gradients()
    window.close()
