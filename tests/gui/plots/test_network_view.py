import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from playground.data.sets.bundled import Digits
from playground.errors import SpecError
from playground.gui import theme
from playground.gui.plots.marks import edit_label
from playground.gui.plots.network_item import MOST_STROKES, line_widths
from playground.gui.plots.network_layout import MOST_LINES, NetworkLayout, Place
from playground.gui.plots.network_scene import Labels, NetworkScene, Target
from playground.gui.plots.value_box import dragged, read
from playground.training.snapshots import Edit
from playground.training.views import NeuronColumn, NeuronsView

PLACE = Place(left=50, right=450, top=40, bottom=300, pitch=46, least_pitch=20)


def column(name, size, n_before=None, n_shown=None):
    n = min(size, 16) if n_shown is None else n_shown
    rng = np.random.default_rng(size)
    weights = None if n_before is None else rng.normal(size=(n_before, n))
    return NeuronColumn(
        name,
        size,
        np.arange(n)[::-1],
        np.full((n, 1, 1), 200, np.uint8),
        *(np.zeros(n) for _ in range(3)),
        weights,
        None if n_before is None else rng.normal(size=n),
    )


@pytest.fixture
def scene():
    columns = (column("inputs", 2), column("hidden1", 8, 2), column("output", 1, 8))
    labels = Labels((("", ""),) * 3, ("a", "b"), ("y",))
    return NetworkScene.laid_out(NeuronsView(0, columns), labels, PLACE, None)


# --- layout ---------------------------------------------------------------------------------------


def test_neurons_stand_in_the_order_of_their_numbers(scene):
    for described, place in zip(scene.view.columns, scene.layout.columns, strict=True):
        assert described.shown[place.entries].tolist() == list(range(described.size))
        assert (np.diff(place.y) >= scene.layout.node).all()
        assert place.y.min() >= PLACE.top
        assert place.y.max() <= PLACE.bottom


def test_each_line_has_its_own_weight_and_joins_its_neurons(scene):
    layout = scene.layout
    assert len(layout.lines) == 2 * 8 + 8
    for (index, source, entry), weight, curve in zip(
        layout.lines, scene.weights, layout.curves, strict=True
    ):
        before, after = layout.columns[index - 1], layout.columns[index]
        assert weight == scene.view.columns[index].weights[source, entry]
        assert curve[0] == pytest.approx(
            [before.x + layout.node / 2, before.y[before.entries == source][0]]
        )
        assert curve[-1] == pytest.approx(
            [after.x - layout.node / 2, after.y[after.entries == entry][0]]
        )


def test_what_is_under_a_point(scene):
    for target in (Target("neuron", 1, 3), Target("bias", 2, 0), Target("weight", 2, 0, 5)):
        x, y = scene.point_of(target)
        assert scene.target_at(x, y, 1.0) == target
    assert scene.target_at(5, 5, 5.0) is None
    assert scene.target_at(PLACE.left, PLACE.top, 5.0) is None


def test_values_names_and_paths(scene):
    # Entry 0 of eight that are numbered backwards is neuron 7.
    target = Target("weight", 1, 0, 1)
    assert scene.value_of(target) == scene.view.columns[1].weights[1, 0]
    assert scene.path_of(target) == "parameters.hidden1.weight.0.7"
    assert scene.title_of(target) == "a → hidden1[7]"
    assert scene.path_of(Target("bias", 2, 0)) == "parameters.output.bias.0"
    assert scene.title_of(Target("bias", 2, 0)) == "bias of y"


def test_a_neuron_lights_up_what_comes_in_and_what_goes_out(scene):
    lit = scene.layout.lines[scene.lit(Target("neuron", 1, 3))]
    assert sorted(lit.tolist()) == [[1, 0, 3], [1, 1, 3], [2, 3, 0]]


