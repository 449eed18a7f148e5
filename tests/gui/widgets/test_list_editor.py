import pytest
from PySide6.QtCore import Qt

from playground.declarations import settings_of
from playground.gui.widgets.list_editor import ListEditor
from playground.models.mlp import HiddenLayer, MultilayerPerceptron

WIDE, NARROW = HiddenLayer(units=64), HiddenLayer(units=4, activation="relu", dropout=0.5)


@pytest.fixture
def editor(qtbot):
    hidden = next(s for s in settings_of(MultilayerPerceptron) if s.name == "hidden")
    widget = ListEditor(hidden)
    widget.edits = []
    widget.edited.connect(lambda path, value: widget.edits.append((path, value)))
    qtbot.addWidget(widget)
    widget.show()
    widget.show_value((WIDE, NARROW))
    return widget


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def units(editor):
    return [row.editors["units"].box.text() for row in editor.rows]


def test_each_layer_is_a_row_and_showing_emits_nothing(editor):
    assert units(editor) == ["64", "4"]
    assert editor.rows[1].editors["activation"].box.currentText() == "ReLU"
    assert editor.edits == []


def test_a_cell_edits_its_own_setting(qtbot, editor):
    box = editor.rows[1].editors["dropout"].box
    box.selectAll()
    qtbot.keyClicks(box, "0.25")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert editor.edits == [("1.dropout", 0.25)]


def test_a_cell_out_of_bounds_is_refused(qtbot, editor):
    box = editor.rows[0].editors["units"].box
    with qtbot.waitSignal(editor.refused) as refused:
        box.selectAll()
        qtbot.keyClicks(box, "5000")
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert refused.args == ["must be ≥ 1 and ≤ 4096, got 5000"]
    assert box.text() == "64"


def test_adding_repeats_the_last_layer(qtbot, editor):
    click(qtbot, editor.add_button)
    assert editor.edits == [("", (WIDE, NARROW, NARROW))]
    assert units(editor) == ["64", "4", "4"]


def test_removing_takes_that_layer_out(qtbot, editor):
    click(qtbot, editor.rows[0].remove)
    assert editor.edits == [("", (NARROW,))]
    assert units(editor) == ["4"]


def test_the_last_layer_can_be_removed_and_a_first_one_added(qtbot, editor):
    click(qtbot, editor.rows[0].remove)
    click(qtbot, editor.rows[0].remove)
    assert editor.edits[-1] == ("", ())
    assert not editor.header[0].isVisible()
    click(qtbot, editor.add_button)
    assert editor.edits[-1] == ("", (HiddenLayer(),))


def test_moving_swaps_neighbours_and_the_focus_follows(qtbot, editor):
    click(qtbot, editor.rows[1].up)
    assert editor.edits == [("", (NARROW, WIDE))]
    assert not editor.rows[0].up.isEnabled()
    assert editor.focusWidget() is editor.rows[0].down


def test_no_more_layers_than_declared(editor):
    editor.show_value((WIDE,) * 20)
    assert not editor.add_button.isEnabled()
    assert editor.count.text() == "At most 20"


def test_seldom_settings_wait_behind_a_button_that_tells_of_unusual_values(qtbot, editor):
    row = editor.rows[1]
    switch = row.editors["residual"].button
    assert not switch.isVisible()
    assert "residual" in row.more.toolTip()
    click(qtbot, row.more)
    assert switch.isVisible()
    assert not editor.rows[0].editors["residual"].button.isVisible()
    click(qtbot, switch)
    assert editor.edits == [("1.residual", True)]
    editor.show_value((WIDE, NARROW.model_copy(update={"residual": True})))
    assert row.more.toolTip() == "Residual: on"
    click(qtbot, row.more)
    assert not switch.isVisible()
