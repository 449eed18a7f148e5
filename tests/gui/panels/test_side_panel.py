import threading
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea, QStyle

from playground.declarations import with_value
from playground.gui import theme, undoing
from playground.gui.loading import Loader
from playground.gui.panels.side_panel import SECTIONS, SidePanel
from playground.training.experiment import Experiment


def write(qtbot, box, text):
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def number(panel, path):
    part, name = path.split(".")
    field = panel.fields[part]
    return (field.form if hasattr(field, "form") else field).fields[name]


def restarted(qtbot, session):
    return qtbot.waitSignal(session.run_started)


def test_every_setting_of_the_experiment_has_its_place(panel):
    placed = {name for names in SECTIONS.values() for name in names}
    assert placed == set(Experiment.model_fields) - {"title"}
    assert set(panel.fields) == placed


def test_dragging_the_learning_rate_while_it_trains_reaches_the_trainer(qtbot, panel, session):
    session.play()
    qtbot.waitUntil(lambda: session.state == "running")
    slider = number(panel, "optimizer.learning_rate").editor.slider
    start = slider.rectangle(QStyle.SubControl.SC_SliderHandle).center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for x in range(0, 40, 2):
        qtbot.mouseMove(slider, start + QPoint(x, 0))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    rate = number(panel, "optimizer.learning_rate").editor.value
    assert rate > 0.005
    assert session.experiment.optimizer.learning_rate == rate
    qtbot.waitUntil(lambda: bool(session.run.edits) and session.run.edits[-1].new == rate)
    assert {edit.path for edit in session.run.edits} == {"optimizer.learning_rate"}
    assert session.state == "running"


def test_another_optimizer_keeps_the_run(qtbot, panel, session):
    run = session.run
    box = panel.fields["optimizer"].box
    while box.currentData() != "rmsprop":
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert session.experiment.optimizer.kind == "rmsprop"
    qtbot.waitUntil(lambda: bool(run.edits) and run.edits[-1].new == "rmsprop")
    assert session.run is run
    assert set(panel.fields["optimizer"].form.fields) > {"learning_rate", "decay", "epsilon"}


def test_a_change_of_the_model_restarts(qtbot, panel, session):
    run = session.run
    rows = panel.fields["model"].form.fields["hidden"].editor.rows
    with restarted(qtbot, session):
        write(qtbot, rows[0].editors["units"].box, "3")
    assert session.run is not run
    assert session.run.layout.size == 2 * 3 + 3 + 3 * 8 + 8 + 8 + 1


def test_a_value_that_the_experiment_refuses_goes_back_with_the_reason(qtbot, panel, session):
    panel.fields["split"].fold.set_open(True)
    test = number(panel, "split.test")
    write(qtbot, test.editor.box, "50")
    assert test.complaint.isVisible()
    assert test.complaint.text().startswith("train and test together must be ≤ 100 %")
    assert test.editor.box.text() == "0 %"
    assert session.experiment.split.test == 0


def test_changes_from_elsewhere_are_shown(panel, session):
    session.set("penalties.l2", 0.01)
    assert number(panel, "penalties.l2").editor.box.text() == "0.01"


def test_unchanged_parts_are_left_alone(panel, session):
    form = panel.fields["optimizer"].form
    session.set("optimizer.beta1", 0.5)
    assert panel.fields["optimizer"].form is form


def test_the_focus_stays_while_values_change(qtbot, panel, session):
    panel.activateWindow()
    box = number(panel, "optimizer.learning_rate").editor.box
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    session.set("clipping.norm", 2.0)
    assert box.hasFocus()


def tab_heights(qtbot, panel):
    """Return how far down each control is that Tab leads to, in pixels."""
    body = panel.findChild(QScrollArea).widget()
    first = panel.sections["Data"].header
    panel.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    stops = []
    while panel.focusWidget() not in stops:
        stops.append(panel.focusWidget())
        qtbot.keyClick(panel.focusWidget(), Qt.Key.Key_Tab)
    return [w.mapTo(body, w.rect().center()).y() for w in stops]


def runs_downwards(heights):
    # The lower one of two moving buttons is a little below the row's other controls.
    return all(later > earlier - 16 for earlier, later in pairwise(heights))


def test_tab_visits_the_controls_from_top_to_bottom(qtbot, panel, session):
    for part in ("split", "stop", "seeds"):
        panel.fields[part].fold.set_open(True)
    heights = tab_heights(qtbot, panel)
    assert runs_downwards(heights)
    assert len(heights) > 60


