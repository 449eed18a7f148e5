import json
import subprocess
import sys

import pytest
from PySide6.QtWidgets import QMessageBox

from playground.gui import crash
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


def test_a_defect_is_logged_and_shown_and_the_window_stays(qtbot, window, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
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