def test_more_neurons_than_readable_are_folded():
    columns = (column("inputs", 64), column("hidden1", 16, 16), column("output", 3, 16))
    layout = NetworkLayout(columns, PLACE)
    assert [c.n_more for c in layout.columns] == [64 - 12, 16 - 12, 0]
    roomy = NetworkLayout(columns, Place(50, 450, 0, 1000, 46, 20))
    assert [c.n_more for c in roomy.columns] == [64 - 16, 0, 0]
    # Those that are left are the strongest, which come first.
    assert sorted(layout.columns[0].entries) == list(range(12))


def test_of_many_lines_the_strongest_are_drawn():
    columns = [column("inputs", 16), *(column(f"hidden{i}", 16, 16) for i in range(1, 4))]
    labels = Labels((("", ""),) * 4, ("",) * 16, ("",) * 16)
    place = Place(50, 450, 0, 1000, 46, 20)
    scene = NetworkScene.laid_out(NeuronsView(0, tuple(columns)), labels, place, None)
    assert len(scene.lines) == MOST_LINES
    drawn = scene.strengths[scene.lines]
    assert (np.diff(drawn) >= 0).all()
    assert drawn.min() >= np.sort(scene.strengths)[-MOST_LINES]


def test_the_layout_is_kept_while_only_weights_change(scene):
    again = NetworkScene.laid_out(scene.view, scene.labels, PLACE, scene)
    assert again.layout is scene.layout


def test_lines_that_are_many_are_thin():
    assert line_widths(np.full(10, 8)).tolist() == [4] * 10
    assert line_widths(np.full(300, 8)).sum() <= MOST_STROKES


def test_numbers_that_are_not_finite_are_drawn(scene):
    scene.view.columns[1].weights[0, 0] = np.nan
    scene.view.columns[1].biases[:] = np.inf
    again = NetworkScene.laid_out(scene.view, scene.labels, PLACE, None)
    assert np.isfinite(again.strengths).all()
    assert np.isfinite(again.scale)


# --- the number box -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"), [(" 1e-3", 1e-3), ("−2,5", -2.5), ("", None), ("x", None), ("inf", None)]
)
def test_typed_numbers(text, value):
    assert read(text) == value


def test_a_drag_is_relative_to_large_numbers_and_absolute_for_small_ones():
    assert dragged(0.0, 50) == 0.5
    assert dragged(-200.0, -10) == -220.0
    assert dragged(1 / 3, 0) == 0.3333


# --- the dock -------------------------------------------------------------------------------------


@pytest.fixture
def shown(qtbot):
    """Bring the network to the front and wait for its first picture."""

    def show(desk):
        desk.network.show()
        desk.network.raise_()
        qtbot.waitUntil(lambda: desk.session.snapshot.network is not None)
        qtbot.waitUntil(lambda: desk.network._view is not None)
        return desk.network

    return show


@pytest.fixture
def dock(desk, shown):
    return shown(desk)


def place_of(dock, target):
    x, y = dock.network.scene_.point_of(target)
    return dock.canvas.mapFromScene(dock.network.mapToScene(QPointF(x, y)))


def parameter(desk, name):
    return desk.session.ask(lambda trainer: trainer.parameters()[name]).result()


def painted(item):
    image = QImage(item.rect().size().toSize(), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.current_theme().plot_background))
    option = QStyleOptionGraphicsItem()
    option.exposedRect = item.rect()
    painter = QPainter(image)
    item.paint(painter, option)
    painter.end()
    return image


def test_behind_another_tab_it_asks_for_nothing(desk, train, shown, qtbot):
    train(desk)
    assert desk.session.snapshot.network is None
    shown(desk)
    desk.task.raise_()
    qtbot.waitUntil(lambda: not desk.network.is_shown)
    train(desk)
    assert desk.session.snapshot.network is None