def test_controls_that_come_later_take_their_place_in_the_order_of_tab(qtbot, panel, session):
    session.set("optimizer.kind", "momentum")
    with restarted(qtbot, session):
        qtbot.mouseClick(
            panel.fields["model"].form.fields["hidden"].editor.add_button,
            Qt.MouseButton.LeftButton,
        )
    assert runs_downwards(tab_heights(qtbot, panel))


def test_losses_that_do_not_fit_the_data_are_greyed_with_the_reason(qtbot, panel, session):
    box = panel.fields["loss"].box
    model = box.model()

    def entry(name):
        return model.item(box.findData(name))

    assert entry("binary_cross_entropy").isEnabled()
    assert not entry("cross_entropy").isEnabled()
    assert "binary classification" in entry("cross_entropy").toolTip()
    with restarted(qtbot, session):
        session.set("data.kind", "regression_plane")
    assert not entry("binary_cross_entropy").isEnabled()
    assert entry("mean_squared_error").isEnabled()


def test_chips_switch_features(qtbot, panel, session):
    chips = panel.fields["features"].chips
    assert chips["x1"].isChecked()
    assert not chips["x1_x2"].isChecked()
    with restarted(qtbot, session):
        qtbot.mouseClick(chips["x1_x2"], Qt.MouseButton.LeftButton)
    assert session.run.prepared.feature_names == ("x₁", "x₂", "x₁x₂")


