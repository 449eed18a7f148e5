import pytest
from PySide6.QtCore import Qt
from shiboken6 import isValid

from playground.gui.theme import current_theme
from playground.gui.widgets.choice_list import Option, OptionBox
from playground.gui.widgets.searchable_list import SearchableList

OPTIONS = (
    Option("nelder_mead", "Nelder-Mead", "A simplex.", "Without derivatives"),
    Option("sgd", "SGD", "Straight down.", "First order"),
    Option("adam", "Adam", "Two moments.", "First order"),
    Option("newton", "Newton", "Needs a Hessian.", "Second order"),
)


@pytest.fixture
def box(qtbot):
    box = OptionBox(OPTIONS)
    qtbot.addWidget(box)
    box.show_name("sgd")
    with qtbot.waitExposed(box):
        box.show()
    return box


@pytest.fixture
def popup(qtbot, box):
    box.showPopup()
    popup = box.findChild(SearchableList)
    qtbot.waitUntil(popup.isVisible)
    yield popup
    if isValid(popup):
        popup.close()


def texts(popup):
    return [popup.list.item(row).text().strip() for row in range(popup.list.count())]


def test_entries_stand_under_their_headings(popup):
    assert texts(popup) == [
        *("First order", "Adam", "SGD"),
        *("Second order", "Newton"),
        *("Without derivatives", "Nelder-Mead"),
    ]
    assert popup.list.currentItem().text().strip() == "SGD"


def test_what_is_typed_leaves_what_matches(qtbot, popup):
    qtbot.keyClicks(popup.search, "hess")
    assert texts(popup) == ["Second order", "Newton"]
    popup.search.setText("without")
    assert popup.names() == ["nelder_mead"]


def test_return_takes_the_first_match(qtbot, box, popup):
    qtbot.keyClicks(popup.search, "mom")
    with qtbot.waitSignal(box.chosen) as chosen:
        qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert chosen.args == ["adam"]
    assert box.currentData() == "adam"


def test_keys_pass_over_headings_and_barred_entries(qtbot, box):
    box.bar({"newton": "It needs a Hessian."})
    box.showPopup()
    popup = box.findChild(SearchableList)
    qtbot.keyClick(popup.search, Qt.Key.Key_Down)
    assert popup.list.currentItem().text().strip() == "Nelder-Mead"
    barred = popup.list.findItems("Newton", Qt.MatchFlag.MatchContains)[0]
    assert "It needs a Hessian." in barred.toolTip()
    assert not barred.flags() & Qt.ItemFlag.ItemIsEnabled
    assert barred.foreground().color().name() == current_theme().disabled
    popup.close()


def test_a_click_chooses(qtbot, box, popup):
    item = popup.list.findItems("Nelder-Mead", Qt.MatchFlag.MatchContains)[0]
    place = popup.list.visualItemRect(item).center()
    with qtbot.waitSignal(box.chosen) as chosen:
        qtbot.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == ["nelder_mead"]