def test_a_neuron_is_a_picture_of_what_it_computes(dock):
    image = painted(dock.network)
    scene, blue, _, orange = dock.network.scene_, *theme.current_theme().diverging
    inputs = scene.layout.columns[0]
    side = scene.layout.node / 2 - 3
    # x₁ grows to the right, and y upwards: blue is positive.
    left, right = (image.pixelColor(round(inputs.x + s), round(inputs.y[0])) for s in (-side, side))
    top, bottom = (image.pixelColor(round(inputs.x), round(inputs.y[1] + s)) for s in (-side, side))
    for color, expected in ((left, orange), (right, blue), (top, blue), (bottom, orange)):
        assert abs(color.hue() - QColor(expected).hue()) < 15


def test_a_weight_is_drawn_in_the_colour_of_its_sign(dock):
    scene = dock.network.scene_
    image = painted(dock.network)
    for line in scene.lines[-3:]:
        x, y = scene.layout.curves[line][2]
        hues = {image.pixelColor(round(x), round(y) + s).hue() for s in (-1, 0, 1)}
        color = QColor(theme.current_theme().diverging[0 if scene.weights[line] > 0 else 2])
        assert min(abs(hue - color.hue()) for hue in hues) < 20


def test_the_mouse_explains_what_it_is_over(dock):
    viewport = dock.canvas.viewport()
    for target in (Target("neuron", 1, 2), Target("bias", 1, 4), Target("weight", 3, 0, 5)):
        QTest.mouseMove(viewport, place_of(dock, target))
        assert dock.network.target == target
    QTest.mouseMove(viewport, QPoint(3, 3))
    assert dock.network.target is None


@pytest.mark.parametrize(
    ("target", "name"),
    [(Target("weight", 3, 0, 5), "output.weight"), (Target("bias", 1, 4), "hidden1.bias")],
)
def test_a_click_opens_a_box_for_the_number(desk, dock, qtbot, target, name):
    scene, before = dock.network.scene_, parameter(desk, name).copy()
    path = scene.path_of(target)
    index = tuple(map(int, path.split(".")[3:]))
    QTest.mouseClick(dock.canvas.viewport(), Qt.LeftButton, pos=place_of(dock, target))
    box = dock.editor.box
    qtbot.waitUntil(box.isVisible)
    assert float(box.text()) == pytest.approx(scene.value_of(target), rel=1e-5)
    with qtbot.waitSignal(desk.session.edited) as edited:
        QTest.keyClicks(box, "-1.25")
        QTest.keyClick(box, Qt.Key_Return)
    assert not box.isVisible()
    assert (edited.args[0].path, edited.args[0].new) == (path, -1.25)
    expected = before.copy()
    expected.reshape(before.shape if before.ndim > 1 else (-1,))[index] = -1.25
    np.testing.assert_array_equal(parameter(desk, name), expected)
    qtbot.waitUntil(lambda: dock.network.scene_.value_of(target) == -1.25)
    assert desk.session.run.edits[-1].path == path


def test_a_box_left_untouched_or_given_up_changes_nothing(desk, dock):
    before = parameter(desk, "hidden1.bias").copy()
    target = Target("bias", 1, 4)
    for key in (Qt.Key_Return, Qt.Key_Escape):
        QTest.mouseClick(dock.canvas.viewport(), Qt.LeftButton, pos=place_of(dock, target))
        assert dock.editor.isVisible()
        QTest.keyClick(dock.editor.box, key)
        assert not dock.editor.isVisible()
    np.testing.assert_array_equal(parameter(desk, "hidden1.bias"), before)
    assert not desk.session.run.edits


def test_what_is_no_number_keeps_the_box_open(dock):
    QTest.mouseClick(
        dock.canvas.viewport(), Qt.LeftButton, pos=place_of(dock, Target("bias", 1, 4))
    )
    QTest.keyClicks(dock.editor.box, "abc")
    QTest.keyClick(dock.editor.box, Qt.Key_Return)
    assert dock.editor.isVisible()


def test_arrow_keys_step_at_once(desk, dock, qtbot):
    target = Target("bias", 1, 4)
    QTest.mouseClick(dock.canvas.viewport(), Qt.LeftButton, pos=place_of(dock, target))
    with qtbot.waitSignal(desk.session.edited) as edited:
        QTest.keyClick(dock.editor.box, Qt.Key_Up)
    assert edited.args[0].new == pytest.approx(0.1)


