import threading
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QSlider, QToolButton

from playground import presets
from playground.comparison import Comparison
from playground.descent.race import Race
from playground.gui import memory, theme
from playground.gui.main_window import MainWindow
from playground.models.model import MODELS
from playground.objectives.surface import SURFACES
from playground.optimizers import OPTIMIZERS
from playground.storage.comparisons import write_settings
from playground.storage.races import write_race
from playground.training.divergence import Finding
from playground.training.experiment import Experiment


def press(qtbot, window, key, widget=None):
    qtbot.keyClick(widget or window, key)


def is_at_rest(window):
    return lambda: window.train.session.state in ("ready", "paused", "ended")


def test_space_plays_and_pauses(qtbot, window):
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.train.session.run.history) > 20)
    assert window.train.toolbar.play.text() == "Pause"
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.train.session.state == "paused")
    assert window.train.toolbar.play.text() == "Play"


def test_the_window_opens_with_the_focus_on_play(qtbot, window):
    qtbot.waitUntil(window.train.toolbar.play.hasFocus)


def focusable(window):
    return [
        w
        for w in window.findChildren(QSlider)
        + window.train.toolbar.findChildren(type(window.train.toolbar.play))
        if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_space_plays_wherever_the_focus_is_except_in_text_boxes(qtbot, window):
    places = [*focusable(window), window.train.docks.docks[0], window.train.docks.docks[0].canvas]
    assert len(places) > 5
    for place in places:
        place.setFocus()
        press(qtbot, window, Qt.Key.Key_Space, place)
        qtbot.waitUntil(lambda: window.train.session.state == "running")
        press(qtbot, window, Qt.Key.Key_Space, place)
        qtbot.waitUntil(lambda: window.train.session.state == "paused")
    search = window.train.panel.search
    search.setFocus()
    qtbot.waitUntil(search.hasFocus)
    qtbot.keyClicks(search, "a b")
    assert search.text() == "a b"
    assert window.train.session.state == "paused"


def test_arrow_right_steps_but_moves_a_focused_slider(qtbot, window):
    window.train.docks.setFocus()
    press(qtbot, window, Qt.Key.Key_Right)
    qtbot.waitUntil(is_at_rest(window))
    assert window.train.session.snapshot.step == 1
    slider = window.train.toolbar.speed.slider
    slider.setValue(3)
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    press(qtbot, window, Qt.Key.Key_Right, slider)
    assert slider.value() == 4
    assert window.train.session.snapshot.step == 1


def test_keys_step_reset_and_reseed(qtbot, window):
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(is_at_rest(window))
    assert window.train.session.snapshot.step == 1
    press(qtbot, window, Qt.Key.Key_E)
    qtbot.waitUntil(is_at_rest(window))
    assert window.train.session.snapshot.epoch == 1.0
    with qtbot.waitSignal(window.train.session.run_started):
        press(qtbot, window, Qt.Key.Key_R)
    assert window.train.session.snapshot.step == 0
    with qtbot.waitSignal(window.train.session.run_started):
        press(qtbot, window, Qt.Key.Key_N)
    assert window.train.session.experiment.seeds.weights == 1


def test_the_speed_slider_slows_the_run(qtbot, window):
    slider = window.train.toolbar.speed.slider
    slider.setFocus()
    for _ in range(len(range(slider.maximum()))):
        qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert window.train.session._control.steps_per_s == 1
    assert window.train.toolbar.speed.label.text() == "1 steps/s"


def test_stop_rules_typed_into_the_popup_end_the_run(qtbot, window):
    stop = window.train.toolbar.stop
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    box = stop.popup.fields["steps"].box
    box.selectAll()
    qtbot.keyClicks(box, "40")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    stop.popup.hide()
    assert stop.text() == "40 steps"
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.train.session.state == "ended")
    assert window.train.session.snapshot.step == 40
    progress = window.train.toolbar.progress
    assert progress.bar.isVisible()
    assert progress.bar.value() == progress.bar.maximum()
    assert window.train.status.readout.texts["state"] == "finished"
    assert window.train.status.readout.texts["step"] == "40"


