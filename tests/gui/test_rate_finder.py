import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from playground import presets
from playground.gui.dialogs.rate_finder import RateFinderDialog
from playground.training import Trainer
from playground.training.rate_finder import RateFinder


@pytest.fixture
def experiment():
    return presets.load("linear-regression")


@pytest.fixture
def dialog(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(RateFinderDialog)
    qtbot.waitUntil(lambda: dialog.found is not None and dialog.found.is_done)
    return dialog


def test_it_shows_what_the_test_finds(dialog, experiment):
    *_, expected = RateFinder(Trainer(experiment)).run()
    np.testing.assert_array_equal(dialog.curve.xData, np.log10(expected.rates))
    np.testing.assert_array_equal(dialog.curve.yData, expected.smoothed)
    for name, line in dialog.lines.items():
        assert line.value() == pytest.approx(np.log10(getattr(expected, name)))
        assert line.isVisible()
        assert dialog.marks[name].isEnabled()


def test_the_legend_leaves_the_curve_free(dialog):
    overlay, view = dialog.plot.overlay, dialog.plot.view
    points = np.column_stack([dialog.curve.xData, dialog.curve.yData])
    pixels = [overlay.mapFromScene(view.mapViewToScene(QPointF(*point))) for point in points]
    assert not any(overlay.legend_box(overlay.corner).contains(pixel) for pixel in pixels)


def test_one_click_takes_the_steepest_rate(qtbot, dialog, window):
    steepest = dialog.found.steepest
    qtbot.mouseClick(dialog.take_button, Qt.MouseButton.LeftButton)
    session = window.train.session
    assert session.experiment.optimizer.learning_rate == pytest.approx(steepest, rel=1e-2)
    qtbot.waitUntil(lambda: bool(session.run.edits))
    assert [edit.path for edit in session.run.edits] == ["optimizer.learning_rate"]


def test_a_mark_or_a_click_chooses_another(qtbot, dialog):
    qtbot.mouseClick(dialog.marks["stability_limit"], Qt.MouseButton.LeftButton)
    assert dialog.chosen == pytest.approx(dialog.found.stability_limit, rel=1e-2)
    dialog.canvas.grab()
    height = float(np.mean(dialog.plot.view.viewRange()[1]))
    scene = dialog.plot.view.mapViewToScene(QPointF(-3.0, height))
    place = dialog.canvas.mapFromScene(scene)
    qtbot.mouseClick(dialog.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.chosen == pytest.approx(1e-3, rel=0.05)
    assert dialog.take_button.text() == f"Take {dialog.chosen:g}"


def test_it_can_be_closed_at_once(window):
    window.train.find_rate()
    window.findChild(RateFinderDialog).close()
    assert window.train.session.ask(lambda trainer: trainer.step).result() == 0


def test_a_run_goes_on_after_the_test(qtbot, window):
    session = window.train.session
    session.play()
    qtbot.waitUntil(lambda: session.snapshot.step > 0)
    window.train.find_rate()
    dialog = window.findChild(RateFinderDialog)
    qtbot.waitUntil(lambda: dialog.found is not None and dialog.found.is_done)
    before = session.snapshot.step
    qtbot.waitUntil(lambda: session.snapshot.step > before or session.state == "ended")
    dialog.close()


def test_a_refusal_is_shown(qtbot, window):
    session = window.train.session
    session.set("optimizer.kind", "steepest_descent")
    window.train.find_rate()
    dialog = window.findChild(RateFinderDialog)
    message = dialog.plot.overlay
    qtbot.waitUntil(lambda: "no learning rate" in message.message)
    assert not dialog.take_button.isEnabled()
