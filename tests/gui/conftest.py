import threading
from functools import partialmethod

import pytest
from PySide6.QtCore import QSettings, QThread, QTimer
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from playground.gui import memory, theme, undoing
from playground.gui.collector import collected_by_hand
from playground.gui.main_window import MainWindow
from playground.training.experiment import Experiment

WAIT_MS = 30_000
"""How long a test waits for what has to come; only a test that fails takes that long."""


class PatientBot(QtBot):
    """Waits long enough for a slow machine that does something else as well."""

    waitActive = partialmethod(QtBot.waitActive, timeout=WAIT_MS)
    waitCallback = partialmethod(QtBot.waitCallback, timeout=WAIT_MS)
    waitExposed = partialmethod(QtBot.waitExposed, timeout=WAIT_MS)
    waitSignal = partialmethod(QtBot.waitSignal, timeout=WAIT_MS)
    waitSignals = partialmethod(QtBot.waitSignals, timeout=WAIT_MS)
    waitUntil = partialmethod(QtBot.waitUntil, timeout=WAIT_MS)


@pytest.fixture
def qtbot(qapp, request):
    return PatientBot(request)


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
def _slow_drags(monkeypatch):
    """Take a drag back as one change, however long a slow machine needs between two moves."""
    monkeypatch.setattr(undoing, "MERGE_WITHIN_S", 60.0)


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
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: window.train.session.state == "ready")
    yield window
    window.close()
