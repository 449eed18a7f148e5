import csv
import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from playground.errors import StorageError
from playground.gui import memory
from playground.gui.dialogs.about import AboutDialog, ShortcutsDialog
from playground.gui.dialogs.data_import import DataImportDialog
from playground.gui.dialogs.export import RunExportDialog
from playground.gui.plots import PlotDock
from playground.storage import runs


@pytest.fixture
def table(tmp_path):
    """Two useful columns, an identifier, a constant, and a target of two classes."""
    path = tmp_path / "flowers.csv"
    rng = np.random.default_rng(0)
    lines = ["name,length,width,unit,kind"]
    for i in range(120):
        length, width = rng.normal(5, 1), rng.normal(2, 1)
        gap = "" if i == 7 else f"{width:.3f}"
        lines.append(f"plant {i},{length:.3f},{gap},cm,{'a' if length > 5 else 'b'}")
    path.write_text("\n".join(lines))
    return path


def opened(qtbot, path, window=None):
    dialog = DataImportDialog(path, window)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def is_read(dialog):
    return lambda: dialog.target.count() > 0


def test_the_import_previews_and_proposes(qtbot, table):
    dialog = opened(qtbot, table)
    qtbot.waitUntil(is_read(dialog))
    values = dialog.values()
    assert values["target"] == "kind"
    assert values["features"] == ["length", "width"]
    assert values["missing"] == "mean"
    assert dialog.rows.item(7, 2).text() == ""
    assert "classification" in dialog.task.itemText(0)
    assert "120 rows" in dialog.caption.text()
    dialog.reject()


def test_what_is_chosen_is_trained_on(qtbot, window, table):
    window.train.documents.open_path(table)
    dialog = window.findChild(DataImportDialog)
    qtbot.waitUntil(is_read(dialog))
    item = dialog.columns.item(2, 0)
    item.setCheckState(Qt.CheckState.Unchecked)
    dialog.target.setCurrentText("length")
    with qtbot.waitSignal(window.train.session.run_started):
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    prepared = window.train.session.run.prepared
    assert prepared.table.target_name == "length"
    assert prepared.feature_names == ("kind=a", "kind=b")
    assert window.train.session.experiment.loss.name() == "mean_squared_error"


def test_without_a_feature_nothing_can_be_used(qtbot, table):
    dialog = opened(qtbot, table)
    qtbot.waitUntil(is_read(dialog))
    for i in range(dialog.columns.rowCount()):
        dialog.columns.item(i, 0).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 50, b"a,a\n1,2\n"])
def test_a_file_that_is_no_table_says_why(qtbot, tmp_path, content):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    dialog = opened(qtbot, path)
    qtbot.waitUntil(lambda: "bad.csv" in dialog.state.text() and "…" not in dialog.state.text())
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


def test_closing_while_reading_ends_the_thread(qtbot, table):
    dialog = opened(qtbot, table)
    reader = dialog._reader
    dialog.reject()
    assert reader.isFinished()


@pytest.fixture
def export(qtbot, window, tmp_path):
    """The export dialog on a run of 30 steps, nothing chosen."""
    window.train.session.train(30)
    qtbot.waitUntil(lambda: window.train.session.state == "paused")
    window.actions_["export"].trigger()
    dialog = window.findChild(RunExportDialog)
    dialog.folder.setText(str(tmp_path / "out"))
    for box in dialog.boxes.values():
        box.setChecked(False)
    return dialog


def choose(qtbot, dialog, *keys):
    for key in keys:
        dialog.boxes[key].setChecked(True)
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)


def is_done(dialog):
    return lambda: dialog.plan.objectName() in ("success", "danger")


