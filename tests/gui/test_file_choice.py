"""Names of files that the user types are kept, and nothing is replaced unasked."""

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from playground.gui import memory
from playground.gui.file_choice import file_to_open, file_to_save


@pytest.fixture
def choose(qtbot, monkeypatch):
    """Return what is chosen when the user types a name and answers the question, if any."""
    parent = QWidget()
    qtbot.addWidget(parent)
    asked = []

    def chosen(name, *, may_replace=None):
        def answer(*_):
            asked.append(name)
            buttons = QMessageBox.StandardButton
            return buttons.Yes if may_replace else buttons.No

        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(name), ""))
        monkeypatch.setattr(QMessageBox, "question", answer)
        asked.clear()
        path = file_to_save(parent, "Save race", "races", "race.toml", "Races (*.toml)")
        assert bool(asked) == (may_replace is not None)
        return path

    return chosen


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("a.toml", "a.toml"),
        ("A.TOML", "A.TOML"),
        ("a", "a.toml"),
        ("rate 0.05", "rate 0.05.toml"),
    ],
)
def test_the_name_is_kept_and_its_suffix_added(choose, tmp_path, typed, written):
    assert choose(tmp_path / typed) == tmp_path / written
    assert memory.folder("races") == str(tmp_path)


def test_no_other_file_is_replaced_unasked(choose, tmp_path):
    (tmp_path / "a.toml").touch()
    assert choose(tmp_path / "a", may_replace=False) is None
    assert choose(tmp_path / "a", may_replace=True) == tmp_path / "a.toml"
    # Of the very name that was typed the dialog has asked already.
    assert choose(tmp_path / "a.toml") == tmp_path / "a.toml"


def test_nothing_chosen_is_nothing(choose, monkeypatch, qtbot):
    assert choose("") is None
    parent = QWidget()
    qtbot.addWidget(parent)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    assert file_to_open(parent, "Open", "races", "Races (*.toml)") is None
