"""The descent workspace in the real window: what is done with the mouse shows on the map."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from playground import presets
from playground.descent.race import Race, Racer
from playground.gui import theme
from playground.gui.labs.descent.export import RaceExportDialog
from playground.gui.labs.shapes import Disc
from playground.gui.main_window import MainWindow
from playground.objectives.surface import SURFACES
from playground.optimizers.optimizer import OPTIMIZERS
from playground.storage.races import read_race
from tests.gui.labs.descent_window import drawn_paths, known, settle
from tests.gui.labs.mouse import drag, pixel_of


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
    drag(workspace.map.canvas, workspace.map.plot.view, session.race.start, (0.5, 2.0))
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
    qtbot.mouseClick(
        viewport,
        Qt.MouseButton.LeftButton,
        pos=pixel_of(workspace.map.canvas, workspace.map.plot.view, 0.8, -0.5),
    )
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


def test_another_surface_starts_where_paths_on_it_do(qtbot, workspace):
    workspace.session.set("surface.kind", "himmelblau")
    settle(qtbot, workspace)
    surface = SURFACES["himmelblau"]()
    assert workspace.session.race.start == surface.start
    x0, x1, *_ = workspace.map.plot.extent()
    assert (x0, x1) == (surface.domain.x0, surface.domain.x1)
    assert "(3, 2)" in workspace.panel.minima.text()
    assert workspace.map.plot.heights.shape[0] > 8


def test_the_curves_of_a_shorter_race_fill_the_width_too(qtbot, workspace):
    workspace.session.set("steps", 600)
    settle(qtbot, workspace)
    assert workspace.curves.plot.view.viewRange()[0][1] >= 600
    workspace.session.set("steps", 300)
    settle(qtbot, workspace)
    assert 300 <= workspace.curves.plot.view.viewRange()[0][1] <= 400


def test_what_diverges_says_so(qtbot, workspace):
    workspace.session.set("racers.0.optimizer.learning_rate", 0.5)
    settle(qtbot, workspace)
    workspace.session.player.seek(200)
    assert "Diverged" in workspace.panel.cards[0].status.text()
    for path in drawn_paths(workspace):
        assert np.isfinite(path).all()


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


@pytest.mark.parametrize("formula", ["log(-1 - x^2)", "-exp(exp(x^2 + y^2))"])
def test_losses_without_a_bound_leave_the_curves_alone(qtbot, workspace, formula):
    session = workspace.session
    session.set("surface", {"kind": "formula", "expression": formula})
    settle(qtbot, workspace)
    assert not np.isfinite(session.tracks[0].loss).all()
    assert np.isfinite(workspace.curves._floor())


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
