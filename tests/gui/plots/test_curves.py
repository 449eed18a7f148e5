import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from playground.presets import load
from playground.training.norms import norm_column


def points(item):
    return item.xData, item.yData


def view_centre(plot):
    return plot.view.mapToScene(plot.view.rect().center()).toPoint()


def test_before_training_words_stand_where_curves_will_be(desk):
    assert desk.loss.loss_plot.overlay.message
    assert desk.norms.plot.overlay.message
    assert desk.loss.loss_plot.y_axis.opacity() == 0


def test_curves_show_what_the_history_holds(desk, train):
    train(desk, 5)
    assert not desk.loss.loss_plot.overlay.message
    history = desk.session.run.history
    for name in ("train_loss", "validation_loss"):
        steps, values = history.sparse(name)
        x, y = points(desk.loss.curves.items[name])
        assert len(steps) == 6
        assert x == pytest.approx(steps)
        assert y == pytest.approx(values)
    assert np.nanmax(desk.loss.band.yData) == np.nanmax(history["batch_loss"])


def test_norms_are_drawn_a_curve_a_layer_on_a_logarithmic_axis(desk, train):
    desk.norms.smoothing.moved.emit(0.0)
    train(desk, 3)
    history = desk.session.run.history
    for layer in ("hidden1", "hidden2", "output"):
        steps, norms = history.sparse(norm_column(layer))
        x, y = points(desk.norms.curves.items[norm_column(layer)])
        assert x == pytest.approx(steps)
        assert y == pytest.approx(np.log10(norms))
    assert [row.name for row in desk.norms.plot.overlay.rows] == ["hidden1", "hidden2", "output"]


def test_many_layers_are_told_by_a_ramp_of_colours(open_desk, train):
    desk = open_desk("vanishing-gradients")
    train(desk)
    overlay = desk.norms.plot.overlay
    assert len(overlay.ramp) > 7
    assert overlay.ramp_ends == ("hidden1", "output")
    assert not overlay.rows


def test_axes_show_all_that_was_drawn(desk, train):
    train(desk, 5)
    (x0, x1), (y0, y1) = desk.loss.loss_plot.view.viewRange()
    x, y = points(desk.loss.curves.items["train_loss"])
    assert x0 <= x.min() < x.max() <= x1
    assert y0 <= y.min() < y.max() <= y1


def test_logarithmic_axes(desk, train):
    train(desk, 5)
    desk.loss.log_y.trigger()
    desk.loss.log_x.trigger()
    steps, values = desk.session.run.history.sparse("train_loss")
    x, y = points(desk.loss.curves.items["train_loss"])
    assert x[1:] == pytest.approx(np.log10(steps[1:]))
    assert np.isnan(x[0])
    assert y == pytest.approx(np.log10(values))


def test_x_by_epoch(desk, train):
    train(desk, 3)
    desk.loss.x_choice.menu().actions()[1].trigger()
    x, _ = points(desk.loss.curves.items["train_loss"])
    assert x == pytest.approx([0, 1, 2, 3])
    assert desk.loss.loss_plot.view.viewRange()[0][1] < 10


def test_smoothing_keeps_the_raw_curve_faint(desk, train):
    train(desk, 5)
    desk.loss.smoothing.moved.emit(0.5)
    _, values = desk.session.run.history.sparse("train_loss")
    _, raw = points(desk.loss.curves.raw_items["train_loss"])
    _, smooth = points(desk.loss.curves.items["train_loss"])
    assert raw == pytest.approx(values)
    assert smooth[1] == pytest.approx((values[0] + 2 * values[1]) / 3)
    assert desk.loss.curves.raw_items["train_loss"].isVisible()


def test_accuracy_has_a_plot_of_its_own_below(desk, train):
    train(desk, 2)
    assert desk.loss.plots() == [desk.loss.loss_plot]
    desk.loss.scores.trigger()
    assert desk.loss.plots() == [desk.loss.loss_plot, desk.loss.score_plot]
    _, values = desk.session.run.history.sparse("validation_accuracy")
    assert points(desk.loss.score_curves.items["validation_accuracy"])[1] == pytest.approx(values)


def test_a_regression_has_r2_instead(open_desk, train):
    desk = open_desk("diabetes")
    train(desk)
    assert desk.loss.scores.text() == "R²"
    assert "train_r2" in desk.loss.score_curves.items


def test_edits_are_marked_where_they_act(desk, train, qtbot):
    train(desk)
    step = desk.session.snapshot.step
    with qtbot.waitSignal(desk.session.edited):
        desk.session.set("optimizer.learning_rate", 0.003)
    train(desk)
    (mark,) = desk.loss.loss_plot.overlay.marks
    assert mark.x == step
    assert "→ 0.003" in mark.label


