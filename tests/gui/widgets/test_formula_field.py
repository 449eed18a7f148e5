import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from playground.calculus.gallery import Example
from playground.gui import theme
from playground.gui.dialogs.gallery import GalleryDialog
from playground.gui.widgets.formula_field import HINT, FormulaField

GALLERY = {
    "Polynomials": [Example("a parabola", "x^2", (-3, 3), "Flat at 0.")],
    "Kinks": [
        Example("absolute value", "abs(x)", (-1, 1), "A kink at 0."),
        Example("rectifier", "relu(x)", (-1, 1), "Another one."),
    ],
}


@pytest.fixture
def field(qtbot):
    field = FormulaField("f(x) =", ("x",), "sin(x)", lambda: GALLERY)
    qtbot.addWidget(field)
    field.resize(600, field.sizeHint().height())
    with qtbot.waitExposed(field):
        field.show()
    field.box.setFocus()
    field.box.selectAll()
    return field


def test_every_keystroke_is_read(qtbot, field):
    seen = []
    field.edited.connect(lambda formula: seen.append(formula(2.0)))
    qtbot.keyClicks(field.box, "x^2+1")
    # "x^" and "x^2+" mean nothing yet.
    assert seen == [2.0, 4.0, 5.0]
    assert field.formula(3.0) == 10.0
    assert field.error is None
    assert field.note.text() == HINT


def test_what_means_the_same_is_not_told_twice(qtbot, field):
    seen = []
    field.edited.connect(seen.append)
    field.box.end(False)
    qtbot.keyClicks(field.box, "  ")
    assert seen == []


def test_an_error_marks_its_column_and_leaves_the_last_good_formula(qtbot, field):
    good = field.formula
    qtbot.keyClicks(field.box, "3 + nonsense(x)")
    assert field.formula(1.0) == 3.0
    assert field.formula is not good
    assert field.error.column == 5
    assert "column 5" in field.note.text()
    assert "nonsense" in field.note.text()
    assert field.note.text() == field.box.accessibleDescription()
    assert field.box.property("invalid")
    metrics = field.box.fontMetrics()
    field.box.setCursorPosition(0)
    start = field.box.cursorRect().center().x()
    assert field.box.marked_x() - start == metrics.horizontalAdvance("3 + ")
    danger = QColor(theme.current_theme().danger)
    image = field.box.grab().toImage()
    x0, x1 = round(field.box.marked_x()), round(field.box.marked_x() + 8)
    rows = range(image.height() - 12, image.height() - 3)
    seen = {image.pixelColor(x, y).name() for x in range(x0, x1) for y in rows}
    assert danger.name() in seen
    for _ in range(len("nonsense(x)")):
        field.box.end(False)
        qtbot.keyClick(field.box, Qt.Key.Key_Backspace)
    assert field.error is not None
    qtbot.keyClicks(field.box, "x")
    assert field.error is None
    assert field.box.marked_x() is None
    assert not field.box.property("invalid")


def test_an_empty_box_is_an_error(qtbot, field):
    qtbot.keyClick(field.box, Qt.Key.Key_Delete)
    assert "is empty" in field.note.text()
    assert field.formula.text == "sin(x)"


def test_escape_gives_up_what_was_typed(qtbot, field):
    qtbot.keyClicks(field.box, "x^(")
    assert field.error is not None
    qtbot.keyClick(field.box, Qt.Key.Key_Escape)
    assert field.box.text() == field.formula.text == "x"
    assert field.error is None


def test_the_gallery_replaces_the_formula(qtbot, field):
    field.menu.aboutToShow.emit()
    field.menu.aboutToShow.emit()
    groups = [action.text() for action in field.menu.actions() if action.menu()]
    assert groups == list(GALLERY)
    kinks = field.menu.actions()[1].menu()
    with qtbot.waitSignal(field.example_chosen) as said:
        kinks.actions()[0].trigger()
    assert said.args == [GALLERY["Kinks"][0]]
    assert field.box.text() == "abs(x)"
    assert field.formula(-2.0) == 2.0


def test_the_table_shows_derivatives_and_takes_one_over(qtbot, field):
    field.menu.aboutToShow.emit()
    field.menu.actions()[-1].trigger()
    dialog = field.findChild(GalleryDialog)
    first = dialog.tables[0]
    assert first.item(0, 0).text() == "a parabola"
    assert first.cellWidget(0, 2).accessibleName() == "2*x"
    assert first.cellWidget(0, 2).formula is not None
    assert dialog.tables[1].rowCount() == 0
    dialog.tabs.setCurrentIndex(1)
    dialog.tables[1].selectRow(1)
    with qtbot.waitSignal(field.example_chosen):
        qtbot.keyClick(dialog.tables[1], Qt.Key.Key_Return)
    assert field.box.text() == "relu(x)"
    assert not dialog.isVisible()


def test_a_long_message_does_not_make_the_field_wide(qtbot, field):
    before = field.minimumSizeHint().width()
    qtbot.keyClicks(field.box, "x" * 40 + "(" * 90)
    assert field.error is not None
    assert field.minimumSizeHint().width() == before


def test_a_formula_that_is_shown_is_not_told(qtbot, field):
    from playground.calculus.formula import parse

    seen = []
    field.edited.connect(seen.append)
    qtbot.keyClicks(field.box, "(")
    field.show_formula(parse("x^3"))
    assert field.box.text() == "x^3"
    assert field.error is None
    assert seen == []