def test_a_drag_changes_a_weight_as_it_goes(desk, dock, qtbot):
    target = Target("weight", 3, 0, 5)
    scene, viewport, at = dock.network.scene_, dock.canvas.viewport(), place_of(dock, target)
    start = scene.value_of(target)
    QTest.mouseMove(viewport, at)
    QTest.mousePress(viewport, Qt.LeftButton, pos=at)
    for up in (10, 20, 40):
        QTest.mouseMove(viewport, at - QPoint(0, up))
        assert dock.network.value == dragged(start, up)
    QTest.mouseRelease(viewport, Qt.LeftButton, pos=at - QPoint(0, 40))
    # The last value may be in the run before the release, or wait for it to be passed on.
    qtbot.waitUntil(
        lambda: dock.network.scene_.value_of(target) == pytest.approx(dragged(start, 40))
    )
    assert desk.session.run.edits[-1].new == pytest.approx(dragged(start, 40))
    assert not dock.editor.isVisible()
    assert parameter(desk, "output.weight").dtype == np.float32


def test_weights_are_edited_while_training_goes_on(desk, dock, qtbot):
    desk.session.play()
    qtbot.waitUntil(lambda: desk.session.snapshot.step > 0)
    with qtbot.waitSignal(desk.session.edited) as edited:
        desk.session.set("parameters.hidden1.weight.0.3", 0.5)
    assert edited.args[0].step > 0
    desk.session.pause()
    qtbot.waitUntil(lambda: desk.session.state == "paused")


def test_a_wrong_path_is_refused(desk):
    with pytest.raises(SpecError, match="no such segment"):
        desk.session.set("parameters.hidden9.weight.0.0", 1.0)
    with pytest.raises(SpecError, match="finite"):
        desk.session.set("parameters.hidden1.weight.0.0", float("nan"))


def test_an_edit_of_a_weight_has_a_readable_mark():
    edit = Edit(12, "parameters.hidden1.weight.0.3", 0.25, -1.0)
    assert edit_label(edit) == "hidden1.weight.0.3 0.25 → −1 at step 12"


def test_another_run_closes_the_box(desk, dock, qtbot):
    QTest.mouseClick(
        dock.canvas.viewport(), Qt.LeftButton, pos=place_of(dock, Target("bias", 1, 4))
    )
    assert dock.editor.isVisible()
    with qtbot.waitSignal(desk.session.run_started):
        desk.session.reset()
    assert not dock.editor.isVisible()


def test_a_deep_network_scrolls(open_desk, shown):
    dock = shown(open_desk("vanishing-gradients"))
    assert dock.canvas.width() > dock._scroll.viewport().width()
    xs = [column.x for column in dock.network.scene_.layout.columns]
    assert np.diff(xs).min() >= 78


def test_other_models_are_boxes(desk, shown, qtbot):
    desk.session.set("data", Digits().model_dump(mode="json"))
    desk.session.set("model", {"kind": "convolutional"})
    qtbot.waitUntil(
        lambda: (
            desk.session.state == "ready"
            and desk.session.run.experiment.model.name() == "convolutional"
        )
    )
    dock = shown(desk)
    qtbot.waitUntil(lambda: dock.item is dock.boxes)
    boxes = dock.boxes.boxes(dock.boxes.rect().width())
    assert len(boxes) == len(desk.session.run.layout.layers)
    assert all(a.intersected(b).isEmpty() for i, a in enumerate(boxes) for b in boxes[:i])
    assert max(box.right() for box in boxes) <= dock.canvas.width()


@pytest.mark.parametrize("name", ["plot.png", "plot.svg"])
def test_export(dock, tmp_path, name):
    dock.export_image(tmp_path / name)
    assert (tmp_path / name).stat().st_size > 5000
