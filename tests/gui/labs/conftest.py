import pyqtgraph as pg
import pytest

from playground.descent.race import Race
from playground.gui.main_window import MainWindow
from tests.gui.labs.descent_window import settle


@pytest.fixture
def every_move():
    """Let pyqtgraph pass on every move of the mouse, not a hundred a second at most."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture
def derivative(qtbot, every_move):
    """The derivative workspace in the real window."""
    window = MainWindow("x^3 - 3x", workspace="derivative", remembers=False)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: window.current.page.area.docks[0].is_shown)
    yield window.current
    window.close()


@pytest.fixture
def workspace(qtbot, every_move):
    window = MainWindow(Race(steps=200), workspace="descent", remembers=False)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    workspace = window.current
    settle(qtbot, workspace)
    yield workspace
    window.close()