def test_the_readout_shows_the_losses_of_the_history(qtbot, window):
    press(qtbot, window, Qt.Key.Key_E)
    qtbot.waitUntil(is_at_rest(window))
    assert window.train.session.snapshot.epoch == 1.0
    loss = window.train.session.run.history["validation_loss"][-1]
    assert float(window.train.status.readout.texts["validation_loss"]) == pytest.approx(
        loss, abs=5e-5
    )


def test_an_error_stays_until_it_is_dismissed(qtbot, window):
    window.train.session.failed.emit("iris.csv: no column 'x'")
    window.train.session.failed.emit("iris.csv: no column 'x'")
    assert [m.text for m in window.train.messages.messages] == ["iris.csv: no column 'x'"]
    assert window.train.messages.isVisible()
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(is_at_rest(window))
    assert window.train.session.snapshot.step == 1
    assert window.train.messages.isVisible()
    qtbot.mouseClick(window.train.messages.messages[0].cross, Qt.MouseButton.LeftButton)
    assert not window.train.messages.isVisible()


def test_divergence_says_where_and_what_helps_and_resets_in_one_click(qtbot, window):
    finding = Finding(1234, "hidden2", "weights", SimpleNamespace(step=1233))
    window.train.session.diverged.emit(finding.ending())
    message = window.train.messages.messages[0]
    for words in ("1,234", "hidden2", "learning rate", "clip", "float64"):
        assert message.text.count(words) == 1
    with qtbot.waitSignal(window.train.session.run_started):
        qtbot.mouseClick(message.buttons["Reset"], Qt.MouseButton.LeftButton)
    assert not window.train.messages.isVisible()


def test_a_preset_from_the_menu_starts_a_new_run(qtbot, window):
    window.train.presets.aboutToShow.emit()
    titles = {action.data(): action for action in window.train.presets.actions()}
    assert len({a.text() for a in titles.values()}) == len(titles) >= 6
    with qtbot.waitSignal(window.train.session.run_started):
        titles["xor"].trigger()
    assert window.train.session.experiment.data.name() == "xor"


