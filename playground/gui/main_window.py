"""The main window: settings left, plots right, toolbar above, readout below."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QComboBox,
    QMainWindow,
    QSplitter,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from playground.gui import memory, plots, theme
from playground.gui.actions import Actions
from playground.gui.dock_area import DockArea
from playground.gui.documents import Documents
from playground.gui.icons import application_icon
from playground.gui.menus import PresetMenu, fill_menu_bar
from playground.gui.message_bar import MessageBar
from playground.gui.panels.side_panel import SidePanel
from playground.gui.session import Session
from playground.gui.status_bar import StatusBar
from playground.gui.toolbar import Toolbar
from playground.training.experiment import Experiment
from playground.training.snapshots import Ending

PANEL_WIDTH = 328

DIVERGENCE_HELP = (
    "What usually helps: a lower learning rate, clipping the gradient norm, smaller first weights, "
    "or float64."
)


class MainWindow(QMainWindow):
    """Everything on the screen; it translates between its parts and the session.

    Parameters
    ----------
    experiment
        What it opens with.
    remembers
        Whether it takes over the last window's layout and leaves its own for the next one.
    """

    def __init__(self, experiment: Experiment, *, remembers: bool = True) -> None:
        super().__init__()
        self._remembers = remembers
        self._splitter_state: QByteArray | None = None
        self.session = Session(experiment, self)
        self.actions_ = Actions(self)
        self.addActions(self.actions_.all())
        self.messages = MessageBar(self)
        self.documents = Documents(self.session, self.messages, self)
        self.panel = SidePanel(self.session)
        self.docks = DockArea(plots.docks(self.session), self)
        self.presets = PresetMenu(self, self.documents.open_preset)
        self.toolbar = Toolbar(self.session, self.actions_, self.presets)
        self.status = StatusBar(self.session)
        self._build()
        self._connect_actions()
        self._connect_session()
        self.resize(self._first_size())
        if remembers:
            self._recall()

    # --- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowIcon(application_icon())
        self.addToolBar(self.toolbar)
        self.setStatusBar(self.status)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.panel)
        self.splitter.addWidget(self.docks)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        centre = QWidget(self)
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.messages)
        layout.addWidget(self.splitter, 1)
        self.setCentralWidget(centre)
        self.edit_actions = (
            self.panel.undo_action,
            self.panel.redo_action,
            self.panel.find_action,
        )
        fill_menu_bar(
            self.menuBar(), self.actions_, self.presets, self.edit_actions, self.docks.toggles()
        )
        self._show_title(self.session.experiment)
        # Not on the first control of the panel, which keys would change.
        self.toolbar.play.setFocus()

    def _connect_actions(self) -> None:
        session, actions = self.session, self.actions_
        for name, slot in {
            "play": session.toggle,
            "step": session.step_once,
            "epoch": session.step_epoch,
            "reset": session.reset,
            "new_seed": session.new_seed,
            "clear_runs": session.clear_runs,
            "check_gradients": self.check_gradients,
            "initialization": self.compare_initializers,
            "open": self.documents.choose_experiment,
            "save": self.documents.save_experiment,
            "open_data": self.documents.choose_data,
            "export": self.export,
            "quit": self.close,
            "theme": self.switch_theme,
            "reset_layout": self.reset_layout,
            "larger": self.enlarge,
            "smaller": self.shrink,
            "shortcuts": self.show_shortcuts,
            "about": self.show_about,
        }.items():
            actions[name].triggered.connect(slot)
        actions["panel"].toggled.connect(self.panel.setVisible)
        self.panel.open_file_requested.connect(self.documents.choose_data)

    def _connect_session(self) -> None:
        self.session.failed.connect(self._on_failed)
        self.session.noticed.connect(self._on_noticed)
        self.session.diverged.connect(self._on_diverged)
        self.session.run_started.connect(self._on_run_started)
        self.session.experiment_changed.connect(self._show_title)

    # --- looking closer ------------------------------------------------------------------------

    @Slot()
    def check_gradients(self) -> None:
        """Open the gradient check of the run where it stands."""
        from playground.gui.dialogs.gradient_check import GradientCheckDialog

        if self.session.run is not None:
            GradientCheckDialog(self.session, self).open()

    @Slot()
    def compare_initializers(self) -> None:
        """Open the initialisation report of the present experiment."""
        from playground.gui.dialogs.initialization import InitializationDialog

        if self.session.run is not None:
            InitializationDialog(self.session, self).open()

    # --- export ---------------------------------------------------------------------------------

    @Slot()
    def export(self) -> None:
        """Open the export dialog."""
        from playground.gui.dialogs.export import ExportDialog

        if self.session.run is not None:
            ExportDialog(self.session, self.docks.docks, self).open()

    # --- view ----------------------------------------------------------------------------------

    @Slot()
    def switch_theme(self) -> None:
        """Change from light to dark or back."""
        theme.set_theme("light" if theme.current_theme().name == "dark" else "dark")

    @Slot()
    def enlarge(self) -> None:
        """Take the next larger scale."""
        theme.set_scale(min((s for s in theme.SCALES if s > theme.current_scale()), default=2.0))

    @Slot()
    def shrink(self) -> None:
        """Take the next smaller scale."""
        theme.set_scale(max((s for s in theme.SCALES if s < theme.current_scale()), default=1.0))

    @Slot()
    def reset_layout(self) -> None:
        """Put panel and plots back to their first places."""
        self.actions_["panel"].setChecked(True)
        self.docks.arrange()
        self._share_width()

    @Slot()
    def show_shortcuts(self) -> None:
        """List the keys."""
        from playground.gui.dialogs.about import ShortcutsDialog

        ShortcutsDialog((*self.actions_.all(), *self.edit_actions), self).open()

    @Slot()
    def show_about(self) -> None:
        """Show version, licence and folders."""
        from playground.gui.dialogs.about import AboutDialog

        AboutDialog(self).open()

    # --- what the session reports --------------------------------------------------------------

    @Slot(str)
    def _on_failed(self, text: str) -> None:
        self.messages.show_message(text, "error")

    @Slot(str)
    def _on_noticed(self, text: str) -> None:
        self.messages.show_message(text, "notice", topic="notice")

    @Slot(object)
    def _on_diverged(self, ending: Ending) -> None:
        where = f" in {ending.layer}" if ending.layer else ""
        self.messages.show_message(
            f"Diverged at step {ending.step:,}{where}: {ending.reason}\n{DIVERGENCE_HELP}",
            "error",
            {"Reset": self.session.reset},
            topic="run",
        )

    @Slot(object)
    def _on_run_started(self, run: object) -> None:
        self.messages.dismiss_topic("run")

    @Slot(object)
    def _show_title(self, experiment: Experiment) -> None:
        title = experiment.title or experiment.data.label()
        self.setWindowTitle(f"{title} – Optimization playground")

    # --- what is remembered --------------------------------------------------------------------

    def _recall(self) -> None:
        stored = memory.settings()
        if (geometry := stored.value("window/geometry")) is not None:
            self.restoreGeometry(geometry)
        if (layout := stored.value("window/docks")) is not None:
            self.docks.recall(layout)
        state = stored.value("window/splitter")
        self._splitter_state = state if isinstance(state, QByteArray) else None
        self.actions_["panel"].setChecked(stored.value("window/panel", True, bool) is not False)

    def _first_size(self) -> QSize:
        """Return nine tenths of a large screen, all of a small one."""
        room = self.screen().availableGeometry().size()
        return (room * 0.9).expandedTo(QSize(1280, 800).boundedTo(room))

    def _remember(self) -> None:
        stored = memory.settings()
        stored.setValue("window/geometry", self.saveGeometry())
        stored.setValue("window/docks", self.docks.remember())
        stored.setValue("window/splitter", self.splitter.saveState())
        stored.setValue("window/panel", self.panel.isVisibleTo(self))
        stored.setValue("window/theme", theme.current_choice())
        stored.setValue("window/scale", theme.current_scale())

    def _share_width(self) -> None:
        panel = theme.scaled(PANEL_WIDTH)
        self.splitter.setSizes([panel, max(self.width() - panel, panel)])
        self.docks.share()

    # --- events --------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room out once the window has a size."""
        super().showEvent(event)
        if event.spontaneous():
            return
        if self._splitter_state is not None:
            self.splitter.restoreState(self._splitter_state)
        else:
            self._share_width()

    def event(self, event: QEvent) -> bool:
        """Leave the arrow keys to controls that move with them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            movable = (QAbstractSlider, QComboBox, QTabBar)
            if event.key() == Qt.Key.Key_Right and isinstance(QApplication.focusWidget(), movable):
                event.accept()
                return True
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout; stop the thread and wait for it."""
        if self._remembers:
            self._remember()
        self.hide()
        for dialog in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if dialog.isWindow():
                dialog.close()
        self.session.close()
        super().closeEvent(event)
