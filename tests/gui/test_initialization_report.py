import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon

from playground.gui.dialogs.initialization import InitializationDialog
from playground.training.initialization import report


@pytest.fixture
def dialog(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(InitializationDialog)
    qtbot.waitUntil(lambda: dialog.report is not None)
    return dialog


def test_a_curve_for_each_initializer(dialog, window):
    expected = report(window.train.session.experiment)
    assert dialog.report.initializers == expected.initializers
    for name, values in (("activations", expected.activations), ("gradients", expected.gradients)):
        assert len(dialog.curves[name]) == len(expected.initializers)
        for curve, row in zip(dialog.curves[name], values, strict=True):
            positive = row > 0
            assert curve.yData[positive] == pytest.approx(np.log10(row[positive]))
            assert np.isnan(curve.yData[~positive]).all()


def test_the_present_one_is_chosen_and_needs_no_taking(dialog):
    assert dialog.chosen() == "glorot_uniform"
    assert not dialog.take_button.isEnabled()
    assert dialog.take_button.text() == "Glorot uniform is in use"


def test_the_chosen_row_keeps_the_colour_of_its_curve(dialog):
    row = dialog.report.initializers.index("glorot_uniform")
    icon = dialog.table.item(row, 0).icon()
    color = icon.pixmap(12, 12, QIcon.Mode.Selected).toImage().pixelColor(6, 6)
    assert color == dialog.curves["gradients"][row].opts["pen"].color()


def test_another_one_is_taken(dialog, window, qtbot):
    row = dialog.report.initializers.index("he_normal")
    place = dialog.table.visualItemRect(dialog.table.item(row, 0)).center()
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.curves["gradients"][row].opts["pen"].width() == 3
    with qtbot.waitSignal(window.train.session.run_started):
        qtbot.mouseClick(dialog.take_button, Qt.MouseButton.LeftButton)
    assert window.train.session.experiment.model.initializer.name() == "he_normal"


def test_it_can_be_closed_at_once(window):
    window.train.compare_initializers()
    window.findChild(InitializationDialog).close()
    assert window.train.session.ask(lambda trainer: trainer.step).result() == 0
