import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QColor, QImage

from playground.gui import theme
from playground.gui.plots.confusion_picture import ConfusionPicture
from playground.gui.plots.curve_picture import CurvePicture
from playground.gui.plots.grid_dock import best_columns
from playground.gui.plots.layer_plots import BarsPlot, HeatPlot
from playground.gui.plots.pacing import Pacer
from playground.gui.plots.plane_picture import PlanePicture
from playground.gui.plots.scatter_picture import ScatterPicture

# --- histograms -----------------------------------------------------------------------------------


def test_bars_stand_between_true_edges(desk):
    newest = desk.session.snapshot.histograms["weights"]
    for plot, layer in zip(desk.histograms.layer_plots(), newest.layers, strict=True):
        assert isinstance(plot, BarsPlot)
        assert np.array_equal(plot.bars.xData, layer.edges)
        assert np.array_equal(plot.bars.yData, layer.counts)
        assert plot.bars.yData.sum() == layer.size
        assert plot.caption.title == layer.layer
        assert f"{layer.zeros} zero" in plot.caption.text


def test_only_the_chosen_quantity_is_made(desk, qtbot):
    assert "weights" in desk.session.snapshot.histograms
    desk.histograms.quantity.menu().actions()[2].trigger()
    qtbot.waitUntil(lambda: "activations" in desk.session.snapshot.histograms)
    assert "weights" not in desk.session.snapshot.histograms
    plots = desk.histograms.layer_plots()
    assert [plot.caption.size_text.split()[-1] for plot in plots] == ["activations"] * 3


def test_over_time_each_moment_has_a_column(desk, train):
    train(desk, 4)
    desk.histograms.mode.menu().actions()[1].trigger()
    log = desk.session.run.histogram_log["weights"]
    assert len(log) >= 4
    for plot in desk.histograms.layer_plots():
        assert isinstance(plot, HeatPlot)
        assert plot.image.image.dtype == np.uint8
        rect = plot.image.mapRectToParent(plot.image.boundingRect())
        assert rect.left() == pytest.approx(log[0].step)
        assert rect.right() == pytest.approx(log[-1].step)


def test_small_plots_take_the_shape_of_the_room():
    assert best_columns(3, 10, aspect=4.5) == 3
    assert best_columns(3, 10, aspect=0.4) == 1
    assert best_columns(21, 3, aspect=2.0) <= 3


# --- the task -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "kind"),
    [
        ("default", PlanePicture),
        ("linear-regression", CurvePicture),
        ("iris", ConfusionPicture),
        ("diabetes", ScatterPicture),
    ],
)
def test_the_task_decides_on_the_picture(open_desk, preset, kind):
    assert isinstance(open_desk(preset).task.picture, kind)


def test_regions_and_points_of_both_parts(desk):
    picture, prepared = desk.task.picture, desk.session.run.prepared
    assert picture.image.image.shape == (100, 100, 3)
    x, y = picture.points["train"].getData()
    assert np.column_stack([x, y]) == pytest.approx(prepared.table.inputs[prepared.train.rows])
    assert picture.points["validation"].isVisible()
    desk.task.validation.trigger()
    assert not picture.points["validation"].isVisible()


def test_a_discrete_picture_has_a_colour_a_class(desk):
    desk.task.discrete.trigger()
    colors = desk.task.picture.image.image.reshape(-1, 3)
    assert len(np.unique(colors, axis=0)) <= 2


def test_misclassified_points_are_ringed(desk):
    desk.task.mistakes.trigger()
    x, _ = desk.task.picture.mistakes.getData()
    # Untrained, a net is wrong on about half of two classes.
    assert 100 < len(x) < 400


def test_a_unit_is_as_long_on_both_axes(desk):
    view = desk.task.picture.plot.view
    assert view.width() == pytest.approx(view.height(), rel=0.05)


def test_the_exact_solution_stands_beside_the_fit(open_desk):
    desk = open_desk("linear-regression")
    picture = desk.task.picture
    slope, intercept = np.polyfit([1, 2, 3, 4, 5], [2, 3, 5, 7, 9], 1)
    assert picture.exact.yData == pytest.approx(slope * picture.exact.xData + intercept)
    assert "least squares  y = 1.8 x₁ − 0.2" in [row.name for row in picture.plot.overlay.rows]


def test_a_fit_writes_its_own_formula(open_desk, qtbot):
    desk = open_desk("linear-regression")
    desk.session.play()
    qtbot.waitUntil(lambda: desk.session.state == "ended")
    model = next(row.name for row in desk.task.picture.plot.overlay.rows)
    assert model.startswith("model  y = 1.79")


def test_the_true_function_is_drawn_where_it_is_known(open_desk):
    picture = open_desk("sine").task.picture
    formula = picture.run.prepared.table.formula
    assert picture.truth.yData == pytest.approx(formula(picture.truth.xData[:, None]))