def test_without_any_feature_the_session_goes_back_and_so_does_the_chip(qtbot, panel, session):
    chips = panel.fields["features"].chips
    with restarted(qtbot, session):
        qtbot.mouseClick(chips["x1"], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(session.failed):
        qtbot.mouseClick(chips["x2"], Qt.MouseButton.LeftButton)
    assert chips["x2"].isChecked()
    assert panel.history.stack.count() == 1


def test_features_are_shown_only_where_they_act(qtbot, panel, session):
    with restarted(qtbot, session):
        session.set("data.kind", "iris")
    assert not panel.sections["Features"].isVisible()
    with restarted(qtbot, session):
        session.set("data.kind", "sine")
    assert panel.sections["Features"].isVisible()
    shown = [name for name, chip in panel.fields["features"].chips.items() if chip.isVisible()]
    assert shown == ["x1", "x1_squared", "sin_x1"]


def test_choosing_a_file_as_data_asks_for_the_file(qtbot, panel, session):
    box = panel.fields["data"].box
    with qtbot.waitSignal(panel.open_file_requested):
        box.setCurrentIndex(box.findData("file"))
        box.activated.emit(box.currentIndex())
    assert box.currentData() == "spiral"
    with qtbot.waitSignal(panel.open_file_requested):
        qtbot.mouseClick(panel.open_button, Qt.MouseButton.LeftButton)


def test_undo_and_redo_of_a_live_change_keep_the_run(qtbot, panel, session, monkeypatch):
    monkeypatch.setattr(undoing, "MERGE_WITHIN_S", 0)
    run, box = session.run, number(panel, "optimizer.learning_rate").editor.box
    assert not panel.undo_action.isEnabled()
    write(qtbot, box, "0.5")
    write(qtbot, box, "0.25")
    panel.undo_action.trigger()
    assert (session.experiment.optimizer.learning_rate, box.text()) == (0.5, "0.5")
    panel.undo_action.trigger()
    assert session.experiment == Experiment()
    assert not panel.undo_action.isEnabled()
    panel.redo_action.trigger()
    panel.redo_action.trigger()
    assert session.experiment.optimizer.learning_rate == 0.25
    assert session.run is run


def test_a_replaced_loss_is_undone_together_with_the_data(qtbot, panel, session):
    with restarted(qtbot, session):
        session.set("data.kind", "regression_plane")
    assert session.experiment.loss.kind == "mean_squared_error"
    assert panel.history.stack.count() == 1
    with restarted(qtbot, session):
        panel.undo_action.trigger()
    assert session.experiment == Experiment()


def test_changes_that_cannot_be_loaded_are_forgotten(qtbot, panel, session):
    chips = panel.fields["features"].chips
    with qtbot.waitSignal(session.failed):
        qtbot.mouseClick(chips["x1"], Qt.MouseButton.LeftButton)
        qtbot.mouseClick(chips["x2"], Qt.MouseButton.LeftButton)
    assert session.experiment == Experiment()
    assert panel.history.stack.count() == 0


@pytest.fixture
def go(monkeypatch):
    """Keeps everything that is loaded from being ready until it is set."""
    go, build = threading.Event(), Loader.build

    def held(loader, experiment):
        go.wait()
        return build(loader, experiment)

    monkeypatch.setattr(Loader, "build", held)
    yield go
    go.set()


def test_an_edit_while_data_is_loading_is_undone_on_its_own(qtbot, panel, session, go):
    session.set("data.kind", "digits")
    qtbot.waitUntil(lambda: session.state == "loading")
    with restarted(qtbot, session):
        write(qtbot, number(panel, "penalties.l2").editor.box, "0.5")
        go.set()
    assert session.experiment.penalties.l2 == 0.5
    panel.undo_action.trigger()
    assert session.experiment.penalties.l2 == 0
    assert session.experiment.data.kind == "digits"


def test_undo_of_a_removed_layer_brings_it_back(qtbot, panel, session):
    before = with_value(session.experiment, "model.hidden.0.units", 3)
    with restarted(qtbot, session):
        session.set("model.hidden.0.units", 3)
    with restarted(qtbot, session):
        rows = panel.fields["model"].form.fields["hidden"].editor.rows
        qtbot.mouseClick(rows[0].remove, Qt.MouseButton.LeftButton)
    assert len(session.experiment.model.hidden) == 1
    with restarted(qtbot, session):
        panel.undo_action.trigger()
    assert session.experiment == before


def test_a_whole_new_experiment_can_be_undone(qtbot, panel, session):
    other = with_value(Experiment(title="Other"), "data.kind", "circle")
    with restarted(qtbot, session):
        session.load(other)
    with restarted(qtbot, session):
        panel.undo_action.trigger()
    assert session.experiment == Experiment()


@pytest.mark.parametrize("n_open", [0, 1, len(SECTIONS) - 1])
def test_open_sections_are_remembered(qtbot, panel, session, settings, n_open):
    closed = list(SECTIONS)[n_open:]
    for title in closed:
        qtbot.mouseClick(panel.sections[title].header, Qt.MouseButton.LeftButton)
    panel.remember(settings)
    again = SidePanel(session)
    qtbot.addWidget(again)
    again.recall(settings)
    open_titles = [title for title, section in again.sections.items() if section.is_open]
    assert open_titles == list(SECTIONS)[:n_open]


def test_open_sections_stay_open_at_another_scale(panel):
    panel.sections["Model"].set_open(False)
    theme.set_scale(1.25)
    assert [title for title, section in panel.sections.items() if not section.is_open] == ["Model"]


def test_a_closed_section_says_what_it_holds(qtbot, panel, session):
    panel.sections["Optimizer"].set_open(False)
    assert panel.sections["Optimizer"].summary.text() == "Adam 0.001"
    session.set("optimizer.learning_rate", 0.5)
    assert panel.sections["Optimizer"].summary.text() == "Adam 0.5"


def test_the_filter_opens_what_a_layer_folds_away(qtbot, panel):
    row = panel.fields["model"].form.fields["hidden"].editor.rows[0]
    qtbot.keyClicks(panel.search, "residual")
    assert row.editors["residual"].button.isVisible()
    panel.search.clear()
    assert not row.editors["residual"].button.isVisible()


def test_the_filter_leaves_the_settings_that_match(qtbot, panel):
    panel.sections["Optimizer"].set_open(False)
    qtbot.keyClicks(panel.search, "learning")
    assert number(panel, "optimizer.learning_rate").isVisible()
    assert not number(panel, "optimizer.beta1").isVisible()
    assert not panel.sections["Training"].isVisible()
    panel.search.clear()
    assert panel.sections["Training"].isVisible()
    assert not number(panel, "optimizer.learning_rate").isVisible()


def test_nothing_is_wider_than_the_panel(panel):
    for section in panel.sections.values():
        section.set_open(True)
    for part in ("split", "stop", "seeds"):
        panel.fields[part].fold.set_open(True)
    panel.adjustSize()
    panel.resize(panel.minimumSizeHint().width(), 700)
    scroll = panel.findChild(QScrollArea)
    assert not scroll.horizontalScrollBar().isVisible()
    assert scroll.widget().width() <= scroll.viewport().width()
    assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width()


def test_another_scale_makes_the_controls_anew_with_the_same_values(qtbot, panel, session):
    session.set("optimizer.learning_rate", 0.5)
    height = number(panel, "optimizer.learning_rate").editor.box.height()
    theme.set_scale(1.5)
    box = number(panel, "optimizer.learning_rate").editor.box
    assert box.text() == "0.5"
    qtbot.waitUntil(lambda: box.height() > height)
    assert panel.fields["features"].isVisible()


@pytest.mark.parametrize("text", ["abc", "-1", "", "1e999"])
def test_nonsense_changes_nothing(qtbot, panel, session, text):
    box = number(panel, "optimizer.learning_rate").editor.box
    box.clear()
    write(qtbot, box, text)
    assert session.experiment == Experiment()
    assert box.text() == "0.001"
