import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QToolBar,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import delete

from playground.gui import main_window, memory
from playground.gui.main_window import MainWindow
from playground.gui.plots.formats import count
from playground.gui.session import FRAME_MS, UNWATCHED_FRAME_MS
from playground.gui.workspaces import WORKSPACES, Entry, Offer, Workspace


class Notes(Workspace):
    """A workspace that only notes what the window asks of it."""

    def __init__(self, actions, start=None):
        super().__init__(actions)
        self.asked = []
        self.start = start
        self.line = QLineEdit()
        self.panel = QLabel("panel")
        body = QWidget()
        column = QVBoxLayout(body)
        column.addWidget(self.panel)
        column.addWidget(self.line)
        self.lay_out(QToolBar(), body)

    def title(self):
        return "Notes"

    def offers(self):
        return {
            "reset": Offer(lambda: self.asked.append("reset"), "Tear the page out", "All gone"),
            "step_back": Offer(lambda: self.asked.append("back")),
        }

    def menus(self):
        return {"File": (), "View": ("panel",)}

    def first_focus(self):
        return self.line

    def enter(self):
        self.asked.append("enter")

    def leave(self):
        self.asked.append("leave")

    def remember(self, stored):
        stored.setValue("notes/line", self.line.text())

    def recall(self, stored):
        self.line.setText(str(stored.value("notes/line", "")))

    def shut_down(self):
        self.asked.append("shut down")


@pytest.fixture
def entries(monkeypatch):
    notes = Entry("notes", "Notes", "table", "Write", f"{__name__}:Notes")
    monkeypatch.setattr(Entry, "load", _loading(Entry.load))
    monkeypatch.setattr(main_window, "WORKSPACES", (WORKSPACES[0], notes))


def _loading(load):
    def loaded(entry):
        return Notes if entry.name == "notes" else load(entry)

    return loaded


@pytest.fixture
def two(qtbot, entries, experiment):
    """A window with two workspaces, on the first one."""
    window = MainWindow(experiment)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: window.train.session.state == "ready")
    yield window
    window.close()


@pytest.mark.parametrize("entry", WORKSPACES, ids=lambda entry: entry.name)
def test_every_registered_workspace_is_one(entry):
    assert issubclass(entry.load(), Workspace)


def test_a_window_with_one_workspace_has_no_rail(qtbot, experiment, monkeypatch):
    monkeypatch.setattr(main_window, "WORKSPACES", WORKSPACES[:1])
    window = MainWindow(experiment)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert not window.rail.isVisible()
    window.close()


def test_keys_and_clicks_on_the_rail_choose_a_workspace_made_at_first_sight(qtbot, two):
    assert two.rail.isVisible()
    assert list(two._made) == ["train"]
    qtbot.keyClick(two, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(two.current, Notes)
    assert two.rail.buttons["notes"].isChecked()
    assert two.windowTitle().startswith("Notes")
    qtbot.waitUntil(two.current.line.hasFocus)
    qtbot.mouseClick(two.rail.buttons["train"], Qt.MouseButton.LeftButton)
    assert two.current is two.train
    assert two.workspace("notes").asked == ["enter", "leave"]


def test_every_button_of_the_rail_says_what_it_is(two):
    for name, button in two.rail.buttons.items():
        assert button.accessibleName()
        keys = two.rail.actions_[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert keys in button.toolTip()


def test_the_rail_shows_that_training_goes_on_unseen(qtbot, two, monkeypatch):
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, text, widget: said.append(text))
    session, button = two.train.session, two.rail.buttons["train"]
    assert not button.is_marked
    resting = button.grab().toImage()
    session.play()
    two.show_workspace("notes")
    qtbot.waitUntil(lambda: button.is_marked)
    unseen = button.grab().toImage()
    qtbot.waitUntil(lambda: session.snapshot.step > 0)
    QApplication.sendEvent(button, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5)))
    assert f"training, step {count(session.snapshot.step)}" in said[0]
    session.pause()
    qtbot.waitUntil(lambda: not button.is_marked)
    assert button.accessibleDescription() == ""
    two.show_workspace("train")
    assert resting == button.grab().toImage() != unseen


def test_a_single_step_does_not_flicker_on_the_rail(qtbot, two):
    session, button = two.train.session, two.rail.buttons["train"]
    button._soon.setInterval(600_000)
    marked = []
    session.state_changed.connect(lambda: marked.append(button.is_marked))
    session.step_once()
    qtbot.waitUntil(lambda: session.state == "paused")
    assert marked == [False, False]
    assert not button._soon.isActive()