def test_predictions_are_drawn_against_the_truth(open_desk):
    desk = open_desk("diabetes")
    view, picture = desk.session.snapshot.task, desk.task.picture
    x, y = picture.points.getData()
    assert np.array_equal(x, view.true)
    assert np.array_equal(y, view.predicted)
    rmse = np.sqrt(np.mean((view.true - view.predicted) ** 2))
    shown = {row.name: row.value for row in picture.plot.overlay.rows}
    assert float(shown["RMSE"]) == pytest.approx(rmse, rel=1e-3)


def test_another_task_gets_another_picture(desk, qtbot):
    desk.session.set("data.kind", "iris")
    qtbot.waitUntil(lambda: isinstance(desk.task.picture, ConfusionPicture))
    assert not desk.task.mistakes.isVisible()


# --- what all share -------------------------------------------------------------------------------


def test_a_hidden_dock_asks_for_nothing(desk, train, qtbot):
    desk.task.close()
    qtbot.waitUntil(lambda: not desk.task.is_shown)
    train(desk)
    assert desk.session.snapshot.task is None
    desk.task.show()
    qtbot.waitUntil(lambda: desk.session.snapshot.task is not None)


class Paints(QObject):
    """Counts the paint events of a widget."""

    n = 0

    def eventFilter(self, watched, event):
        self.n += event.type() == QEvent.Type.Paint
        return False


def test_a_redraw_paints_at_once_and_only_once(desk, train, qapp):
    train(desk)
    qapp.processEvents()
    paints = Paints()
    desk.loss.canvas.viewport().installEventFilter(paints)
    desk.session.state = "running"  # curves become thin, so there is something to paint
    desk.loss.redraw(desk.session.snapshot)
    assert paints.n == 1
    qapp.processEvents()
    assert paints.n == 1
    desk.session.state = "paused"


@pytest.mark.parametrize("name", ["task_view", "loss_curves", "histograms", "gradient_norms"])
def test_export(desk, train, name, tmp_path):
    train(desk, 3)
    dock = desk.docks[name]
    dock.export_image(tmp_path / "plot.png")
    image = QImage(str(tmp_path / "plot.png"))
    assert image.size() == 2 * dock.canvas.size()
    colors = {image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(100, 400, 5)}
    assert len(colors) > 3
    dock.export_image(tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text()
    assert ET.fromstring(text).tag.endswith("svg")
    assert len(text) > 5000


def test_export_knows_two_formats(desk, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png or \.svg"):
        desk.loss.export_image(tmp_path / "plot.bmp")
    assert not list(tmp_path.iterdir())


def test_plots_follow_the_theme(desk, train):
    train(desk)
    theme.set_theme("dark")
    dark = theme.current_theme()
    for dock in desk.docks.values():
        assert dock.canvas.backgroundBrush().color() == QColor(dark.plot_background)
    assert desk.loss.curves.items["train_loss"].opts["pen"].color() == QColor(dark.train)
    assert desk.loss.loss_plot.x_axis.textPen().color() == QColor(dark.muted)


def test_every_plot_is_large_enough_to_read(desk):
    for dock in desk.docks.values():
        for plot in dock.plots():
            assert plot.view.width() > 80
            assert plot.view.height() > 50


# --- pacing ---------------------------------------------------------------------------------------


class FakeSession(QObject):
    frame = Signal(object)
    state = "running"


class FakeDock:
    is_shown = True

    def __init__(self, period_s):
        self.period_s = period_s
        self.seen = []

    def redraw(self, snapshot):
        self.seen.append(snapshot)


@pytest.fixture
def paced(qapp, monkeypatch):
    """Two docks of 30 and 10 pictures a second, a clock to turn, and frames every 16 ms."""
    clock = {"now": 100.0}
    monkeypatch.setattr("playground.gui.plots.pacing.perf_counter", lambda: clock["now"])
    session, docks = FakeSession(), [FakeDock(1 / 30), FakeDock(1 / 10)]
    session.pacer = Pacer(session, docks, parent=session)

    def frames(n, first=0):
        for i in range(first, first + n):
            session.frame.emit(i)
            clock["now"] += 0.016

    return session, docks, frames


def test_each_plot_keeps_its_own_pace(paced):
    _, (fast, slow), frames = paced
    frames(125)  # two seconds
    assert 55 <= len(fast.seen) <= 65
    assert 18 <= len(slow.seen) <= 22


def test_at_rest_every_plot_shows_the_last_state(paced):
    session, docks, frames = paced
    frames(3)
    session.state = "paused"
    frames(1, first=99)
    assert [dock.seen[-1] for dock in docks] == [99, 99]


def test_a_hidden_plot_is_not_painted(paced):
    _, (fast, _), frames = paced
    fast.is_shown = False
    frames(20)
    assert fast.seen == []


def test_plots_that_are_due_at_once_take_turns(paced):
    _, docks, frames = paced
    frames(1)
    for i in range(1, 60):
        before = [len(dock.seen) for dock in docks]
        frames(1, first=i)
        assert sum(len(dock.seen) for dock in docks) - sum(before) <= 1


def test_costly_plots_share_out_over_frames(paced, monkeypatch):
    session, docks, frames = paced
    for dock in docks:
        session.pacer._cost_s[dock] = 0.1
    frames(1)
    assert sum(len(dock.seen) for dock in docks) == 1
