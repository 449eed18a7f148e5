import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from playground.declarations import with_value
from playground.gui.main_window import MainWindow
from playground.gui.plots.attention_picture import AttentionPicture, said
from playground.gui.plots.maps_picture import MapsPicture
from playground.presets import load


@pytest.fixture
def opened(qtbot):
    """Opens a window on a preset, with the inside of its model in front."""
    windows = []

    def make(preset, **values):
        experiment = load(preset)
        for path, value in values.items():
            experiment = with_value(experiment, path.replace("__", "."), value)
        window = MainWindow(experiment, remembers=False)
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1400, 900)
        with qtbot.waitExposed(window):
            window.show()
        dock = next(d for d in window.train.docks.docks if d.objectName() == "inside_view")
        dock.raise_()
        qtbot.waitUntil(
            lambda: (
                window.train.session.snapshot is not None
                and window.train.session.snapshot.model is not None
                and dock.is_shown
            )
        )
        return window, dock

    yield make
    for window in windows:
        window.close()


@pytest.fixture
def digits(opened):
    block = {"channels": 3, "pooling": "max"}
    return opened("digits-cnn", model__blocks=[block, block])


def point(dock, position):
    """Return where a point of the picture on a canvas stands in its viewport."""
    scene = dock.item.mapToScene(position)
    return dock.canvas.mapFromScene(scene)


def test_a_picture_is_seen_from_the_inside(digits):
    window, dock = digits
    view, prepared = window.train.session.snapshot.model, window.train.session.run.prepared
    assert isinstance(dock.item, MapsPicture)
    assert view.row == prepared.validation.rows[0]
    assert dock.item.heading(view).startswith(f"validation · row {view.row + 1} · read as")
    image = dock.canvas.grab().toImage()
    colors = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, 200, 3)}
    assert len(colors) > 50


def test_the_arrows_go_through_the_part(digits, qtbot):
    window, dock = digits
    rows = window.train.session.run.prepared.validation.rows
    dock.later.trigger()
    qtbot.waitUntil(lambda: window.train.session.snapshot.model.row == rows[1])
    for row in (rows[0], rows[-1]):
        dock.earlier.trigger()
        qtbot.waitUntil(lambda row=row: window.train.session.snapshot.model.row == row)


def test_the_mistake_under_the_mouse_is_looked_at(digits, qtbot):
    window, _ = digits
    task = next(d for d in window.train.docks.docks if d.objectName() == "task_view")
    mistakes = task.picture.mistakes
    qtbot.waitUntil(lambda: len(mistakes._places) > 1)
    target = task.canvas.mapFromScene(mistakes.mapToScene(mistakes._places[1].center()))
    qtbot.mouseMove(task.canvas.viewport(), target - QPoint(1, 1))
    qtbot.mouseMove(task.canvas.viewport(), target)
    wrong = window.train.session.snapshot.task.wrong
    qtbot.waitUntil(lambda: window.train.session.snapshot.model.row == wrong[1])


def test_it_is_live(digits, qtbot):
    window, dock = digits
    before = window.train.session.snapshot.model
    window.train.session.train(5)
    # While a run goes on a dock may skip frames; once it rests, the last one is there.
    qtbot.waitUntil(lambda: window.train.session.state == "paused")
    assert dock.item.view.step == 5
    assert dock.item.view is window.train.session.snapshot.model
    assert not np.array_equal(dock.item.view.blocks[0].maps, before.blocks[0].maps)


def test_a_hidden_dock_asks_for_nothing(digits, qtbot):
    window, dock = digits
    dock.close()
    qtbot.waitUntil(lambda: not dock.is_shown)
    window.train.session.step_once()
    qtbot.waitUntil(lambda: window.train.session.snapshot.step == 1)
    assert window.train.session.snapshot.model is None


def test_a_click_chooses_the_attention_of_another_head(opened, qtbot):
    _, dock = opened("dates", data__n_samples=300, model__blocks=1, model__width=8, model__heads=2)
    picture = dock.item
    assert isinstance(picture, AttentionPicture)
    assert picture.chosen == ("decoder1.cross_attention", 0)
    dock.canvas.grab()
    place = point(dock, picture.thumb_of("encoder1.attention", 1).center())
    qtbot.mouseClick(dock.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picture.chosen == ("encoder1.attention", 1)
    assert picture.heading(picture.view).endswith("encoder 1 · self · head 2 of 2")
    qtbot.mouseMove(dock.canvas.viewport(), point(dock, picture._cells.center()) - QPoint(1, 0))
    qtbot.mouseMove(dock.canvas.viewport(), point(dock, picture._cells.center()))
    assert "reads" in picture.heading(picture.view)


def test_other_models_say_so(opened):
    _, dock = opened("default")
    assert "no picture of its own" in dock.plots()[0].overlay.message
    assert not dock.later.isVisible()


def test_names_of_maps():
    assert said("decoder2.cross_attention") == "decoder 2 · source"
    assert said("encoder1.attention") == "encoder 1 · self"
    assert said("attention") == "attention"
