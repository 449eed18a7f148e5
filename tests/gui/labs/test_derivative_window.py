"""The derivative workspace as a whole: its size, its colours, its keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from playground.gui import theme
from playground.gui.labs.derivative.workspace import PAGES

WAIT_MS = 20_000


def show(qtbot, derivative, page):
    derivative.show_view(page)
    qtbot.waitUntil(derivative.is_settled, timeout=WAIT_MS)


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
    qtbot.waitUntil(derivative.is_settled, timeout=WAIT_MS)
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
