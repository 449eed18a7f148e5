"""Two variables: what the derivatives at a dragged point say is what is drawn."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from playground.gui.labs.shapes import Arrows, Line
from tests.gui.labs.mouse import LEFT, NONE, click, drag, retype


@pytest.fixture
def plane(qtbot, derivative):
    derivative.toolbar.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: derivative.page.slices.is_shown and bool(derivative.page.slices.slices))
    return derivative.page


def arrows(plane):
    """Return direction and gradient, as vectors from the point."""
    found = [s for s in plane.map.shapes.shapes if isinstance(s, Arrows)]
    return [(shape.heads - shape.tails)[0] for shape in found]


def unit(vector):
    return np.asarray(vector) / np.hypot(*vector)


def test_a_typed_surface_is_drawn_with_its_slices(qtbot, derivative, plane):
    retype(qtbot, derivative.header.plane, "x*sin(y)")
    x0, x1, y0, y1 = plane.map.extent()
    rows, columns = plane.map.heights.shape
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    np.testing.assert_allclose(plane.map.heights, x[None, :] * np.sin(y[:, None]), atol=1e-12)
    a, b = derivative.study.situation.x, derivative.study.situation.y
    along_x, along_y = plane.slices.curve_plots
    np.testing.assert_allclose(along_x.y, along_x.x * np.sin(b), atol=1e-12)
    np.testing.assert_allclose(along_y.y, a * np.sin(along_y.x), atol=1e-12)
    slopes = [np.polyfit(*item.getData(), 1)[0] for item in plane.slices.tangents]
    assert slopes == pytest.approx([np.sin(b), a * np.cos(b)])


def test_dragging_the_point_turns_the_gradient_across_the_contour(derivative, plane):
    derivative.study.set(surface="x^2 + 3y^2", x=0.5, y=0.5)
    drag(plane.map.canvas, plane.map.plot.view, (0.5, 0.5), (-1.0, 1.5))
    situation = derivative.study.situation
    assert (situation.x, situation.y) == pytest.approx((-1.0, 1.5), abs=0.03)
    _, uphill = arrows(plane)
    gradient = np.array([2 * situation.x, 6 * situation.y])
    assert unit(uphill) == pytest.approx(unit(gradient), abs=1e-9)
    tangent = next(s for s in plane.map.shapes.shapes if isinstance(s, Line) and s.is_dashed)
    along = tangent.points[1] - tangent.points[0]
    assert float(along @ gradient) == pytest.approx(0.0, abs=1e-9)
    value = situation.x**2 + 3 * situation.y**2
    assert plane.slices.curve_plots[0].handle.pos().y() == pytest.approx(value)
    readouts = derivative.plane_panel.readouts
    assert float(readouts["fy"].text()) == pytest.approx(gradient[1], rel=1e-5)


def test_the_contour_through_the_point_is_where_f_is_the_same(qtbot, derivative, plane):
    derivative.study.set(surface="x^2 + y^2", x=1.5, y=0.0)
    ink = plane.map.contour.image[..., 3]
    rows, columns = np.nonzero(ink > 200)
    x, y = plane.map._x[columns], plane.map._y[rows]
    assert len(x) > 100
    assert np.hypot(x, y) == pytest.approx(1.5, abs=0.05)


def test_dragging_a_slice_moves_the_point_along_it(derivative, plane):
    derivative.study.set(surface="x^2 + y", x=0.5, y=0.5)
    along_y = plane.slices.curve_plots[1]
    at = along_y.handle.pos()
    drag(plane.slices.canvas, along_y.view, (at.x(), at.y()), (-1.25, 0.0))
    assert derivative.study.situation.y == pytest.approx(-1.25, abs=0.05)
    assert derivative.study.situation.x == 0.5


def test_the_dial_turns_the_direction(qtbot, derivative, plane):
    derivative.study.set(surface="3x + 4y")
    dial = derivative.plane_panel.dial
    middle = QPointF(dial.width() / 2, dial.height() / 2)
    at = middle + QPointF(0.0, -dial.height() / 3)
    place = dial.mapToGlobal(at)
    plain = Qt.KeyboardModifier.NoModifier
    for kind, button in (
        (QEvent.Type.MouseButtonPress, LEFT),
        (QEvent.Type.MouseMove, NONE),
        (QEvent.Type.MouseButtonRelease, LEFT),
    ):
        QApplication.sendEvent(dial, QMouseEvent(kind, at, place, button, LEFT, plain))
    assert derivative.study.situation.direction_deg == 90.0
    assert derivative.plane_panel.readouts["slope"].text() == "4"
    direction, _ = arrows(plane)
    assert unit(direction) == pytest.approx([0.0, 1.0], abs=1e-12)
    dial.setFocus()
    qtbot.keyClick(dial, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert derivative.study.situation.direction_deg == 105.0
    derivative.window().actions_["reset"].trigger()
    assert derivative.study.situation.direction_deg == pytest.approx(
        math.degrees(math.atan2(4, 3)), abs=1e-3
    )
    assert derivative.plane_panel.readouts["slope"].text() == "5"


def test_the_hessian_and_its_eigenvectors_are_shown(derivative, plane):
    derivative.study.set(surface="x^2 + 4x*y + y^2", x=0.3, y=-0.2)
    readouts = derivative.plane_panel.readouts
    assert [readouts[name].text() for name in ("fxx", "fxy", "fyy")] == ["2", "4", "2"]
    assert [readouts[name].text() for name in ("low", "high")] == ["−2", "6"]
    assert "saddle" in derivative.plane_panel.shape.text()
    lines = [s for s in plane.map.shapes.shapes if isinstance(s, Line) and not s.is_dashed]
    directions = [unit(line.points[1] - line.points[0]) for line in lines]
    for direction, expected in zip(directions, ([1, -1], [1, 1]), strict=True):
        assert abs(direction @ unit(expected)) == pytest.approx(1.0)
    assert lines[0].color != lines[1].color
    plane.map.eigen.trigger()
    assert not [s for s in plane.map.shapes.shapes if isinstance(s, Line) and not s.is_dashed]


def test_the_taylor_polynomial_touches_the_surface(derivative, plane):
    derivative.study.set(surface="exp(x) cos(y)", x=0.5, y=0.25)
    assert not plane.map.approximation.isVisible()
    plane.map.taylor.choose("2")
    plane.map.taylor.chosen.emit("2")
    assert plane.map.approximation.isVisible()
    x, y = plane.slices.polynomials[0].getData()
    a, b = 0.5, 0.25
    expected = math.exp(a) * math.cos(b) * (1 + (x - a) + (x - a) ** 2 / 2)
    np.testing.assert_allclose(y, expected, rtol=1e-9)


def test_a_click_and_the_arrow_keys_move_the_point(qtbot, derivative, plane):
    click(plane.map.canvas, plane.map.plot.view, -1.0, -1.0)
    situation = derivative.study.situation
    assert (situation.x, situation.y) == pytest.approx((-1.0, -1.0), abs=0.03)
    plane.map.canvas.setFocus()
    qtbot.waitUntil(plane.map.canvas.hasFocus)
    qtbot.keyClick(plane.map.canvas, Qt.Key.Key_Up)
    assert derivative.study.situation.y > situation.y
    assert derivative.study.situation.x == situation.x
    derivative.undo_action.trigger()


def test_where_there_is_no_gradient_no_arrow_is_drawn(derivative, plane):
    derivative.study.set(surface="sqrt(x^2 + y^2)", x=0.0, y=0.0)
    assert len(arrows(plane)) == 1
    assert derivative.plane_panel.readouts["steepness"].text() == "–"
    assert "no Hessian" in derivative.plane_panel.shape.text()


def test_an_example_of_two_variables_is_shown_where_it_is_worth_looking_at(derivative, plane):
    field = derivative.header.plane
    field.menu.aboutToShow.emit()
    waves = next(a for a in field.menu.actions()[0].menu().actions() if a.data().title == "Waves")
    waves.trigger()
    assert derivative.study.situation.surface == "sin(x) cos(y)"
    x0, x1, _, _ = plane.map.extent()
    assert (x0, x1) == pytest.approx((-4.0, 4.0))
    assert sorted(plane.tables()) == ["slice_x", "slice_y"]
