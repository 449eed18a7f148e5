import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from playground.declarations import with_value
from playground.gui.panels.schedule import ScheduleField
from playground.optimizers.schedules.drawn import Point


@pytest.fixture
def field(panel):
    field = panel.fields["schedule"]
    assert isinstance(field, ScheduleField)
    return field


def at(plot, point):
    return plot.pixel(point).toPoint()


def drag(qtbot, plot, start, end):
    surface = plot.viewport()
    qtbot.mousePress(surface, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(surface, (start + end) / 2)
    qtbot.mouseMove(surface, end)
    qtbot.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=end)


@pytest.fixture
def drawing(qtbot, session, field):
    session.set("schedule.kind", "drawn")
    qtbot.waitUntil(lambda: field.plot.isVisible())
    field.plot.grab()  # lays the axes out
    return field.plot


def test_a_constant_rate_needs_no_plot(session, field):
    assert not field.plot.isVisible()
    session.set("schedule.warmup_steps", 50)
    assert field.plot.isVisible()


def test_the_plan_is_drawn_ahead_with_a_marker_now(qtbot, session, field):
    session.set("schedule", {"kind": "cosine", "steps": 200})
    session.train(60)
    qtbot.waitUntil(lambda: session.state == "paused")
    plot, experiment = field.plot, session.experiment
    steps = plot.ahead.xData.astype(int)
    expected = experiment.optimizer.learning_rate * experiment.schedule.factors(steps)
    np.testing.assert_allclose(plot.ahead.yData, expected, rtol=1e-12)
    assert steps[-1] >= 200
    (x,), (y,) = plot.present.getData()
    assert x == 60
    assert y == pytest.approx(np.interp(60, steps, expected), rel=1e-3)
    assert plot.past.xData[-1] == 50  # recorded every ten steps


def test_the_readout_tells_a_momentum_that_is_cycled(session, field):
    session.set("optimizer", {"kind": "adam"})
    session.set("schedule", {"kind": "one_cycle", "steps": 200})
    plot = field.plot
    plot.plot.cursor = QPointF(70, 0)
    plot.plot.cursor_moved.emit()
    assert [row.name for row in plot.plot.overlay.rows] == ["rate", "momentum"]
    session.set("optimizer", {"kind": "adagrad"})
    plot.plot.cursor_moved.emit()
    assert [row.name for row in plot.plot.overlay.rows] == ["rate"]


def test_dragging_a_point_is_one_change_that_can_be_undone(qtbot, session, panel, drawing):
    before = session.experiment.schedule.points
    n_changes = panel.history.stack.count()
    start = at(drawing, before[1])
    drag(qtbot, drawing, start, start + QPoint(12, 25))
    after = session.experiment.schedule.points
    assert after[1].at > before[1].at
    assert after[1].factor < before[1].factor
    assert [after[0], *after[2:]] == [before[0], *before[2:]]
    assert panel.history.stack.count() == n_changes + 1
    panel.undo_action.trigger()
    assert session.experiment.schedule.points == before
    assert drawing.points == list(before)
    panel.redo_action.trigger()
    assert session.experiment.schedule.points == after


def test_a_point_stays_between_its_neighbours(qtbot, session, drawing):
    points = session.experiment.schedule.points
    start = at(drawing, points[1])
    drag(qtbot, drawing, start, start + QPoint(1000, 0))
    assert session.experiment.schedule.points[1].at == points[2].at


def test_double_clicks_add_and_take_away(qtbot, session, drawing):
    n_points = len(session.experiment.schedule.points)
    place = at(drawing, Point(at=0.4, factor=0.5))
    qtbot.mouseDClick(drawing.viewport(), Qt.MouseButton.LeftButton, pos=place)
    points = session.experiment.schedule.points
    assert len(points) == n_points + 1
    new = points[2]
    assert new.at == pytest.approx(0.4, abs=0.03)
    assert new.factor == pytest.approx(0.5, abs=0.05)
    qtbot.mouseDClick(drawing.viewport(), Qt.MouseButton.LeftButton, pos=at(drawing, new))
    assert len(session.experiment.schedule.points) == n_points


def test_the_last_point_stays(qtbot, session, drawing):
    session.set("schedule.points", [{"at": 0.5, "factor": 0.5}])
    (only,) = session.experiment.schedule.points
    qtbot.mouseClick(drawing.viewport(), Qt.MouseButton.RightButton, pos=at(drawing, only))
    assert session.experiment.schedule.points == (only,)


def test_what_has_no_rate_cannot_be_scheduled(qtbot, session, field):
    session.load(with_value(session.experiment, "optimizer", {"kind": "steepest_descent"}))
    qtbot.waitUntil(lambda: session.state == "ready")
    box = field.box
    items = [box.model().item(row) for row in range(box.count())]
    assert [item.text() for item in items if item.isEnabled()] == ["Constant"]
    assert "no learning rate" in items[1].toolTip()