def test_the_exported_curve_is_the_history_to_the_last_digit(qtbot, window, export, tmp_path):
    choose(qtbot, export, "curves.csv", "curves.json")
    qtbot.waitUntil(is_done(export))
    with (tmp_path / "out" / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    written = [float(row["batch_loss"]) for row in rows if row["batch_loss"]]
    recorded = window.train.session.run.history["batch_loss"]
    np.testing.assert_array_equal(written, recorded[np.isfinite(recorded)])
    columns = json.loads((tmp_path / "out" / "curves.json").read_text())
    assert json.dumps(columns).count("batch_loss") == 1
    export.close()


def test_every_plot_in_sight_is_exported(qtbot, window, export, tmp_path):
    task, network = (
        window.train.docks.findChild(PlotDock, n) for n in ("task_view", "network_view")
    )
    task.close()
    qtbot.waitUntil(lambda: network.is_shown and window.train.session.snapshot.network is not None)
    seen = [dock for dock in window.train.docks.docks if dock.is_shown]
    assert len(seen) == 4
    choose(qtbot, export, "plots.png", "plots.svg")
    qtbot.waitUntil(is_done(export))
    for dock in seen:
        picture = QImage(str(tmp_path / "out" / f"{dock.objectName()}.png"))
        colors = {
            picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, 300, 3)
        }
        assert len(colors) > 5
        assert "<svg" in (tmp_path / "out" / f"{dock.objectName()}.svg").read_text()
    assert not (tmp_path / "out" / "task_view.png").exists()
    export.close()


def test_the_run_and_its_predictions_are_exported(qtbot, window, export, tmp_path):
    choose(qtbot, export, "run", "predictions.train", "predictions.validation")
    qtbot.waitUntil(is_done(export))
    saved = runs.load_run(tmp_path / "out" / "run" / "run.toml")
    assert saved.steps == 30
    weights = np.load(tmp_path / "out" / "run" / "weights.npz")
    live = window.train.session.ask(lambda trainer: trainer.parameters()).result()
    np.testing.assert_array_equal(weights["hidden1.weight"], live["hidden1.weight"])
    with (tmp_path / "out" / "predictions-validation.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(window.train.session.run.prepared.validation)
    assert memory.folder("export") == str(tmp_path / "out")
    export.close()


def test_all_runs_share_a_file(qtbot, window, tmp_path):
    for _ in range(2):
        with qtbot.waitSignal(window.train.session.run_started):
            window.train.session.new_seed()
        window.train.session.train(5)
        qtbot.waitUntil(lambda: window.train.session.state == "paused")
    dialog = RunExportDialog(window.train.session, window.train.docks.docks, window)
    dialog.open()
    dialog.folder.setText(str(tmp_path))
    for box in dialog.boxes.values():
        box.setChecked(False)
    dialog.all_runs.click()
    choose(qtbot, dialog, "curves.csv")
    qtbot.waitUntil(is_done(dialog))
    with (tmp_path / "curves.csv").open() as file:
        labels = {row["run"] for row in csv.DictReader(file)}
    assert labels == {window.train.session.runs[0].label, window.train.session.run.label}
    dialog.close()


def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(qtbot, export, tmp_path):
    (tmp_path / "file").write_text("")
    export.folder.setText(str(tmp_path / "file" / "sub"))
    choose(qtbot, export, "curves.csv")
    qtbot.waitUntil(is_done(export))
    assert export.plan.objectName() == "danger"
    assert "sub" in export.plan.text()
    assert export.export_button.isEnabled()
    export.close()


def test_a_failure_half_way_is_said(qtbot, export, monkeypatch, tmp_path):
    def full(*_):
        raise StorageError("run.toml: cannot be written: the disk is full")

    monkeypatch.setattr("playground.storage.runs.save_run", full)
    choose(qtbot, export, "run")
    qtbot.waitUntil(is_done(export))
    assert "disk is full" in export.plan.text()
    export.close()


def test_exporting_does_not_end_a_run(qtbot, window, export):
    window.train.session.play()
    qtbot.waitUntil(lambda: window.train.session.state == "running")
    choose(qtbot, export, "run")
    qtbot.waitUntil(is_done(export))
    rows = len(window.train.session.run.history)
    qtbot.waitUntil(lambda: len(window.train.session.run.history) > rows + 50)
    export.close()


def test_closing_the_window_during_an_export_ends_cleanly(qtbot, window, export, tmp_path):
    choose(qtbot, export, "curves.csv", "curves.json", "curves.parquet", "run")
    exporter = export._exporter
    window.close()
    assert exporter.isFinished()
    assert not list((tmp_path / "out").glob(".*"))


def test_help_lists_every_shortcut(qtbot, window):
    window.actions_["shortcuts"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    texts = [label.text() for label in dialog.findChildren(type(window.train.toolbar.speed.label))]
    assert "Find a setting" in texts
    offered = [a for a in window.actions_.all() if a.objectName() != "step_back"]
    for action in offered:
        if action.shortcuts():
            assert action.statusTip() in texts
    assert window.actions_["step_back"].statusTip() not in texts
    dialog.close()
    AboutDialog(window).close()
