import threading

import pytest
from PySide6.QtCore import QSettings, QThread, QTimer
from shiboken6 import isValid

from playground.gui import memory, theme
from playground.gui.collector import collected_by_hand
from playground.gui.main_window import MainWindow
from playground.training.experiment import Experiment

LOADED_MS = 10_000


@pytest.fixture(scope="session", autouse=True)
def _application(qapp):
    memory.name_application(qapp)
    theme.install("light")


@pytest.fixture(autouse=True)
def _own_settings(_application, tmp_path):
    """Keep the settings of a test to itself; the theme starts light and at scale 1."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    yield
    if theme.current_theme().name != "light" or theme.current_scale() != 1.0:
        theme.set_theme("light")
        theme.set_scale(1.0)


@pytest.fixture(autouse=True)
def _garbage():
    """Collect on this thread, as the application does."""
    with collected_by_hand():
        yield


@pytest.fixture(autouse=True)
def _no_leaks(request, monkeypatch):
    """Fail a test that leaves a thread or a timer running; name who it was."""
    started: list[QThread | QTimer] = []
    for kind in (QThread, QTimer):
        monkeypatch.setattr(kind, "start", _recording(kind.start, started))
    threads_before = set(threading.enumerate())
    yield
    alive = [t for t in started if isValid(t) and isinstance(t, QThread) and t.isRunning()]
    ticking = [
        t
        for t in started
        if isValid(t) and isinstance(t, QTimer) and t.isActive() and not t.parent()
    ]
    others = set(threading.enumerate()) - threads_before
    assert not alive, f"threads still running: {[t.objectName() for t in alive]}"
    assert not ticking, f"timers without owner still ticking: {ticking}"
    assert not {t for t in others if not isinstance(t, threading._DummyThread)}


def _recording(start, started):
    def recorded(self, *args):
        started.append(self)
        return start(self, *args)

    return recorded


@pytest.fixture
def experiment():
    """A small experiment that trains at once."""
    return Experiment()


@pytest.fixture
def window(qtbot, experiment):
    """The real window, shown and loaded; closed afterwards."""
    window = MainWindow(experiment)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: window.train.session.state == "ready", timeout=LOADED_MS)
    yield window
    window.close()
