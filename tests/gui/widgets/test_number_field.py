import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QStyle

from playground.declarations import Hints, Setting
from playground.gui.widgets.number_field import NumberField


def rate(**hints):
    hints = {"slider": (1e-5, 10.0), "scale": "log", "live": True} | hints
    return Setting("rate", "number", 0.03, Hints("", **hints), minimum=0, exclusive_minimum=True)


def units():
    hints = Hints("", slider=(1, 512), scale="log")
    return Setting("units", "integer", 8, hints, minimum=1, maximum=4096)


@pytest.fixture
def shown(qtbot):
    def show(setting, value, **options):
        field = NumberField(setting, **options)
        field.edits, field.refusals = [], []
        field.edited.connect(field.edits.append)
        field.refused.connect(field.refusals.append)
        qtbot.addWidget(field)
        field.resize(320, 32)
        with qtbot.waitExposed(field):
            field.show()
        field.show_value(value)
        return field

    return show


def handle(slider):
    return slider.rectangle(QStyle.SubControl.SC_SliderHandle).center()


def write(qtbot, field, text):
    field.box.setFocus()
    field.box.selectAll()
    qtbot.keyClicks(field.box, text)
    qtbot.keyClick(field.box, Qt.Key.Key_Return)


def turn(widget, notches):
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_showing_a_value_emits_nothing(shown):
    field = shown(rate(), 0.03)
    field.show_value(1.5)
    assert field.box.text() == "1.5"
    assert field.edits == []


def test_dragging_the_handle_emits_rising_values_and_the_last_one(qtbot, shown):
    field = shown(rate(), 1e-5)
    start = handle(field.slider)
    qtbot.mousePress(field.slider, Qt.MouseButton.LeftButton, pos=start)
    for x in range(0, field.slider.width() + 20, 4):
        qtbot.mouseMove(field.slider, start + QPoint(x, 0))
    qtbot.mouseRelease(field.slider, Qt.MouseButton.LeftButton, pos=start + QPoint(400, 0))
    assert field.edits == sorted(field.edits)
    assert field.edits[-1] == field.value == 10.0
    assert field.box.text() == "10"


def test_a_fast_drag_is_thinned_to_frames(qtbot, shown):
    field = shown(rate(), 1e-5)
    for position in range(1, 101):
        field.slider.setValue(position)
    assert len(field.edits) < 50
    qtbot.waitUntil(lambda: field.edits[-1] == field.value)


def test_releasing_the_handle_does_not_wait_for_the_next_frame(qtbot, shown):
    field = shown(rate(), 0.03)
    field.slider.setSliderDown(True)
    field.slider.setValue(field.slider.maximum())
    field.slider.setValue(0)
    field.slider.setSliderDown(False)
    assert field.edits[-1] == 1e-5


def test_a_click_on_the_groove_jumps_there(qtbot, shown):
    field = shown(rate(), 1e-5)
    middle = field.slider.rect().center()
    qtbot.mouseClick(field.slider, Qt.MouseButton.LeftButton, pos=middle)
    assert field.value == pytest.approx(1e-2, rel=0.3)


