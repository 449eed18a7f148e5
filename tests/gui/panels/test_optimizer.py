import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from playground import presets
from playground.gui.panels.optimizer import OptimizerField
from playground.optimizers import OPTIMIZERS

RULE = r"""
v \leftarrow \beta v + g
\theta \leftarrow \theta - \eta v
"""


@pytest.fixture(autouse=True)
def _rule(monkeypatch):
    monkeypatch.setattr(OPTIMIZERS["momentum"], "RULE", RULE)
    monkeypatch.setattr(OPTIMIZERS["nesterov"], "LARGEST", 3)


@pytest.fixture
def field(qtbot, session, panel):
    field = panel.fields["optimizer"]
    assert isinstance(field, OptimizerField)
    session.set("optimizer.kind", "momentum")
    qtbot.waitUntil(lambda: field.rule.isVisible() and len(field.rule.lines) == 2)
    return field


def enter(widget):
    place = QPointF(widget.rect().center())
    QApplication.sendEvent(widget, QEnterEvent(place, place, place))


def test_it_shows_rule_source_and_defaults(field):
    assert [line.latex for line in field.rule.lines] == RULE.strip().splitlines()
    assert field.source.text() == OPTIMIZERS["momentum"].SOURCE
    assert field.defaults.text() == "Defaults: η\u00a00.01, β\u00a00.9"


def test_the_setting_under_the_pointer_lights_its_symbol(field):
    enter(field.form.fields["momentum"])
    assert field.rule.symbol == "β"
    enter(field.form.fields["learning_rate"])
    assert field.rule.symbol == "η"
    QApplication.sendEvent(field.form.fields["learning_rate"], QEvent(QEvent.Type.Leave))
    assert field.rule.symbol == ""


def test_a_moved_slider_lights_its_symbol(qtbot, field):
    slider = field.form.fields["momentum"].editor.slider
    slider.setValue(slider.value() - 3)
    assert field.rule.symbol == "β"


def test_one_click_restores_the_defaults(qtbot, session, panel, field):
    assert not field.restore.isEnabled()
    session.set("optimizer.momentum", 0.5)
    session.set("optimizer.learning_rate", 0.3)
    qtbot.mouseClick(field.restore, Qt.MouseButton.LeftButton)
    assert session.experiment.optimizer == OPTIMIZERS["momentum"]()
    assert not field.restore.isEnabled()
    panel.undo_action.trigger()
    assert session.experiment.optimizer.momentum == 0.5
    assert session.experiment.optimizer.learning_rate == 0.3


def test_a_model_that_cannot_read_the_data_is_refused_in_words(qtbot, session, field):
    with qtbot.captureExceptions() as defects:
        session.set("model.kind", "convolutional")
        qtbot.waitSignal(session.failed).wait()
    assert not defects
    assert session.experiment.model.kind == "mlp"


def test_another_experiment_is_not_judged_by_the_data_of_the_run_before(qtbot, session, field):
    with qtbot.captureExceptions() as defects:
        for name in ("digits-cnn", "dates"):
            with qtbot.waitSignal(session.run_started):
                session.load(presets.load(name))
    assert not defects


def test_what_cannot_run_is_barred_with_the_reason(session, field):
    def row(name):
        return field.box.model().item(field.box.findData(name))

    assert row("adam").isEnabled()
    assert not row("nesterov").isEnabled()
    assert "at most 3 parameters" in row("nesterov").toolTip()
    assert row("steepest_descent").isEnabled()
    session.set("schedule.kind", "cosine")
    assert not row("steepest_descent").isEnabled()
    assert "no learning rate" in row("steepest_descent").toolTip()
