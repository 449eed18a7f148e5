"""The training workspace: settings left, plots right, toolbar above, readout below."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings, Slot
from PySide6.QtWidgets import QWidget

from playground.gui import plots
from playground.gui.actions import Actions
from playground.gui.dock_area import Arrangement, DockArea
from playground.gui.documents import Documents
from playground.gui.menus import PresetMenu
from playground.gui.panels.side_panel import SidePanel
from playground.gui.plots.formats import count
from playground.gui.session import Session
from playground.gui.status_bar import StatusBar
from playground.gui.toolbar import Toolbar
from playground.gui.workspaces.panel_splitter import PanelSplitter
from playground.gui.workspaces.workspace import Entries, Offer, Workspace
from playground.training.experiment import Experiment
from playground.training.snapshots import Ending

ARRANGEMENT = Arrangement(
    columns=(("loss_curves", "gradient_norms"), ("task_view", "histograms")),
    # The task's samples can be chosen, so that what is inside the model stands beside them.
    behind={"inside_view": "histograms", "optimizer_view": "gradient_norms"},
    otherwise="task_view",
    widths=(52, 48),
    heights=((56, 44), (56, 44)),
)


class TrainWorkspace(Workspace):
    """Everything that trains; it translates between its parts and the session.

    Training goes on while another workspace is shown, without views or diagnostics.

    Parameters
    ----------
    actions
        The window's shared actions.
    start
        The experiment that it opens with; None for the default preset.
    """

    def __init__(self, actions: Actions, start: object = None) -> None:
        super().__init__(actions)
        self.session = Session(start if isinstance(start, Experiment) else _preset(), self)
        self.documents = Documents(self.session, self.messages, self)
        self.panel: SidePanel = SidePanel(self.session)
        self.docks = DockArea(plots.docks(self.session), ARRANGEMENT, self)
        self.presets = PresetMenu(self, self.documents.open_preset)
        self.toolbar = Toolbar(self.session, self.actions_, self.presets)
        self.status = StatusBar(self.session)
        self.splitter = PanelSplitter(self.panel, self.docks)
        self.lay_out(self.toolbar, self.splitter, self.status)
        self.panel.open_file_requested.connect(self.documents.choose_data)
        self._connect_session()

    def _connect_session(self) -> None:
        session = self.session
        session.failed.connect(self._on_failed)
        session.noticed.connect(self._on_noticed)
        session.diverged.connect(self._on_diverged)
        session.run_started.connect(self._on_run_started)
        session.experiment_changed.connect(self.title_changed)
        session.state_changed.connect(self.offers_changed)
        session.crashed.connect(self.crashed)

    # --- what the window asks ------------------------------------------------------------------

    def title(self) -> str:
        experiment = self.session.experiment
        return experiment.title or experiment.data.label()

    @property
    def is_playing(self) -> bool:
        return self.session.state == "running"

    def activity(self) -> str:
        snapshot = self.session.snapshot
        if not self.is_playing or snapshot is None:
            return ""
        return f"training, step {count(snapshot.step)}"

    def offers(self) -> Mapping[str, Offer]:
        session, documents = self.session, self.documents
        is_at_rest = session.state not in ("running", "loading")
        return {
            "play": Offer(session.toggle),
            "step": Offer(session.step_once, is_possible=is_at_rest),
            "epoch": Offer(session.step_epoch, is_possible=is_at_rest),
            "reset": Offer(session.reset),
            "new_seed": Offer(session.new_seed),
            "clear_runs": Offer(session.clear_runs),
            "check_gradients": Offer(self.check_gradients),
            "initialization": Offer(self.compare_initializers),
            "find_rate": Offer(self.find_rate),
            "compare": Offer(self.compare),
            "open": Offer(documents.choose_experiment),
            "save": Offer(documents.save_experiment),
            "open_data": Offer(documents.choose_data),
            "export": Offer(self.export),
        }

    def menus(self) -> Mapping[str, Entries]:
        panel = self.panel
        run = ("play", "step", "epoch", None, "reset", "new_seed", None, "clear_runs", None)
        return {
            "File": ("open", "recent", "save", None, "open_data", self.presets, None, "export"),
            "Edit": (panel.undo_action, panel.redo_action, panel.find_action),
            "Run": (*run, "compare", "find_rate", "check_gradients", "initialization"),
            "View": ("panel", *self.docks.toggles(), None, "reset_layout"),
        }

    def first_focus(self) -> QWidget:
        # Not the first control of the panel, which keys would change.
        return self.toolbar.play

    def enter(self) -> None:
        self.session.set_watched(True)

    def leave(self) -> None:
        self.session.set_watched(False)

    def reset_layout(self) -> None:
        self.panel.show()
        self.docks.arrange()
        self.splitter.share(self.width())
        self.docks.share()

    def recall(self, stored: QSettings) -> None:
        if (layout := stored.value("window/docks")) is not None:
            self.docks.recall(layout)
        self.splitter.recall(stored, "window/splitter")
        self.panel.setVisible(stored.value("window/panel", True, bool) is not False)
        self.panel.recall(stored)

    def remember(self, stored: QSettings) -> None:
        stored.setValue("window/docks", self.docks.remember())
        stored.setValue("window/splitter", self.splitter.saveState())
        stored.setValue("window/panel", not self.panel.isHidden())
        self.panel.remember(stored)

    def is_settled(self) -> bool:
        # A dock says what it wants to show once it has been told that it can be seen.
        docks = self.docks.docks
        are_told = all(dock.is_shown or dock.visibleRegion().isEmpty() for dock in docks)
        return are_told and self.session.is_shown

    def shut_down(self) -> None:
        super().shut_down()
        self.session.close()

    # --- looking closer, export ----------------------------------------------------------------

    @Slot()
    def check_gradients(self) -> None:
        """Open the gradient check of the run where it stands."""
        from playground.gui.dialogs.gradient_check import GradientCheckDialog

        if self.session.run is not None:
            GradientCheckDialog(self.session, self).open()

    @Slot()
    def find_rate(self) -> None:
        """Open the learning-rate finder at the run where it stands."""
        from playground.gui.dialogs.rate_finder import RateFinderDialog

        if self.session.run is not None:
            RateFinderDialog(self.session, self).open()

    @Slot()
    def compare(self) -> None:
        """Open the comparison of optimizers on the present experiment."""
        from playground.gui.comparison.dialog import CompareDialog

        if self.session.run is not None:
            CompareDialog(self.session, self).show()

    @Slot()
    def compare_initializers(self) -> None:
        """Open the initialisation report of the present experiment."""
        from playground.gui.dialogs.initialization import InitializationDialog

        if self.session.run is not None:
            InitializationDialog(self.session, self).open()

    @Slot()
    def export(self) -> None:
        """Open the export dialog."""
        from playground.gui.dialogs.export import RunExportDialog

        if self.session.run is not None:
            RunExportDialog(self.session, self.docks.docks, self).open()

    # --- what the session reports --------------------------------------------------------------

    @Slot(str)
    def _on_failed(self, text: str) -> None:
        self.messages.show_message(text, "error")

    @Slot(str)
    def _on_noticed(self, text: str) -> None:
        self.messages.show_message(text, "notice", topic="notice")

    @Slot(object)
    def _on_diverged(self, ending: Ending) -> None:
        self.messages.show_message(
            f"Diverged. {ending.reason}", "error", {"Reset": self.session.reset}, topic="run"
        )

    @Slot(object)
    def _on_run_started(self, run: object) -> None:
        self.messages.dismiss_topic("run")

    # --- room ----------------------------------------------------------------------------------

    def arrange(self) -> None:
        if not self.splitter.arrange(self.width()):
            self.docks.share()


def _preset() -> Experiment:
    from playground import presets

    return presets.load("default")
