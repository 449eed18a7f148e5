import pytest
from PySide6.QtCore import QSettings

from playground.gui.panels.side_panel import SECTIONS, SidePanel
from playground.gui.session import Session
from playground.training.experiment import Experiment


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def session(qtbot):
    session = Session(Experiment())
    qtbot.waitUntil(lambda: session.state == "ready")
    yield session
    session.close()


@pytest.fixture
def panel(qtbot, session, settings):
    """The side panel with every section open."""
    settings.setValue("side_panel/open_sections", list(SECTIONS))
    panel = SidePanel(session)
    qtbot.addWidget(panel)
    panel.recall(settings)
    panel.resize(360, 1200)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel
