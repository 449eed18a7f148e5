"""The panel of the descent workspace: surface, start and the racers' cards."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSlider, QWidget

from playground.descent.race import Race, Racer
from playground.gui import theme
from playground.gui.labs.descent.panel import minima_text, standing
from playground.gui.widgets.labels import RestartMark
from playground.gui.widgets.searchable_list import SearchableList
from playground.objectives.surface import SURFACES
from playground.optimizers.optimizer import OPTIMIZERS
from tests.gui.labs.descent_window import drawn_paths, known, settle


def test_a_slider_changes_its_racer_alone(qtbot, workspace):
    session = workspace.session
    before = [track.theta.copy() for track in session.tracks]
    card = workspace.panel.cards[2]
    slider = card.form.fields["learning_rate"].editor.findChild(QSlider)
    slider.setValue(slider.value() + 3)
    qtbot.waitUntil(lambda: session.race.racers[2].optimizer.learning_rate != 0.05)
    settle(qtbot, workspace)
    for i in (0, 1):
        np.testing.assert_array_equal(session.tracks[i].theta[:201], before[i][:201])
    assert not np.array_equal(session.tracks[2].theta[:201], before[2][:201])


def test_racers_are_added_hidden_and_removed(qtbot, workspace):
    session = workspace.session
    session.add_racer(Racer(optimizer=OPTIMIZERS["steepest_descent"]()))
    settle(qtbot, workspace)
    session.player.seek(50)
    assert len(workspace.panel.cards) == len(drawn_paths(workspace)) == 4
    workspace.panel.cards[1].swatch.click()
    assert len(drawn_paths(workspace)) == 3
    workspace.panel.cards[1].cross.click()
    settle(qtbot, workspace)
    assert [r.optimizer.kind for r in session.race.racers] == ["sgd", "adam", "steepest_descent"]
    assert len(drawn_paths(workspace)) == 3
    assert not session.hidden
    assert len({r.color for r in session.race.racers}) == 3


def test_who_is_hidden_comes_and_goes_with_the_racers(qtbot, workspace):
    session = workspace.session
    session.show_racer(1, is_shown=False)
    session.remove_racer(0)
    assert session.hidden == {0}
    workspace.undo_action.trigger()
    assert session.hidden == {1}
    session.set("steps", 20)
    session.show_racer(2, is_shown=False)
    workspace.undo_action.trigger()
    assert session.hidden == {1, 2}  # it was not what was taken back
    session.load(Race())
    assert not session.hidden
    workspace.undo_action.trigger()
    assert session.hidden == {1, 2}


def test_a_refused_value_stays_away_and_says_why(qtbot, workspace):
    card = workspace.panel.cards[0]
    race = workspace.session.race
    card.edited.emit("racers.0.optimizer.learning_rate", -1.0)
    assert workspace.session.race == race
    field = card.form.fields["learning_rate"]
    assert "must be > 0" in field.complaint.text()


def test_a_typed_surface_follows_every_keystroke_and_keeps_the_last_good_one(qtbot, workspace):
    session, panel = workspace.session, workspace.panel
    assert not panel.typed.isVisible()
    session.set("surface.kind", "formula")
    assert panel.typed.isVisible()
    assert not panel.surface.form.fields["expression"].isVisible()
    panel.typed.box.clear()
    qtbot.keyClicks(panel.typed.box, "x^2+(y-1)^4")
    assert session.race.surface.expression == "x^2+(y-1)^4"
    qtbot.keyClicks(panel.typed.box, "+*")
    assert session.race.surface.expression == "x^2+(y-1)^4"
    assert panel.typed.box.text() == "x^2+(y-1)^4+*"
    assert "column 13" in panel.typed.note.text()
    settle(qtbot, workspace)
    assert workspace.map.plot.surface == session.race.surface


def test_words_about_minima_and_standing():
    assert minima_text(()) == ""
    assert minima_text(SURFACES["rosenbrock"]().minima) == "Minimum 0 at (1, 1)"
    (track,) = known(Race(steps=3, racers=(Racer(),)))
    assert standing(track, 2) == (f"f = {track.loss[2]:.4g}", False)


def test_nothing_in_the_panel_claims_to_restart(qtbot, workspace):
    workspace.panel.cards[0].details.around.set_open(True)
    assert not [m for m in workspace.panel.findChildren(RestartMark) if m.isVisible()]
    tips = [w.toolTip() for w in workspace.panel.findChildren(QWidget)]
    assert not [tip for tip in tips if "restarts" in tip]
    assert any("acts at once" in tip for tip in tips)


def test_a_racer_is_named_and_duplicated(qtbot, workspace):
    session, cards = workspace.session, workspace.panel.cards
    box = cards[1].name.findChild(QLineEdit)
    box.setFocus()
    qtbot.keyClicks(box, "heavy ball")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert session.race.racers[1].name == "heavy ball"
    cards[1].copy.click()
    racers = session.race.racers
    assert len(racers) == len(cards) == 4
    assert racers[3].optimizer == racers[1].optimizer
    assert len({racer.color for racer in racers}) == 4
    workspace.undo_action.trigger()
    assert len(session.race.racers) == 3


def test_a_folded_card_keeps_its_rate_in_sight(qtbot, workspace):
    card = workspace.panel.cards[2]
    assert not card.rate.isVisible()
    card.fold.click()
    assert card.rate.text() == "η 0.05"
    assert card.rate.isVisible()
    assert not card.form.isVisible()
    workspace.panel.fold_all.click()
    assert not any(c.is_open for c in workspace.panel.cards)
    workspace.panel.fold_all.click()
    assert all(c.form.isVisible() for c in workspace.panel.cards)


def test_a_schedule_is_set_in_the_card(qtbot, workspace):
    session, details = workspace.session, workspace.panel.cards[0].details
    details.around.set_open(True)
    before = session.tracks[0].theta.copy()
    details.fields["schedule"].box.chosen.emit("cosine")
    assert session.race.racers[0].schedule.name() == "cosine"
    settle(qtbot, workspace)
    assert not np.array_equal(session.tracks[0].theta[:201], before[:201])
    details.rule_fold.set_open(True)
    assert details.rule.lines
    assert details.rule.lines[0].formula is not None


def test_a_racer_is_found_by_searching(qtbot, workspace):
    workspace.panel.add_button.click()
    popup = workspace.panel.add_button.findChild(SearchableList)
    popup.search.setText("nelder")
    assert popup.names() == ["nelder_mead"]
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert workspace.session.race.racers[-1].optimizer.name() == "nelder_mead"
    settle(qtbot, workspace)


def test_what_many_racers_hide_is_one_line_each(qtbot, workspace):
    for _ in range(3):
        workspace.panel.cards[0].copy.click()
    assert [card.is_open for card in workspace.panel.cards] == [True] * 4 + [False] * 2


def test_large_letters_clip_no_setting_and_fit_a_small_window(qtbot, workspace):
    theme.set_scale(1.5)
    window = workspace.window()
    window.resize(1280, 800)
    viewport = workspace.panel._scroll.viewport()
    qtbot.waitUntil(lambda: viewport.width() >= workspace.panel._body.minimumSizeHint().width())
    assert window.width() == 1280
    assert workspace.transport.scrub.width() >= theme.scaled(40)
