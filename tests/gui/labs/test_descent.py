"""The descent workspace in the real window: what is done with the mouse shows on the map."""

import numpy as np
import pyqtgraph as pg
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QSlider, QWidget

from playground import presets
from playground.descent.basin import basins
from playground.descent.race import Race, Racer
from playground.descent.run import RaceRun
from playground.descent.sweep import sweep
from playground.gui import theme
from playground.gui.labs.descent.export import RaceExportDialog
from playground.gui.labs.descent.panel import minima_text, standing
from playground.gui.labs.descent.relief_3d import Box
from playground.gui.labs.relief import scale_of, shaded
from playground.gui.labs.shapes import Arrows, Disc, Dots, Line, ellipse
from playground.gui.main_window import MainWindow
from playground.gui.widgets.labels import RestartMark
from playground.gui.widgets.searchable_list import SearchableList
from playground.objectives.surface import SURFACES
from playground.optimizers.optimizer import OPTIMIZERS
from playground.storage.races import read_race


@pytest.fixture
def _every_move():
    """Let pyqtgraph pass on every move of the mouse, not a hundred a second at most."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture
def workspace(qtbot, _every_move):
    window = MainWindow(Race(steps=200), workspace="descent", remembers=False)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    workspace = window.current
    settle(qtbot, workspace)
    yield workspace
    window.close()


def settle(qtbot, workspace):
    session = workspace.session
    qtbot.waitUntil(lambda: session.is_whole and session.shown == session.race)


def known(race):
    run = RaceRun(race)
    run.finish()
    return run.tracks


def drawn_paths(workspace):
    return [np.stack(c.getData(), axis=1) for c in workspace.map.curves if len(c.getData()[0])]


def pixel_of(workspace, x, y):
    """Return where a point of the map lies in the canvas."""
    canvas = workspace.map.canvas
    scene = workspace.map.plot.view.mapViewToScene(QPointF(x, y))
    return canvas.mapFromScene(scene)


def drag(workspace, start, end):
    viewport = workspace.map.canvas.viewport()
    first, last = pixel_of(workspace, *start), pixel_of(workspace, *end)
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    places = [first + (last - first) * share for share in (0.1, 0.4, 0.8, 1.0)]
    mouse(viewport, QEvent.Type.MouseMove, first, none, none)
    mouse(viewport, QEvent.Type.MouseButtonPress, first, left, left)
    for place in places:
        mouse(viewport, QEvent.Type.MouseMove, place, none, left)
    mouse(viewport, QEvent.Type.MouseButtonRelease, last, left, none)


def mouse(widget, kind, position, button, buttons):
    at = QPointF(position)
    modifiers = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, at, QPointF(widget.mapToGlobal(position)), button, buttons, modifiers)
    QApplication.sendEvent(widget, event)


def test_the_paths_drawn_are_the_optimizers(qtbot, workspace):
    workspace.session.player.seek(150)
    expected = known(workspace.session.race)
    drawn = drawn_paths(workspace)
    assert len(drawn) == 3
    for path, track in zip(drawn, expected, strict=True):
        np.testing.assert_allclose(path, track.theta[:151], rtol=1e-12)
    heads = np.array([disc.point for disc in workspace.map.heads.shapes])
    np.testing.assert_allclose(heads[:, 0], [t.theta[150, 0] for t in expected])


def test_dragging_the_start_moves_every_path(qtbot, workspace):
    session = workspace.session
    session.player.seek(100)
    drag(workspace, session.race.start, (0.5, 2.0))
    qtbot.waitUntil(lambda: session.race.start == pytest.approx((0.5, 2.0), abs=0.05))
    settle(qtbot, workspace)
    for path in drawn_paths(workspace):
        np.testing.assert_allclose(path[0], session.race.start)
    workspace.undo_action.trigger()
    assert session.race.start == (-1.2, 1.0)
    settle(qtbot, workspace)
    np.testing.assert_allclose(drawn_paths(workspace)[0][0], (-1.2, 1.0))


def test_a_click_puts_the_start_there(qtbot, workspace):
    viewport = workspace.map.canvas.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=pixel_of(workspace, 0.8, -0.5))
    session = workspace.session
    qtbot.waitUntil(lambda: session.race.start == pytest.approx((0.8, -0.5), abs=0.05))


def test_space_plays_to_the_end_and_the_keys_step(qtbot, workspace):
    window, player = workspace.window(), workspace.session.player
    workspace.transport.speed.setValue(workspace.transport.speed.maximum())
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: player.step == 200 and not player.is_playing)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert player.step == 199
    qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert player.step == 199
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert player.step == 0
    assert all(len(path) == 1 for path in drawn_paths(workspace))


def test_a_slow_race_glides_between_its_steps(qtbot, workspace):
    session, heads = workspace.session, []

    def note():
        discs = [s for s in workspace.map.heads.shapes if isinstance(s, Disc)]
        heads.append((session.player.position, np.array([disc.point for disc in discs])))
        assert all(len(path) == session.player.step + 1 for path in drawn_paths(workspace))

    session.player.moved.connect(note)
    session.player.glided.connect(note)
    session.player.steps_per_s = 5.0
    session.player.play()
    qtbot.waitUntil(lambda: session.player.step >= 2)
    between = [(at, points) for at, points in heads if at % 1]
    assert len({int(at) for at, _ in between}) >= 2
    for position, points in between:
        row, share = int(position), position % 1
        ends = np.array([track.theta[row : row + 2] for track in session.tracks])
        np.testing.assert_allclose(points, (1 - share) * ends[:, 0] + share * ends[:, 1])
    qtbot.waitUntil(lambda: session.player.position % 1 > 0)
    session.player.pause()
    assert session.player.position == session.player.step
    position, points = heads[-1]
    assert position == session.player.step
    np.testing.assert_array_equal(points, [t.theta[int(position)] for t in session.tracks])


def test_scrubbing_shows_that_moment(qtbot, workspace):
    workspace.transport.scrub.setValue(73)
    assert workspace.session.player.step == 73
    assert len(drawn_paths(workspace)[0]) == 74
    assert "73" in workspace.transport.place.text()


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


def test_another_surface_starts_where_paths_on_it_do(qtbot, workspace):
    workspace.session.set("surface.kind", "himmelblau")
    settle(qtbot, workspace)
    surface = SURFACES["himmelblau"]()
    assert workspace.session.race.start == surface.start
    x0, x1, *_ = workspace.map.plot.extent()
    assert (x0, x1) == (surface.domain.x0, surface.domain.x1)
    assert "(3, 2)" in workspace.panel.minima.text()
    assert workspace.map.plot.heights.shape[0] > 8


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


def test_what_diverges_says_so(qtbot, workspace):
    workspace.session.set("racers.0.optimizer.learning_rate", 0.5)
    settle(qtbot, workspace)
    workspace.session.player.seek(200)
    assert "Diverged" in workspace.panel.cards[0].status.text()
    for path in drawn_paths(workspace):
        assert np.isfinite(path).all()


def test_the_rates_drawn_are_those_of_the_sweep(qtbot, workspace):
    rates = workspace.rates
    qtbot.waitUntil(lambda: rates.sweep is not None and rates.sweep.progress == 1)
    expected = list(sweep(workspace.session.race))[-1]
    x, y = rates.curves[2].getData()
    np.testing.assert_allclose(x, np.log10(expected.rates))
    is_known = np.isfinite(expected.curves[2].losses)
    np.testing.assert_array_equal(np.isfinite(y), is_known)
    np.testing.assert_allclose(
        y[is_known], np.log10(expected.curves[2].losses[is_known]), atol=1e-6
    )
    assert len(rates.plot.overlay.marks) == 2


def test_the_basins_are_mapped_once_they_are_looked_at(qtbot, workspace):
    workspace.session.set("surface.kind", "himmelblau")
    assert workspace.basins.map is None
    workspace.basins.raise_()
    dock = workspace.basins
    qtbot.waitUntil(lambda: dock.map is not None and dock.map.progress == 1)
    expected = list(basins(workspace.session.race, 0, resolutions=(200,)))[-1]
    np.testing.assert_array_equal(dock.map.which, expected.which)
    assert dock.image.image.shape == (200, 200, 3)
    colors = {tuple(c) for c in dock.image.image.reshape(-1, 3)[::97]}
    assert len(colors) > 10
    dock._on_colors("steps")
    dock.racer_choice._menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: dock.map.progress == 1 and dock._of == dock._wish())
    assert dock.racer == 1


def test_both_themes_and_both_axes_draw(qtbot, workspace):
    theme.set_theme("dark")
    workspace.map.gradients.trigger()
    workspace.map.log_levels.trigger()
    for trigger in (workspace.curves.log_y, workspace.curves.log_x):
        trigger.trigger()
    for measure in ("gradient_norm", "distance", "loss"):
        workspace.curves._on_y(measure)
    for across in ("evaluations", "elapsed_s", "step"):
        workspace.curves._on_x(across)
    qtbot.waitUntil(lambda: len(workspace.map.field.shapes) == 1)
    assert not workspace.grab().isNull()


def test_a_race_is_saved_opened_and_exported(qtbot, workspace, tmp_path):
    session = workspace.session
    session.set_start(0.25, 0.5)
    settle(qtbot, workspace)
    session.player.seek(20)
    dialog = RaceExportDialog(session, workspace.docks.docks, workspace)
    for box in dialog.boxes.values():
        box.setChecked(True)
    dialog.folder.setText(str(tmp_path))
    dialog.start()
    # Two animations, for which the window is painted 83 times each.
    qtbot.waitUntil(lambda: "Exported" in dialog.plan.text(), timeout=120_000)
    assert read_race(tmp_path / "race.toml") == session.race
    assert (tmp_path / "descent_map.png").stat().st_size > 10_000
    assert b"<svg" in (tmp_path / "descent_map.svg").read_bytes()
    with Image.open(tmp_path / "race.gif") as animation:
        assert animation.n_frames == 83  # 200 steps at 60 a second, 25 frames a second
    assert (tmp_path / "race.mp4").stat().st_size > 1_000
    assert workspace.session.player.step == 20
    lines = (tmp_path / "paths.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 * 201
    dialog.close()
    saved = session.race
    session.set("surface.kind", "booth")
    workspace.documents.open_path(tmp_path / "race.toml")
    assert session.race == saved


def test_an_animation_that_is_stopped_leaves_nothing(qtbot, workspace, tmp_path):
    dialog = RaceExportDialog(workspace.session, workspace.docks.docks, workspace)
    for key, box in dialog.boxes.items():
        box.setChecked(key == "race.gif")
    folder = tmp_path / "out"
    folder.mkdir()
    dialog.folder.setText(str(folder))
    dialog.open()
    dialog.start()
    qtbot.waitUntil(lambda: workspace.session.player.step > 3)
    dialog.close()
    assert list(folder.iterdir()) == []


def test_a_bad_file_is_a_message_and_nothing_is_lost(qtbot, workspace, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('steps = -3\n[surface]\nkind = "rosenbrock"\n')
    race = workspace.session.race
    workspace.documents.open_path(path)
    assert workspace.session.race == race
    assert "steps" in workspace.messages.messages[0].text


def test_the_next_window_finds_the_race(qtbot):
    for expected in (Race().start, (0.125, 0.5)):
        window = MainWindow(workspace="descent")
        qtbot.addWidget(window)
        window.show()
        assert window.current.session.race.start == expected
        window.current.session.set_start(0.125, 0.5)
        window.close()


def test_it_closes_while_it_computes(qtbot):
    racers = tuple(Racer(optimizer=OPTIMIZERS["steepest_descent"]()) for _ in range(6))
    window = MainWindow(Race(steps=100_000, racers=racers), workspace="descent", remembers=False)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: bool(window.current.session.tracks))
    window.current.session.player.play()
    window.close()


# --- without a window -------------------------------------------------------------------------


def test_isolines_lie_at_whole_levels():
    x = np.linspace(-1, 1, 200)
    heights = x[None, :] ** 2 + 3 * x[:, None] ** 2
    for kind in ("linear", "log"):
        scale = scale_of(heights, kind, 0.0)
        for level in (-2.0, 1.0, 3.0):
            height = scale.value(level)
            if height > 0:
                assert scale.levels(np.array([height]))[0] == pytest.approx(level)
        picture = shaded(heights, scale, theme.LIGHT)
        assert picture.shape == (200, 200, 3)
        # The middle is lowest, hence darkest.
        assert picture[100, 100].sum() < picture[0, 0].sum()


def test_heights_that_are_not_numbers_are_left_blank():
    heights = np.full((20, 20), np.nan)
    picture = shaded(heights, scale_of(heights, "log"), theme.DARK)
    assert (picture == picture[0, 0]).all()


def test_an_ellipse_holds_one_standard_deviation():
    covariance = np.array([[2.0, 0.6], [0.6, 0.5]])
    points = ellipse(np.array([1.0, -1.0]), covariance) - [1.0, -1.0]
    np.testing.assert_allclose(
        np.einsum("ij,jk,ik->i", points, np.linalg.inv(covariance), points), 1.0
    )


def test_the_scene_puts_paths_on_the_surface():
    surface = SURFACES["himmelblau"]()
    box = Box(surface, "linear")
    theta = np.array([[-6.0, -6.0], [0.0, 0.0], [3.0, 2.0], [7.0, 0.0], [1.0, 1.0]])
    path = box.path(theta)
    assert len(path) == 3  # it ends where it leaves the ground
    np.testing.assert_allclose(path[:, :2], [[-1, -1], [0, 0], [0.5, 1 / 3]])
    assert path[2, 2] < path[1, 2] <= path[0, 2]
    assert box.height(np.array([np.nan]))[0] == box.height(np.array([1e9]))[0]


def test_without_opengl_the_view_says_why(qtbot, workspace):
    workspace.relief.raise_()
    qtbot.waitUntil(lambda: bool(workspace.relief.message.text()) or bool(workspace.relief.view))
    if workspace.relief.view is None:
        assert "OpenGL" in workspace.relief.message.text()
        assert workspace.relief.message.isVisible()


def test_words_about_minima_and_standing():
    assert minima_text(()) == ""
    assert minima_text(SURFACES["rosenbrock"]().minima) == "Minimum 0 at (1, 1)"
    (track,) = known(Race(steps=3, racers=(Racer(),)))
    assert standing(track, 2) == (f"f = {track.loss[2]:.4g}", False)


# --- racers in the panel ----------------------------------------------------------------------


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


@pytest.mark.parametrize("formula", ["1/(x - x)", "-exp(exp(x^2 + y^2))"])
def test_losses_without_a_bound_leave_the_curves_alone(qtbot, workspace, formula):
    session = workspace.session
    session.set("surface", {"kind": "formula", "expression": formula})
    settle(qtbot, workspace)
    assert not np.isfinite(session.tracks[0].loss).all()
    assert np.isfinite(workspace.curves._floor())


# --- what decides the outcome -----------------------------------------------------------------


def swept(qtbot, workspace):
    rates, session = workspace.rates, workspace.session
    qtbot.waitUntil(
        lambda: rates.sweep is not None and rates.sweep.progress == 1 and rates._of == session.race
    )
    return rates


def test_a_click_takes_the_rate_for_the_nearest_curve(qtbot, workspace):
    rates, session = swept(qtbot, workspace), workspace.session
    x, y = rates.curves[2].getData()
    i = 30
    scene = rates.plot.view.mapViewToScene(QPointF(x[i], y[i]))
    at = rates.canvas.mapFromScene(scene)
    qtbot.mouseClick(rates.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: session.race.racers[2].optimizer.learning_rate != 0.05)
    assert session.race.racers[2].optimizer.learning_rate == pytest.approx(10 ** x[i], rel=0.05)
    assert session.race.racers[:2] == Race().racers[:2]
    workspace.undo_action.trigger()
    assert session.race.racers[2].optimizer.learning_rate == 0.05


def test_rates_that_diverge_are_marked_above_the_curves(qtbot, workspace):
    rates = swept(qtbot, workspace)
    lost_x, lost_y = rates.lost.getData()
    expected = [np.log10(rates.sweep.rates[c.diverged]) for c in rates.sweep.curves]
    np.testing.assert_allclose(np.sort(lost_x), np.sort(np.concatenate(expected)))
    highest = max(np.nanmax(c.getData()[1]) for c in rates.curves)
    assert len(lost_y) > 10
    assert lost_y.min() > highest
    assert [m.name for m in rates.plot.overlay.marks] == ["2/λ at the start", "2/λ at the minimum"]


def test_basins_of_a_chosen_racer_follow_as_many_steps_as_chosen(qtbot, workspace):
    workspace.session.set("surface.kind", "himmelblau")
    dock = workspace.basins
    dock.raise_()
    qtbot.waitUntil(lambda: dock.map is not None)
    labels = [action.text() for action in dock.racer_choice._menu.actions()]
    assert labels == ["SGD", "Momentum", "Adam"]
    dock.racer_choice._menu.actions()[2].trigger()
    dock.steps_choice._menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: dock._of == dock._wish() and dock.map.progress == 1)
    race = workspace.session.race
    expected = list(basins(race, 2, steps=50, resolutions=(200,)))[-1]
    np.testing.assert_array_equal(dock.map.which, expected.which)


def test_basins_that_are_stopped_say_so(qtbot, workspace):
    # One that never rests, so that its map takes minutes.
    workspace.session.set("racers.0.optimizer.kind", "random_search")
    dock = workspace.basins
    dock.raise_()
    qtbot.waitUntil(lambda: dock.map is not None)
    dock.stop.trigger()
    assert dock.map.progress < 1
    assert any("stopped" in row.name for row in dock.key.rows)


# --- ready races, and what racers have in mind ------------------------------------------------


@pytest.mark.parametrize("name", presets.race_names())
def test_a_ready_race_opens_from_the_menu_and_runs(qtbot, workspace, name):
    menu = workspace.races
    menu.aboutToShow.emit()
    action = next(a for a in menu.actions() if a.data() == name)
    assert action.text() == presets.load_race(name).title
    action.trigger()
    assert workspace.session.race == presets.load_race(name)
    settle(qtbot, workspace)
    workspace.session.player.seek(workspace.session.race.steps)
    assert len(drawn_paths(workspace)) == len(workspace.session.race.racers)
    workspace.undo_action.trigger()
    assert workspace.session.race == Race(steps=200)


def race_of(qtbot, workspace, optimizer, surface="himmelblau"):
    race = Race(steps=40, racers=(Racer(optimizer=optimizer),)).on(SURFACES[surface]())
    workspace.session.load(race)
    settle(qtbot, workspace)
    return workspace.session.tracks[0]


def shapes_at(workspace, step, kind):
    workspace.session.player.seek(step)
    return [shape for shape in workspace.map.ideas.shapes if isinstance(shape, kind)]


def test_momentum_shows_its_velocity_at_every_step(qtbot, workspace):
    rate = 0.004
    track = race_of(qtbot, workspace, OPTIMIZERS["momentum"](learning_rate=rate))
    for step in (1, 7, 39):
        velocity, following = shapes_at(workspace, step, Arrows)
        theta = track.theta
        np.testing.assert_allclose(velocity.tails[0], theta[step])
        # What momentum did last is what it would do alone.
        np.testing.assert_allclose(
            velocity.heads[0] - theta[step], theta[step] - theta[step - 1], atol=1e-9
        )
        np.testing.assert_allclose(following.heads[0], theta[step + 1])


def test_newton_shows_a_model_whose_level_line_meets_the_point(qtbot, workspace):
    track = race_of(qtbot, workspace, OPTIMIZERS["damped_newton"]())
    surface = workspace.session.race.surface
    for step in (0, 1, 2):
        at = track.theta[step]
        value, slope, hessian = surface.derivatives_at(*at)
        middle = at - np.linalg.solve(hessian, slope)
        lines = shapes_at(workspace, step, Line)
        np.testing.assert_allclose(lines[0].points, [at, middle])
        if np.linalg.eigvalsh(hessian)[0] > 0:
            away = lines[1].points - at
            model = value + away @ slope + 0.5 * np.einsum("ij,jk,ik->i", away, hessian, away)
            np.testing.assert_allclose(model, value, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["cma_es", "separable_cma_es"])
def test_cma_es_shows_its_ellipse_and_its_population(qtbot, workspace, name):
    track = race_of(qtbot, workspace, OPTIMIZERS[name]())
    for step in (1, 10, 40):
        state = track.state(step)
        (outline,) = shapes_at(workspace, step, Line)
        away = (outline.points - state["mean"]) / state["sigma"]
        covariance = state["covariance"]
        inverse = np.linalg.inv(covariance if name == "cma_es" else np.diag(covariance))
        square = np.einsum("ij,jk,ik->i", away, inverse, away)
        np.testing.assert_allclose(square, 1.0, rtol=1e-6)
        clouds = shapes_at(workspace, step, Dots)
        assert any(np.array_equal(cloud.points, state["population"]) for cloud in clouds)


def test_nelder_mead_shows_a_triangle_with_its_best_corner_where_it_stands(qtbot, workspace):
    track = race_of(qtbot, workspace, OPTIMIZERS["nelder_mead"]())
    for step in (1, 10, 40):
        (triangle,) = shapes_at(workspace, step, Line)
        assert triangle.points.shape == (3, 2)
        assert triangle.is_closed
        np.testing.assert_allclose(triangle.points[0], track.theta[step])


@pytest.mark.parametrize("name", ["particle_swarm", "differential_evolution"])
def test_swarms_show_every_member(qtbot, workspace, name):
    track = race_of(qtbot, workspace, OPTIMIZERS[name]())
    for step in (1, 10, 40):
        members = track.state(step)["population"]
        clouds = shapes_at(workspace, step, Dots)
        assert any(np.array_equal(cloud.points, members) for cloud in clouds)


def test_large_letters_clip_no_setting_and_fit_a_small_window(qtbot, workspace):
    theme.set_scale(1.5)
    window = workspace.window()
    window.resize(1280, 800)
    viewport = workspace.panel._scroll.viewport()
    qtbot.waitUntil(lambda: viewport.width() >= workspace.panel._body.minimumSizeHint().width())
    assert window.width() == 1280
    assert workspace.transport.scrub.width() >= theme.scaled(40)


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_heights_near_the_largest_double_set_no_scale(kind):
    heights = np.array([[-1.7e308, 0.0, np.nan], [2.0, 3.0, 1.7e308]])
    scale = scale_of(heights, kind)
    assert (scale.low, scale.high) == (0.0, 3.0)
    assert shaded(heights, scale, theme.DARK).shape == (2, 3, 3)