def test_shared_actions_go_to_the_workspace_that_is_shown(qtbot, two):
    run, reset = two.train.session.run, two.actions_["reset"]
    first = reset.text()
    two.show_workspace("notes")
    assert reset.text() == "Tear the page out"
    assert "All gone" in reset.toolTip()
    two.setFocus()
    qtbot.keyClick(two, Qt.Key.Key_R)
    qtbot.keyClick(two, Qt.Key.Key_Left)
    assert two.current.asked[-2:] == ["reset", "back"]
    assert two.train.session.run is run
    assert not two.actions_["play"].isEnabled()
    assert not two.actions_["open"].isEnabled()
    two.show_workspace("train")
    assert reset.text() == first
    assert two.actions_["play"].isEnabled()
    assert not two.actions_["step_back"].isEnabled()
    with qtbot.waitSignal(two.train.session.run_started):
        qtbot.keyClick(two, Qt.Key.Key_R)


def test_the_keyboard_is_given_anew_where_the_control_that_had_it_is_gone(qtbot, two):
    field = QLineEdit(two.train)
    field.show()
    field.setFocus()
    assert two.train.focusWidget() is field
    two.show_workspace("notes")
    delete(field)
    two.show_workspace("train")
    assert two.train.focusWidget() is two.train.first_focus()


def test_menus_hold_what_the_workspace_has(two):
    bar = two.menuBar()

    def shown():
        return {a.text().strip("&") for a in bar.actions() if a.isVisible()}

    assert shown() == {"File", "Edit", "Run", "View", "Help"}
    in_train = [a.text() for a in two.menus._menus["View"].actions()]
    two.show_workspace("notes")
    assert shown() == {"File", "View", "Help"}
    two.show_workspace("train")
    assert [a.text() for a in two.menus._menus["View"].actions()] == in_train


def test_the_panel_action_hides_the_panel_of_the_workspace_that_is_shown(two):
    two.show_workspace("notes")
    two.actions_["panel"].trigger()
    assert two.current.panel.isHidden()
    two.show_workspace("train")
    assert two.actions_["panel"].isChecked()
    assert not two.train.panel.isHidden()
    two.show_workspace("notes")
    assert not two.actions_["panel"].isChecked()


def test_training_goes_on_unseen_and_its_views_ask_for_nothing(qtbot, two):
    session = two.train.session
    shown = {dock.objectName() for dock in two.train.docks.docks if dock.is_shown}
    assert len(shown) == 4
    two.actions_["play"].trigger()
    qtbot.waitUntil(lambda: len(session.run.history) > 5)
    two.show_workspace("notes")
    before = len(session.run.history)
    assert not session._control.wanted
    assert session._frames.interval() == UNWATCHED_FRAME_MS
    assert not [dock for dock in two.train.docks.docks if dock.is_shown]
    qtbot.waitUntil(lambda: len(session.run.history) > before + 20)
    assert not two.actions_["play"].isEnabled()
    two.show_workspace("train")
    assert session._frames.interval() == FRAME_MS
    assert two.actions_["play"].text() == "Pause"
    assert {dock.objectName() for dock in two.train.docks.docks if dock.is_shown} == shown
    session.pause()
    qtbot.waitUntil(lambda: session.state == "paused")


def test_the_workspace_and_what_it_left_are_remembered(qtbot, two, experiment):
    two.show_workspace("notes")
    two.current.line.setText("f of x")
    two.close()
    assert two.current.asked[-1] == "shut down"
    assert memory.remembered_workspace() == "notes"
    again = MainWindow(workspace=memory.remembered_workspace())
    qtbot.addWidget(again)
    assert list(again._made) == ["notes"]
    assert again.current.line.text() == "f of x"
    again.close()


def test_a_workspace_of_another_version_is_replaced_by_the_first(qtbot, experiment):
    window = MainWindow(experiment, workspace="gone")
    qtbot.addWidget(window)
    assert window.current is window.train
    window.close()


def test_what_it_opens_with_goes_to_the_first_workspace(qtbot, entries):
    window = MainWindow("x", workspace="notes", remembers=False)
    qtbot.addWidget(window)
    assert window.current.start == "x"
    window.close()