def test_a_drag_is_not_disturbed_by_values_from_elsewhere(qtbot, shown):
    field = shown(rate(), 0.03)
    start = handle(field.slider)
    qtbot.mousePress(field.slider, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(field.slider, start + QPoint(30, 0))
    dragged, place = field.value, handle(field.slider)
    assert dragged > 0.1
    field.show_value(0.03)
    assert (field.value, handle(field.slider)) == (dragged, place)
    qtbot.mouseRelease(field.slider, Qt.MouseButton.LeftButton, pos=start + QPoint(30, 0))
    qtbot.waitUntil(lambda: field.edits[-1] == dragged)


def test_a_typed_value_beyond_the_slider_pins_it_at_its_end(qtbot, shown):
    field = shown(rate(), 0.03)
    write(qtbot, field, "250")
    assert field.edits == [250.0]
    assert field.slider.value() == field.slider.maximum()
    assert field.box.text() == "250"


@pytest.mark.parametrize(("text", "value"), [("1e-3", 0.001), ("0,5", 0.5), ("3E-5", 3e-5)])
def test_typed_numbers_are_read_as_people_write_them(qtbot, shown, text, value):
    field = shown(rate(), 0.03)
    write(qtbot, field, text)
    assert field.edits == [value]


@pytest.mark.parametrize("text", ["-1", "0", "fast", "", "nan", "1e400"])
def test_what_cannot_be_a_value_is_refused_and_the_last_good_one_restored(qtbot, shown, text):
    field = shown(rate(), 0.03)
    write(qtbot, field, text) if text else field.box.clear()
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert field.edits == []
    assert len(field.refusals) == 1
    assert (field.box.text(), field.value) == ("0.03", 0.03)


def test_the_refusal_shows_the_bounds(qtbot, shown):
    field = shown(units(), 8)
    write(qtbot, field, "5000")
    assert field.refusals == ["must be ≥ 1 and ≤ 4096, got 5000"]


def test_leaving_the_box_untouched_keeps_digits_that_it_does_not_show(qtbot, shown):
    field = shown(rate(), 0.123456789)
    assert field.box.text() == "0.123457"
    field.box.setFocus()
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert (field.edits, field.value) == ([], 0.123456789)


def test_typing_is_not_overwritten_by_values_from_elsewhere(qtbot, shown):
    field = shown(rate(), 0.03)
    field.box.setFocus()
    field.box.selectAll()
    qtbot.keyClicks(field.box, "0.")
    field.show_value(0.5)
    qtbot.keyClicks(field.box, "25")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert field.edits == [0.25]


def test_escape_gives_up_what_was_typed(qtbot, shown):
    field = shown(rate(), 0.03)
    field.box.setFocus()
    qtbot.keyClicks(field.box, "99")
    qtbot.keyClick(field.box, Qt.Key.Key_Escape)
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    assert (field.box.text(), field.edits) == ("0.03", [])


def test_arrow_keys_step_to_the_neighbouring_stops(qtbot, shown):
    field = shown(units(), 100)
    field.box.setFocus()
    qtbot.keyClick(field.box, Qt.Key.Key_Up)
    assert field.value == 110
    qtbot.keyClick(field.box, Qt.Key.Key_Down)
    qtbot.keyClick(field.box, Qt.Key.Key_Down)
    assert field.value == 90
    qtbot.waitUntil(lambda: field.edits[-1] == 90)


def test_arrow_keys_stop_at_the_bounds(qtbot, shown):
    field = shown(units(), 2)
    for _ in range(3):
        qtbot.keyClick(field.box, Qt.Key.Key_Down)
    assert field.value == 1


def test_arrow_keys_move_the_slider_by_one_stop(qtbot, shown):
    field = shown(rate(), 0.01)
    field.slider.setFocus()
    qtbot.keyClick(field.slider, Qt.Key.Key_Right)
    assert field.value == 0.011


@pytest.mark.parametrize("part", ["slider", "box"])
def test_the_wheel_acts_only_with_the_focus(qtbot, shown, part):
    field = shown(rate(), 0.01)
    widget = getattr(field, part)
    (field.box if part == "slider" else field.slider).setFocus()
    assert not turn(widget, 1)
    assert field.value == 0.01
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    assert turn(widget, 1)
    assert field.value == 0.011


def test_reset_goes_back_to_the_default(qtbot, shown):
    field = shown(rate(), 2.0)
    field.reset()
    assert field.edits == [0.03]
    assert field.box.text() == "0.03"


def test_integers_stay_integers(qtbot, shown):
    field = shown(units(), 8)
    field.slider.setValue(0)
    write(qtbot, field, "1e3")
    assert field.edits == [1, 1000]
    assert all(type(value) is int for value in field.edits)


def test_a_setting_without_a_slider_has_only_a_box(shown):
    assert shown(rate(slider=None), 1.0).slider is None
    assert shown(rate(), 1.0, with_slider=False).slider is None
