from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from playground.declarations import Hints, Setting
from playground.gui.widgets.choice_list import ChoiceList, Switch
from playground.gui.widgets.labels import SettingLabel, tooltip_of
from playground.gui.widgets.section import Fold
from playground.gui.widgets.text_field import PathField, TextField, TextsField
from playground.gui.widgets.throttle import Throttle
from playground.models.activations import ACTIVATIONS


def setting(form, default=None, **facts):
    return Setting(
        "thing", form, default, Hints("What it is.", live=facts.pop("live", False)), **facts
    )


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.show()
        if hasattr(widget, "edited"):
            widget.edits = []
            widget.edited.connect(widget.edits.append)
        return widget

    return show


def test_a_choice_shows_labels_and_emits_names(qtbot, shown):
    names = ACTIVATIONS.names()
    field = shown(ChoiceList(setting("choice", "tanh", choices=names, registry=ACTIVATIONS)))
    field.show_value("relu")
    assert field.box.currentText() == "ReLU"
    assert field.edits == []
    field.box.setFocus()
    qtbot.keyClick(field.box, Qt.Key.Key_Down)
    assert field.edits == ["leaky_relu"]
    summary = field.box.itemData(1, Qt.ItemDataRole.ToolTipRole)
    assert summary == ACTIVATIONS["relu"].summary()


def test_a_barred_choice_says_why_and_is_skipped(qtbot, shown):
    field = shown(ChoiceList(setting("choice", choices=("one", "two", "three"))))
    field.show_value("one")
    field.box.bar({"two": "Does not fit."})
    assert field.box.itemData(1, Qt.ItemDataRole.ToolTipRole) == "Does not fit."
    qtbot.keyClick(field.box, Qt.Key.Key_Down)
    assert field.edits == ["three"]
    field.box.bar({})
    qtbot.keyClick(field.box, Qt.Key.Key_Up)
    assert field.edits == ["three", "two"]


def test_choices_without_a_registry_are_capitalised_unless_they_are_code(shown):
    field = shown(ChoiceList(setting("choice", choices=("carry over", "float32"))))
    assert [field.box.itemText(index) for index in range(2)] == ["Carry over", "float32"]


def test_a_switch_turns_by_mouse_and_return(qtbot, shown):
    field = shown(Switch(setting("switch", True)))
    field.show_value(True)
    assert field.edits == []
    qtbot.mouseClick(field.button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(field.button, Qt.Key.Key_Return)
    assert field.edits == [False, True]


def test_a_text_becomes_the_value_on_return_only(qtbot, shown):
    field = shown(TextField(setting("text", "")))
    field.show_value("before")
    field.box.selectAll()
    qtbot.keyClicks(field.box, "after")
    assert field.edits == []
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert field.edits == ["after"]


def test_texts_are_separated_by_commas(qtbot, shown):
    field = shown(TextsField(setting("list", ())))
    field.show_value(("length", "width"))
    assert field.box.text() == "length, width"
    field.box.end(False)
    qtbot.keyClicks(field.box, ", , height ")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert field.edits == [("length", "width", "height")]


def test_a_path_can_be_chosen(qtbot, shown, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/data/table.csv", ""))
    field = shown(PathField(setting("path")))
    qtbot.mouseClick(field.button, Qt.MouseButton.LeftButton)
    assert field.edits == [Path("/data/table.csv")]
    assert field.box.text() == str(Path("/data/table.csv"))


def test_undo_in_a_text_box_is_left_to_the_window_when_nothing_was_typed(qtbot, shown):
    field = shown(TextField(setting("text", "")))
    field.show_value("before")
    assert not field.box.isUndoAvailable()
    qtbot.keyClicks(field.box, "x")
    assert field.box.isUndoAvailable()
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert not field.box.isUndoAvailable()


def test_the_tooltip_says_meaning_bounds_default_and_when_it_acts():
    text = tooltip_of(setting("integer", 8, minimum=1, maximum=4096))
    for part in ("What it is.", "≥ 1 and ≤ 4096", "default 8", "restarts the run"):
        assert part in text
    assert "acts at the next step" in tooltip_of(setting("number", 0.5, live=True))


def test_double_click_on_a_label_asks_for_a_reset(qtbot, shown):
    label = shown(SettingLabel(setting("number", 0.5)))
    with qtbot.waitSignal(label.reset_asked):
        qtbot.mouseDClick(label, Qt.MouseButton.LeftButton)


def test_a_fold_opens_by_mouse_and_keys(qtbot, shown):
    fold = shown(Fold("More"))
    assert not fold.body.isVisible()
    qtbot.mouseClick(fold.header, Qt.MouseButton.LeftButton)
    assert fold.body.isVisible()
    qtbot.keyClick(fold.header, Qt.Key.Key_Left)
    assert not fold.body.isVisible()
    fold.force_open(True)
    assert fold.body.isVisible()
    assert not fold.is_open


def test_a_throttle_passes_the_first_at_once_and_the_last_always(qtbot, qapp):
    throttle, passed = Throttle(5, qapp), []
    throttle.passed.connect(passed.append)
    for value in range(50):
        throttle.push(value)
    assert passed[0] == 0
    qtbot.waitUntil(lambda: passed[-1] == 49)
    assert len(passed) < 50
    throttle.deleteLater()
