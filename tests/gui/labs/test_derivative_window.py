"""The derivative workspace as a whole: its size, its colours, its keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog

from playground.gui import memory, theme
from playground.gui.labs.derivative.workspace import PAGES
from playground.gui.main_window import MainWindow
from playground.storage.formulas import SavedFormula, write_formula


def show(qtbot, derivative, page):
    derivative.show_view(page)
    qtbot.waitUntil(derivative.is_settled)


@pytest.mark.parametrize("page", [kind.name() for kind in PAGES])
def test_every_page_fits_a_small_screen_and_follows_theme_and_scale(qtbot, derivative, page):
    window = derivative.window()
    show(qtbot, derivative, page)
    hint = window.minimumSizeHint()
    assert hint.width() <= 1280
    assert hint.height() <= 800
    for dock in derivative.page.area.docks:
        assert dock.is_shown
        assert dock.width() >= 300
        assert dock.height() >= 240
    theme.set_theme("dark")
    theme.set_scale(1.3)
    qtbot.waitUntil(derivative.is_settled)
    picture = derivative.page.area.grab().toImage()
    dark = sum(
        picture.pixelColor(x, y).lightness() < 120
        for x in range(0, picture.width(), 9)
        for y in range(0, picture.height(), 9)
    )
    assert dark > 0.7 * (picture.width() // 9) * (picture.height() // 9)
    expected = QColor(theme.current_theme().plot_background)
    canvas = derivative.page.area.docks[0].pictured().grab().toImage()
    assert canvas.pixelColor(2, 2) == expected


def test_the_tabs_are_reached_by_keys_and_the_page_is_remembered(qtbot, derivative):
    tabs = derivative.toolbar.tabs
    tabs.setFocus()
    qtbot.waitUntil(tabs.hasFocus)
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert derivative.page is derivative._pages[1]
    assert derivative.window().windowTitle().startswith("Rules")


def test_a_formula_is_saved_and_opened_again(qtbot, derivative, tmp_path, monkeypatch):
    path, study = tmp_path / "mine.toml", derivative.study
    study.set(formula="cos(x)", point=0.25, from_left=True)
    derivative.page.limit.f.view.setXRange(-1.0, 2.0, padding=0)
    qtbot.waitUntil(lambda: study.in_sight().low == -1.0)
    show(qtbot, derivative, "ways")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    derivative.window().actions_["save"].trigger()
    assert memory.folder("formulas") == str(tmp_path)
    study.set(formula="x^2", point=1.0)
    show(qtbot, derivative, "limit")
    derivative.page.limit.f.view.setXRange(5.0, 6.0, padding=0)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    derivative.window().actions_["open"].trigger()
    assert derivative.page.name() == "ways"
    situation = study.situation
    assert (situation.formula, situation.point, situation.from_left) == ("cos(x)", 0.25, True)
    show(qtbot, derivative, "limit")
    assert derivative.page.limit.x_range == pytest.approx((-1.0, 2.0))
    derivative.undo_action.trigger()
    assert (study.situation.formula, study.situation.point) == ("x^2", 1.0)


def test_a_formulas_file_opens_in_its_workspace_and_a_bad_one_is_a_message(derivative, tmp_path):
    window, path = derivative.window(), tmp_path / "formula.toml"
    write_formula(path, SavedFormula(page="plane", surface="x*y"))
    window.show_workspace("train")
    window.open_path(path)
    assert window.current is derivative
    assert derivative.page.IS_PLANE
    assert derivative.study.situation.surface == "x*y"
    path.write_text('formula = "x +"')
    derivative.documents.open_path(path)
    assert f"{path}: formula: " in derivative.messages.messages[0].text
    assert derivative.study.situation.surface == "x*y"
    write_formula(path, SavedFormula())
    derivative.documents.open_path(path)
    assert not derivative.messages.messages


def test_a_saved_formula_given_to_the_window_is_what_it_shows_and_saves(qtbot):
    given = SavedFormula(page="rules", formula="x^4", low=-2.0)
    window = MainWindow(given, workspace="derivative", remembers=False)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert window.current.saved() == given
    window.close()


def test_every_page_can_be_saved():
    pages = SavedFormula.model_fields["page"].annotation.__args__
    assert list(pages) == [kind.name() for kind in PAGES]


def test_undo_names_what_it_takes_back(derivative):
    derivative.study.set(point=1.25)
    assert "point" in derivative.undo_action.text()
    derivative.study.set(formula="x^2", low=-1.0, high=1.0)
    assert derivative.undo_action.text().endswith("formula")
    derivative.undo_action.trigger()
    derivative.undo_action.trigger()
    assert not derivative.undo_action.isEnabled()
    derivative.redo_action.trigger()
    assert derivative.study.situation.point == 1.25


def test_a_hidden_workspace_draws_nothing(qtbot, derivative):
    limit = derivative.page.limit
    window = derivative.window()
    window.show_workspace("train")
    before = limit.f.x
    derivative.study.set(formula="cos(x)")
    assert limit.f.x is before
    window.show_workspace("derivative")
    assert limit.f.x is not before


def test_a_page_is_made_at_first_sight_while_another_one_plays(qtbot, derivative):
    derivative.page.ticker.toggle()
    assert derivative.is_playing
    before = derivative.page
    derivative.toolbar.tabs.setCurrentIndex(3)
    assert not before.ticker.is_playing
    assert derivative.stack.currentWidget() is derivative.page.area
    assert derivative.page is not before