def test_a_divergence_is_marked_and_the_axes_stay_readable(open_desk, qtbot):
    desk = open_desk("linear-regression")
    with qtbot.waitSignal(desk.session.run_started):
        desk.session.set("optimizer.learning_rate", 1e3)
        desk.session.reset()
    desk.session.play()
    qtbot.waitUntil(lambda: desk.session.state == "ended")
    (mark,) = [mark for mark in desk.loss.loss_plot.overlay.marks if mark.is_danger]
    assert mark.label.startswith("diverged")
    assert np.isfinite(desk.loss.loss_plot.view.viewRange()).all()
    desk.loss.log_y.trigger()
    assert np.isfinite(desk.loss.loss_plot.view.viewRange()).all()


def test_runs_on_other_data_are_not_drawn_beside_this_one(desk, train, qtbot):
    train(desk, 3)
    spiral, end = desk.session.experiment, len(desk.session.run.history) - 1
    for experiment in (load("sine"), spiral):
        with qtbot.waitSignal(desk.session.run_started):
            desk.session.load(experiment)
        train(desk)
        _, high = desk.loss.loss_plot.view.viewRange()[0]
        is_first = experiment is spiral
        assert bool(desk.loss.earlier) == is_first
        assert (high >= end) == is_first
        assert desk.loss.clear.isEnabled()


def test_earlier_runs_stay_until_they_are_cleared(desk, train, qtbot):
    train(desk, 2)
    first = desk.session.run
    with qtbot.waitSignal(desk.session.run_started):
        desk.session.reset()
    train(desk)
    (curves,) = desk.loss.earlier.values()
    assert curves.run is first
    assert points(curves.items["train_loss"])[1] == pytest.approx(
        first.history.sparse("train_loss")[1]
    )
    assert first.label in [row.name for row in desk.loss.loss_plot.overlay.rows]
    items = set(curves.items.values())
    desk.loss.clear.trigger()
    assert not desk.loss.earlier
    assert not items & set(desk.loss.loss_plot.view.addedItems)


def test_a_wheel_freezes_the_axes_and_a_key_frees_them(desk, train, qtbot):
    train(desk, 2)
    plot = desk.loss.loss_plot
    whole = plot.view.viewRange()
    plot.view.scaleBy((0.5, 0.5))
    plot.view.sigRangeChangedManually.emit([True, True])
    assert desk.loss.freeze.isChecked()
    zoomed = plot.view.viewRange()
    train(desk, 2)
    assert plot.view.viewRange() == zoomed
    desk.loss.canvas.setFocus()
    qtbot.keyClick(desk.loss.canvas, Qt.Key.Key_A)
    assert not desk.loss.freeze.isChecked()
    assert plot.view.viewRange()[0][1] >= whole[0][1]


def test_dragging_with_the_mouse_pans(desk, train, qtbot):
    train(desk, 2)
    plot, viewport = desk.loss.loss_plot, desk.loss.canvas.viewport()
    before = plot.view.viewRange()
    start = view_centre(plot)
    QTest.mouseMove(viewport, start)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for offset in (10, 30, 60):
        QTest.mouseMove(viewport, start + QPoint(offset, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
    qtbot.waitUntil(lambda: plot.view.viewRange()[0][0] < before[0][0])
    assert desk.loss.freeze.isChecked()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start)
    qtbot.waitUntil(lambda: not desk.loss.freeze.isChecked())
    assert plot.view.viewRange()[0] == pytest.approx(before[0])


def test_the_cursor_reads_the_nearest_values(desk, train, qtbot):
    train(desk, 5)
    plot = desk.loss.loss_plot
    # From elsewhere: a mouse that is there already would not move.
    for offset in (-30, 0):
        QTest.mouseMove(desk.loss.canvas.viewport(), view_centre(plot) + QPoint(offset, 0))
    qtbot.waitUntil(lambda: plot.overlay.cursor is not None)
    step = round(plot.overlay.cursor)
    assert plot.overlay.heading.startswith(f"step {step}")
    steps, values = desk.session.run.history.sparse("train_loss")
    expected = values[np.argmin(np.abs(steps - step))]
    assert float(plot.overlay.rows[0].value) == pytest.approx(expected, rel=1e-3)
    assert all(row.value for row in plot.overlay.rows)


def test_curves_are_bold_only_at_rest(desk, train, qtbot):
    train(desk, 3)
    item = desk.loss.curves.items["train_loss"]
    assert item.opts["pen"].width() == 2
    with qtbot.waitSignal(desk.session.state_changed):
        desk.session.play()
    qtbot.waitUntil(lambda: item.opts["pen"].width() == 1)
    desk.session.pause()
    qtbot.waitUntil(lambda: desk.session.state == "paused")
