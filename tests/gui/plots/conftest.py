import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from playground.gui import plots
from playground.gui.session import Session
from playground.presets import load


@pytest.fixture(autouse=True)
def _every_move_of_the_mouse_counts():
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", 0)
    yield
    pg.setConfigOption("mouseRateLimit", before)


class Desk(QMainWindow):
    """All plots beside each other, fed by a real session."""

    def __init__(self, session):
        super().__init__()
        self.session = session
        self.setDockNestingEnabled(True)
        self.docks = {dock.objectName(): dock for dock in plots.docks(session)}
        self.task, self.loss = self.docks["task_view"], self.docks["loss_curves"]
        self.histograms, self.norms = self.docks["histograms"], self.docks["gradient_norms"]
        self.network = self.docks["network_view"]
        for dock in self.docks.values():
            self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        self.splitDockWidget(self.task, self.loss, Qt.Orientation.Horizontal)
        self.splitDockWidget(self.task, self.histograms, Qt.Orientation.Vertical)
        self.splitDockWidget(self.loss, self.norms, Qt.Orientation.Vertical)
        # Tests show the others where they need them.
        for dock in self.docks.values():
            if dock not in (self.task, self.loss, self.histograms, self.norms):
                self.tabifyDockWidget(self.task, dock)
                dock.close()
        self.resize(1000, 800)


@pytest.fixture
def open_desk(qtbot):
    desks = []

    def opened(preset="default"):
        desk = Desk(Session(load(preset)))
        desks.append(desk)
        qtbot.addWidget(desk)
        with qtbot.waitExposed(desk):
            desk.show()
        qtbot.waitUntil(lambda: desk.session.state == "ready")
        # The first pictures may have been taken before the docks were there to ask for them.
        qtbot.waitUntil(lambda: desk.session.snapshot.task is not None)
        qtbot.waitUntil(lambda: bool(desk.session.snapshot.histograms))
        return desk

    yield opened
    for desk in desks:
        desk.close()
        desk.session.close()


@pytest.fixture
def desk(open_desk):
    return open_desk()


@pytest.fixture
def train(qtbot):
    """Train some epochs and come to rest."""

    def trained(desk, epochs=1):
        for _ in range(epochs):
            before = desk.session.snapshot.step
            desk.session.step_epoch()
            qtbot.waitUntil(
                lambda before=before: (
                    desk.session.state in ("paused", "ended")
                    and desk.session.snapshot.step > before
                )
            )

    return trained