def test_an_experiment_is_saved_and_opened_again(qtbot, window, tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    window.train.session.set("optimizer.learning_rate", 0.123)
    monkeypatch.setattr(
        "playground.gui.file_choice.QFileDialog.getSaveFileName", lambda *_: (str(path), "")
    )
    window.actions_["save"].trigger()
    assert memory.folder("experiments") == str(tmp_path)
    saved = window.train.session.experiment
    window.train.session.set("optimizer.learning_rate", 0.5)
    with qtbot.waitSignal(window.train.session.run_started):
        window.train.documents.open_path(path)
    assert window.train.session.experiment == saved


def test_a_broken_experiment_file_is_a_message_and_changes_nothing(window, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("[optimizer]\nkind = 'adam'\nlearning_rte = 1\n")
    before = window.train.session.experiment
    window.train.documents.open_path(path)
    assert "learning_rte" in window.train.messages.messages[0].text
    assert window.train.session.experiment is before
    path.write_text("")
    window.train.documents.open_path(path)
    assert "broken.toml: has no settings" in window.train.messages.messages[0].text
    assert window.train.session.experiment is before
    path.write_text("[optimizer]\nkind = 'adam'\n")
    window.train.documents.open_path(path)
    assert not window.train.messages.messages


def test_a_comparison_opens_with_its_experiment_and_says_so(window, tmp_path):
    saved = Comparison(presets.load("xor"), (OPTIMIZERS["sgd"](),), 10)
    write_settings(tmp_path / "compare.toml", saved)
    window.train.documents.open_path(tmp_path / "compare.toml")
    assert window.train.session.experiment == saved.experiment
    assert "playground compare compare.toml" in window.train.messages.messages[0].text


def test_a_race_opens_where_races_are(window, tmp_path):
    path = tmp_path / "race.toml"
    race = Race(steps=7).on(SURFACES["bowl"]())
    write_race(path, race)
    window.open_path(path)
    assert window.current.objectName() == "descent"
    assert window.current.session.race == race
    path.write_text("racers = 3\n")
    window.open_path(path)
    assert "racers" in window.current.messages.messages[0].text
    write_race(path, race)
    window.open_path(path)
    assert not window.current.messages.messages
    path.write_text("racers = [")
    window.open_path(path)
    assert window.current is window.train
    assert "not TOML" in window.train.messages.messages[0].text


def recent(window):
    """Return the entries of File › Open recent as they are when it is opened."""
    window.menus.recent.aboutToShow.emit()
    return {a.text(): a for a in window.menus.recent.actions() if not a.isSeparator()}


def test_recent_files_open_again_in_their_workspaces(window, tmp_path, monkeypatch):
    assert [(text, a.isEnabled()) for text, a in recent(window).items()] == [
        ("No files yet", False)
    ]
    race, experiment = tmp_path / "race.toml", tmp_path / "this & that.toml"
    write_race(race, Race(steps=7).on(SURFACES["bowl"]()))
    window.open_path(race)
    monkeypatch.setattr(
        "playground.gui.file_choice.QFileDialog.getSaveFileName", lambda *_: (str(experiment), "")
    )
    window.show_workspace("train")
    window.actions_["save"].trigger()
    broken = tmp_path / "broken.toml"
    broken.write_text("steps = = 3")
    window.open_path(broken)
    folder = tmp_path.name
    names = [f"this && that.toml – {folder}", f"race.toml – {folder}", "Clear list"]
    assert list(recent(window)) == names
    recent(window)[names[1]].trigger()
    assert window.current.objectName() == "descent"
    assert list(recent(window)) == [names[1], names[0], "Clear list"]
    experiment.unlink()
    gone = recent(window)[names[0]]
    assert not gone.isEnabled()
    assert "not there any longer" in gone.toolTip()
    recent(window)["Clear list"].trigger()
    assert list(recent(window)) == ["No files yet"]


def test_the_newest_eight_files_are_remembered(tmp_path):
    files = [tmp_path / f"{number}.toml" for number in range(10)]
    for file in (*files, files[5]):
        memory.remember_file(file)
    expected = [files[number] for number in (5, 9, 8, 7, 6, 4, 3, 2)]
    assert memory.recent_files() == expected


def dropped(widget, *urls):
    """Drag addresses over a widget and drop them; return whether they were taken."""
    data = QMimeData()
    data.setUrls(list(urls))
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    enter = QDragEnterEvent(QPoint(5, 5), *rest)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), *rest))
    return enter.isAccepted()


def test_a_file_dropped_on_the_window_is_opened(window, tmp_path):
    path = tmp_path / "race.toml"
    path.write_text("racers = 3\n")
    url = QUrl.fromLocalFile(str(path))
    plot = window.train.docks.docks[0].canvas.viewport()
    assert not dropped(plot, url, url)
    assert not dropped(plot, QUrl("https://example.org/race.toml"))
    assert window.current is window.train
    assert dropped(plot, url)
    assert window.current.objectName() == "descent"
    assert "racers" in window.current.messages.messages[0].text
    race = Race(steps=7).on(SURFACES["bowl"]())
    write_race(path, race)
    assert dropped(window, url)
    assert window.current.session.race == race


def test_theme_and_scale_change_and_are_remembered(qtbot, window, experiment):
    background = window.grab().toImage().pixelColor(QPoint(4, window.height() - 4))
    window.actions_["theme"].trigger()
    window.actions_["larger"].trigger()
    assert theme.current_theme().name == "dark"
    assert theme.current_scale() == 1.15
    dark = window.grab().toImage().pixelColor(QPoint(4, window.height() - 4))
    assert dark.lightness() < background.lightness() - 100
    window.close()
    assert memory.remembered_theme() == ("dark", 1.15)


def test_the_layout_is_remembered_and_can_be_reset(qtbot, window, experiment):
    name = window.train.docks.docks[1].objectName()
    window.train.docks.docks[1].close()
    window.close()
    again = MainWindow(experiment)
    qtbot.addWidget(again)
    with qtbot.waitExposed(again):
        again.show()
    dock = next(d for d in again.train.docks.docks if d.objectName() == name)
    assert dock.isHidden()
    again.actions_["reset_layout"].trigger()
    assert not dock.isHidden()
    again.close()


