"""What the map shows: isolines, the surface in space, and what racers have in mind."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from playground.descent.race import Race, Racer
from playground.gui import theme
from playground.gui.labs.descent.relief_3d import Box
from playground.gui.labs.relief import scale_of, shaded
from playground.gui.labs.shapes import Arrows, Dots, Line, ellipse
from playground.objectives.surface import SURFACES
from playground.optimizers.optimizer import OPTIMIZERS
from tests.gui.labs.descent_window import settle


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


def test_ctrl_and_an_arrow_key_move_the_start(qtbot, workspace):
    session, canvas, plot = workspace.session, workspace.map.canvas, workspace.map.plot
    settle(qtbot, workspace)
    x, y = session.race.start
    x0, x1, y0, y1 = plot.extent()
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(canvas, Qt.Key.Key_Right, ctrl)
    assert session.race.start == pytest.approx((x + 0.01 * (x1 - x0), y))
    qtbot.keyClick(canvas, Qt.Key.Key_Down, ctrl | shift)
    assert session.race.start == pytest.approx((x + 0.01 * (x1 - x0), y - 0.001 * (y1 - y0)))
    before = session.race.start
    qtbot.keyClick(canvas, Qt.Key.Key_Up, shift)
    assert session.race.start == before


def test_without_opengl_the_view_says_why(qtbot, workspace):
    workspace.relief.raise_()
    qtbot.waitUntil(lambda: bool(workspace.relief.message.text()) or bool(workspace.relief.view))
    if workspace.relief.view is None:
        assert "OpenGL" in workspace.relief.message.text()
        assert workspace.relief.message.isVisible()


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


@pytest.mark.parametrize("kind", ["linear", "log"])
def test_heights_near_the_largest_double_set_no_scale(kind):
    heights = np.array([[-1.7e308, 0.0, np.nan], [2.0, 3.0, 1.7e308]])
    scale = scale_of(heights, kind)
    assert (scale.low, scale.high) == (0.0, 3.0)
    assert shaded(heights, scale, theme.DARK).shape == (2, 3, 3)
