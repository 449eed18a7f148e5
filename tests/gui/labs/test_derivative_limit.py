"""What is typed, dragged and pressed shows on the plots of the limit."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage

from playground.calculus.situation import LEAST_STEP
from playground.gui.labs.derivative.export import DerivativeExportDialog
from playground.gui.main_window import MainWindow
from tests.gui.labs.mouse import click, drag, retype


@pytest.fixture
def limit(derivative):
    return derivative.page.limit


def line_of(item):
    """Return slope and height at zero of a straight line that is drawn."""
    x, y = item.getData()
    return np.polyfit(x, y, 1)


def test_a_typed_formula_is_drawn_with_its_derivatives_at_every_keystroke(qtbot, derivative, limit):
    retype(qtbot, derivative.header.line, "sin(2x)")
    x = limit.f.x
    for plot, expected in zip(
        limit.curve_plots,
        (np.sin(2 * x), 2 * np.cos(2 * x), -4 * np.sin(2 * x)),
        strict=True,
    ):
        np.testing.assert_allclose(plot.y, expected, atol=1e-12)
        drawn_x, drawn_y = plot.curve.getData()
        np.testing.assert_array_equal(drawn_x, x)
        np.testing.assert_allclose(drawn_y, expected, atol=1e-12)
        low, high = plot.view.state["viewRange"][1]
        assert low < expected.min()
        assert expected.max() < high
    qtbot.keyClicks(derivative.header.line.box, "+")
    np.testing.assert_allclose(limit.f.y, np.sin(2 * x), atol=1e-12)
    assert "expected" in derivative.header.line.note.text()
    qtbot.keyClicks(derivative.header.line.box, "1")
    np.testing.assert_allclose(limit.f.y, np.sin(2 * x) + 1, atol=1e-12)
    qtbot.waitUntil(lambda: r"\sin" in derivative.header.typeset.latex)
    assert derivative.window().windowTitle().startswith("Limit · sin(2x)+1")


def test_dragging_the_point_moves_tangent_and_secant_along_the_curve(qtbot, derivative, limit):
    study = derivative.study
    start = study.situation.point, study.secant.at_point[0]
    drag(limit.canvas, limit.f.view, start, (-1.5, 2.0))
    a = study.situation.point
    assert a == pytest.approx(-1.5, abs=0.02)
    at = limit.f.handle.pos()
    assert (at.x(), at.y()) == pytest.approx((a, a**3 - 3 * a))
    assert line_of(limit.tangent) == pytest.approx((3 * a**2 - 3, -2 * a**3), rel=1e-6)
    h = study.situation.step
    slope = ((a + h) ** 3 - 3 * (a + h) - a**3 + 3 * a) / h
    assert line_of(limit.secant)[0] == pytest.approx(slope)
    assert limit.first.handle.pos().y() == pytest.approx(3 * a**2 - 3)
    assert limit.second.handle.pos().y() == pytest.approx(6 * a)
    assert derivative.point_panel.readouts["slope"].text().startswith("3.7")
    derivative.undo_action.trigger()
    assert study.situation.point == start[0]
    assert limit.f.handle.pos().x() == start[0]


def test_dragging_the_far_end_sets_the_step_and_its_side(derivative, limit):
    study = derivative.study
    far = limit.far_end.pos()
    drag(limit.canvas, limit.f.view, (far.x(), far.y()), (study.situation.point - 0.5, 0.0))
    assert study.situation.from_left
    assert study.situation.step == pytest.approx(0.5, abs=0.03)
    assert derivative.point_panel.sides[True].isChecked()
    assert limit.far_end.pos().x() == pytest.approx(study.situation.point - study.situation.step)


def test_a_handle_stays_on_the_curve_whatever_the_hand_does(derivative, limit):
    a, (fa, _, _) = derivative.study.situation.point, derivative.study.secant.at_point
    drag(limit.canvas, limit.f.view, (a, fa), (a, fa + 2.0))
    at = limit.f.handle.pos()
    assert at.y() == pytest.approx(at.x() ** 3 - 3 * at.x())


def test_a_click_puts_the_point_there(qtbot, derivative, limit):
    click(limit.canvas, limit.second.view, 2.0, 5.0)
    qtbot.waitUntil(lambda: derivative.study.situation.point == pytest.approx(2.0, abs=0.02))


def test_the_slider_of_h_goes_down_to_where_nothing_is_left(qtbot, derivative, limit):
    derivative.study.set(point=1.5)
    slider = derivative.point_panel.fields["step"].slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: derivative.study.situation.step == LEAST_STEP)
    # 1.5 + 1e-16 is 1.5: the quotient is nought, though the slope is 3.75.
    assert line_of(limit.secant)[0] == pytest.approx(0.0, abs=1e-12)
    assert line_of(limit.tangent)[0] == pytest.approx(3.75)
    assert derivative.point_panel.readouts["quotient"].text() == "0"
    assert derivative.point_panel.readouts["slope"].text() == "3.75"


def test_arrow_keys_move_the_point_finely_while_the_plot_has_the_keyboard(qtbot, derivative, limit):
    study, (low, high) = derivative.study, limit.x_range
    limit.canvas.setFocus()
    qtbot.waitUntil(limit.canvas.hasFocus)
    first = study.situation.point
    qtbot.keyClick(limit.canvas, Qt.Key.Key_Right)
    fine = study.situation.point - first
    assert fine == pytest.approx((high - low) * 0.0025)
    qtbot.keyClick(limit.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert study.situation.point == pytest.approx(first - 9 * fine)
    assert study.situation.step == 1.0


def test_the_axes_are_linked(derivative, limit):
    limit.first.view.setXRange(-1.0, 2.0, padding=0)
    for plot in limit.curve_plots:
        assert plot.view.state["viewRange"][0] == pytest.approx([-1.0, 2.0], abs=1e-6)


def test_play_lets_h_go_to_zero_and_leaving_stops_it(qtbot, derivative):
    window, study = derivative.window(), derivative.study
    window.actions_["play"].trigger()
    qtbot.waitUntil(lambda: study.situation.step < 0.8)
    assert window.actions_["play"].text() == "Pause"
    window.show_workspace("train")
    assert not derivative.is_playing
    window.show_workspace("derivative")
    assert window.actions_["play"].text() == "Play"
    before = study.situation.step
    window.actions_["step"].trigger()
    assert study.situation.step < before
    window.actions_["reset"].trigger()
    assert study.situation.step == 1.0


def test_where_there_is_no_value_nothing_is_drawn(qtbot, derivative, limit):
    retype(qtbot, derivative.header.line, "log(x)")
    derivative.study.set(point=-1.0)
    assert not limit.f.handle.isVisible()
    assert not limit.tangent.isVisible()
    assert not limit.secant.isVisible()
    assert derivative.point_panel.readouts["slope"].text() == "–"
    assert np.isnan(limit.f.curve.getData()[1][limit.f.x < 0]).all()
    derivative.study.set(point=2.0)
    assert line_of(limit.tangent)[0] == pytest.approx(0.5)


def test_a_pole_does_not_flatten_the_rest(qtbot, derivative, limit):
    retype(qtbot, derivative.header.line, "1/x")
    low, high = limit.f.view.state["viewRange"][1]
    assert high - low < 50
    assert np.nanmax(np.abs(limit.f.y)) > 200


def test_what_was_studied_is_remembered(qtbot, tmp_path):
    window = MainWindow(workspace="derivative")
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    retype(qtbot, window.current.header.line, "cos(x)")
    window.current.study.set(point=0.25, step=0.125)
    window.close()
    again = MainWindow(workspace="derivative")
    qtbot.addWidget(again)
    with qtbot.waitExposed(again):
        again.show()
    situation = again.current.study.situation
    assert (situation.formula, situation.point, situation.step) == ("cos(x)", 0.25, 0.125)
    assert again.current.header.line.box.text() == "cos(x)"
    assert not again.current.undo_action.isEnabled()
    again.close()


def analysis_of(qtbot, derivative):
    qtbot.waitUntil(lambda: derivative.study.is_analyzed)
    return derivative.study.analysis


def test_the_analysis_is_that_of_the_stretch_one_comes_back_to(qtbot, derivative):
    study = derivative.study
    known = analysis_of(qtbot, derivative)
    with qtbot.waitSignal(study._analyst.finished_job):
        study.look_at(-0.5, 0.5)
        assert not derivative.is_settled()
        study.look_at(known.lower, known.upper)
    assert study.analysis is known
    assert derivative.is_settled()


def spots(plot):
    return {spot.label or spot.shape: (spot.x, spot.y) for spot in plot.spots.spots}


def test_extrema_and_inflections_are_marked_and_explained(qtbot, derivative, limit):
    analysis_of(qtbot, derivative)
    marks = spots(limit.f)
    assert marks["max (−1, 2)"] == pytest.approx((-1.0, 2.0))
    assert marks["min (1, −2)"] == pytest.approx((1.0, -2.0))
    assert marks["inflection"] == pytest.approx((0.0, 0.0))
    assert sorted(spot.x for spot in limit.first.spots.spots) == pytest.approx([-1.0, 1.0])
    assert [spot.x for spot in limit.second.spots.spots] == pytest.approx([0.0], abs=1e-12)
    words = derivative.point_panel.features.text()
    assert "local maximum of 2 at x = −1" in words
    derivative.point_panel.features.linkActivated.emit("1.0")
    assert derivative.study.situation.point == 1.0
    limit.shows["marks"].trigger()
    assert not limit.f.spots.spots


def test_rising_and_falling_parts_are_tinted(qtbot, derivative, limit):
    analysis_of(qtbot, derivative)
    rising, falling, rising_again = limit.f.bands.bands
    assert (falling.low, falling.high) == pytest.approx((-1.0, 1.0))
    assert rising.color == rising_again.color != falling.color
    at_rise, at_fall = (
        limit.canvas.grab()
        .toImage()
        .pixelColor(limit.canvas.mapFromScene(limit.f.view.mapViewToScene(QPointF(x, y))))
        for x, y in ((-2.5, 8.0), (0.0, 8.0))
    )
    assert at_rise.blue() > at_rise.red()
    assert at_fall.red() > at_fall.blue()
    limit.shows["signs"].trigger()
    assert not limit.f.bands.bands


def test_at_a_kink_there_are_two_slopes_and_no_derivative(qtbot, derivative, limit):
    retype(qtbot, derivative.header.line, "abs(x)+x/2")
    analysis_of(qtbot, derivative)
    derivative.study.set(point=0.0)
    assert spots(limit.f)["kink"] == pytest.approx((0.0, 0.0))
    x, y = limit.tangent.getData()
    assert np.diff(y) / np.diff(x) == pytest.approx([-0.5, 1.5], rel=1e-4)
    assert not limit.first.handle.isVisible()
    panel = derivative.point_panel
    assert panel.readouts["slope"].text() == "–"
    assert "kink" in panel.corner.text()
    assert "−0.5" in panel.corner.text()
    assert np.isnan(limit.first.curve.getData()[1]).any()
    derivative.study.set(point=1.0)
    assert panel.readouts["slope"].text() == "1.5"
    assert not panel.corner.isVisible()


def test_the_curve_is_cut_at_a_pole(qtbot, derivative, limit):
    retype(qtbot, derivative.header.line, "1/(x-1)")
    analysis_of(qtbot, derivative)
    x, y = limit.f.curve.getData()
    assert set(x[np.isnan(y)]) == {1.0}
    assert limit.f.bands.poles == pytest.approx([1.0])
    assert "pole" in derivative.point_panel.features.text()


def test_a_formula_without_a_value_is_said_to_have_none(qtbot, derivative, limit):
    retype(qtbot, derivative.header.line, "sqrt(-1-x^2)")
    analysis_of(qtbot, derivative)
    assert "f has no real value here." in derivative.point_panel.features.text()
    before = derivative.study.formula
    line = derivative.header.line
    line.box.setText("1/0")
    line.box.textEdited.emit("1/0")
    assert line.note.text() == "column 1: 1/0 has no value, so the formula is undefined everywhere"
    assert derivative.study.formula is before


def test_an_example_of_the_gallery_is_shown_where_it_is_worth_looking_at(derivative, limit):
    line = derivative.header.line
    line.menu.aboutToShow.emit()
    curves = line.menu.actions()[0].menu().actions()
    sine = next(a for a in curves if a.data().title == "Sine")
    sine.trigger()
    assert derivative.study.situation.formula == "sin(x)"
    assert limit.x_range == pytest.approx((-7.0, 7.0))
    derivative.undo_action.trigger()
    assert line.box.text() == "x^3 - 3x"
    assert limit.x_range == pytest.approx((-3.0, 3.0))


def test_the_plots_and_their_numbers_are_exported(qtbot, derivative, tmp_path):
    derivative.window().actions_["export"].trigger()
    dialog = derivative.findChild(DerivativeExportDialog)
    dialog.folder.setText(str(tmp_path))
    for box in dialog.boxes.values():
        box.setChecked(True)
    dialog.start()
    qtbot.waitUntil(lambda: "Exported" in dialog.plan.text())
    table = np.genfromtxt(tmp_path / "function.csv", delimiter=",", names=True)
    np.testing.assert_allclose(table["f"], table["x"] ** 3 - 3 * table["x"], atol=1e-12)
    np.testing.assert_allclose(table["first_derivative"], 3 * table["x"] ** 2 - 3, atol=1e-12)
    assert not QImage(str(tmp_path / "derivative_limit.png")).isNull()
    assert "<svg" in (tmp_path / "derivative_limit.svg").read_text()
    dialog.close()