def test_a_layout_in_disorder_is_reset(qtbot, window):
    def places():
        seen = (dock for dock in window.train.docks.docks if dock.is_shown)
        return {dock.objectName(): dock.geometry().topLeft() for dock in seen}

    window.reset_layout()
    QApplication.processEvents()
    before = places()
    first, second, third, fourth, *_ = window.train.docks.docks
    window.train.docks.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, first)
    window.train.docks.tabifyDockWidget(second, third)
    fourth.close()
    qtbot.waitUntil(lambda: places() != before)
    window.actions_["reset_layout"].trigger()
    qtbot.waitUntil(lambda: places() == before)


@pytest.mark.parametrize("kind", MODELS.names())
def test_no_model_makes_the_panel_wide(qtbot, window, kind):
    panel = window.train.panel
    panel.fields["model"].show_value(MODELS[kind]())
    panel._fit_width()
    for details in panel.findChildren(QToolButton, "row"):
        details.setChecked(details.isCheckable())
    assert panel.minimumSizeHint().width() <= theme.scaled(332)
    assert not panel._scroll.horizontalScrollBar().maximum()


def test_a_tab_that_comes_back_is_in_front(qtbot, window):
    network = next(d for d in window.train.docks.docks if d.objectName() == "network_view")
    assert not network.is_shown
    for _ in range(2):
        network.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: network.is_shown)
    qtbot.waitUntil(lambda: window.train.session.snapshot.network is not None)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_every_plot_has_room_in_the_first_layout(qtbot, window, size):
    window.resize(*size)
    window.reset_layout()
    qtbot.waitUntil(lambda: window.width() == size[0])
    assert window.train.panel.width() <= theme.scaled(360)
    QApplication.processEvents()
    seen = [dock for dock in window.train.docks.docks if dock.is_shown]
    assert len(seen) == 4
    for dock in seen:
        assert dock.width() >= 380, dock.objectName()
        assert dock.height() >= 260, dock.objectName()


def test_no_button_of_the_toolbar_is_pushed_out_at_the_smallest_size(qtbot, window):
    window.resize(1280, 800)
    window.train.session.set("stop.steps", 1_000_000)
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.train.toolbar.progress.bar.isVisible())
    export = window.train.toolbar.button("theme")
    assert export.isVisible()
    assert export.geometry().right() <= window.train.toolbar.width()


def test_every_shortcut_is_unambiguous(window):
    keys = [k.toString() for a in window.actions_.all() for k in a.shortcuts()]
    keys += [a.shortcut().toString() for a in window.rail.actions_.values()]
    keys += [a.shortcut().toString() for a in window.train.own_actions() if a.shortcuts()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("moment", ["loading", "training", "slow"])
def test_closing_at_any_moment_ends_cleanly(qtbot, moment):
    window = MainWindow(Experiment())
    qtbot.addWidget(window)
    window.show()
    if moment != "loading":
        qtbot.waitUntil(lambda: window.train.session.state == "ready")
        window.train.session.set_speed(1 if moment == "slow" else None)
        window.train.session.play()
        qtbot.waitUntil(lambda: len(window.train.session.run.history) > 1)
    window.close()
    assert window.train.session._worker.isFinished()
    assert not window.isVisible()


def test_text_boxes_take_the_letters_that_are_shortcuts(qtbot, window):
    boxes = [
        b for b in window.train.panel.findChildren(QLineEdit) if b.isVisible() and b.isEnabled()
    ]
    run = window.train.session.run
    box = boxes[1]
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClicks(box, "1e-3")
    assert "1e-3" in box.text()
    QApplication.processEvents()
    assert window.train.session.run is run


def test_the_window_trains_on_a_thread_of_its_own(window):
    assert (
        window.train.session.ask(lambda _: threading.get_ident()).result() != threading.get_ident()
    )
