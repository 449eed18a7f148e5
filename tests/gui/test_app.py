import json
import subprocess
import sys

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QMessageBox

from playground.gui import crash
from playground.gui.dialogs.data_import import DataImportDialog
from playground.storage.logs import log_file

START = """
import json, sys, time
from PySide6.QtCore import QTimer
from playground.gui import app, main_window

shown = main_window.MainWindow.showEvent
def show(self, event):
    shown(self, event)
    said = {"modules": list(sys.modules), "switch_s": sys.getswitchinterval()}
    def done(run):
        said["title"] = run.experiment.title
        said["data"] = run.experiment.data.name()
        if run.experiment.data.name() == sys.argv[2]:
            print(json.dumps(said))
            QTimer.singleShot(0, self.close)
    self.train.session.run_started.connect(done)
main_window.MainWindow.showEvent = show
sys.exit(app.main(sys.argv[3:]))
"""


def start(tmp_path, data, *arguments):
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": ""}
    command = [sys.executable, "-c", START, "start", data, *arguments]
    done = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=300
    )
    return json.loads(done.stdout)


def test_the_window_opens_ready_without_the_heavy_libraries(tmp_path):
    said = start(tmp_path, "spiral")
    heavy = {"pandas", "sklearn", "scipy.stats", "scipy.optimize", "scipy.linalg", "pyarrow"}
    heavy |= {"sympy", "mpmath", "matplotlib", "cmaes", "imageio", "ziamath"}
    assert not heavy & set(said["modules"])
    assert said["switch_s"] == pytest.approx(1e-4)


def test_an_experiment_given_as_argument_is_opened(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\n[data]\nkind = "xor"\n')
    assert start(tmp_path, "xor", str(path))["title"] == "Mine"


@pytest.fixture
def own_log(tmp_path, monkeypatch):
    """Keep the log of a test to itself."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))


def boxes():
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]


def test_a_defect_is_logged_and_shown_and_the_window_stays(qtbot, window, own_log, monkeypatch):
    window.train.session.crashed.connect(crash.report)

    def defect(trainer):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("playground.gui.worker.Worker._advance", lambda *_: defect(None))
    window.train.session.play()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    box = window.findChildren(QMessageBox)[0]
    assert "of ours" in box.text()
    assert "ZeroDivisionError: of ours" in log_file().read_text()
    box.close()
    assert window.isVisible()


def test_a_defect_on_another_thread_is_shown_by_the_windows_own(
    qtbot, window, own_log, tmp_path, monkeypatch
):
    def defect(*_):
        raise ZeroDivisionError("of a reader")

    monkeypatch.setattr("playground.gui.dialogs.data_import.preview", defect)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    crash.install_hook()
    reported_on = []
    report = crash.report
    monkeypatch.setattr(
        crash, "report", lambda error: (reported_on.append(QThread.currentThread()), report(error))
    )
    dialog = DataImportDialog(tmp_path / "table.csv", window)
    dialog.open()
    qtbot.waitUntil(lambda: bool(boxes()))
    assert reported_on == [window.thread()]
    (box,) = boxes()
    assert "of a reader" in box.text()
    assert "ZeroDivisionError: of a reader" in log_file().read_text()
    assert dialog.state.text() == "table.csv could not be read."
    box.close()
    dialog.reject()
