"""The descent workspace: a race down a surface, its settings left and what comes of it right."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings, Slot
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from playground.descent.race import Race
from playground.gui.actions import Actions
from playground.gui.dock_area import Arrangement, DockArea
from playground.gui.labs.descent.basin_dock import BasinDock
from playground.gui.labs.descent.curves_dock import CurvesDock
from playground.gui.labs.descent.documents import RaceDocuments, titles_of_races
from playground.gui.labs.descent.map_dock import MapDock
from playground.gui.labs.descent.panel import DescentPanel
from playground.gui.labs.descent.rates_dock import RatesDock
from playground.gui.labs.descent.relief_3d import ReliefDock
from playground.gui.labs.descent.session import DescentSession
from playground.gui.labs.descent.transport import Transport
from playground.gui.menus import PresetMenu
from playground.gui.plots.formats import count
from playground.gui.plots.view_dock import ViewDock
from playground.gui.undoing import undo_actions
from playground.gui.workspaces.panel_splitter import PanelSplitter
from playground.gui.workspaces.toolbar import WorkspaceToolbar
from playground.gui.workspaces.workspace import Entries, Offer, Workspace

ARRANGEMENT = Arrangement(
    columns=(("descent_map",), ("descent_curves", "descent_rates")),
    behind={"descent_relief": "descent_map"},
    otherwise="descent_rates",
    widths=(60, 40),
    heights=((100,), (50, 50)),
)


class DescentWorkspace(Workspace):
    """Optimizers race down a surface.

    Parameters
    ----------
    actions
        The window's shared actions.
    start
        The race that it opens with; None for the one of last time, or the first.
    """

    def __init__(self, actions: Actions, start: object = None) -> None:
        super().__init__(actions)
        self._has_given = isinstance(start, Race)
        self.session = DescentSession(start if isinstance(start, Race) else Race(), self)
        self.documents = RaceDocuments(self.session, self.messages, self)
        self.races = PresetMenu(self, self.documents.open_ready, "Races", titles_of_races)
        self.panel: DescentPanel = DescentPanel(self.session)
        self.map = MapDock(self.session)
        self.curves = CurvesDock(self.session)
        self.rates, self.basins = RatesDock(self.session), BasinDock(self.session)
        self.relief = ReliefDock(self.session, self.map)
        docks: list[ViewDock] = [self.map, self.curves, self.rates, self.basins, self.relief]
        self.docks = DockArea(docks, ARRANGEMENT, self)
        self.transport = Transport(self.session.player)
        self.undo_action, self.redo_action = undo_actions(self.session.stack, self)
        self._build()
        self.session.race_changed.connect(self.title_changed)
        self.session.player.playing_changed.connect(self.offers_changed)
        self.session.player.moved.connect(self._on_moved)
        self.session.crashed.connect(self.crashed)
        self.rates.crashed.connect(self.crashed)
        self.basins.crashed.connect(self.crashed)

    def _build(self) -> None:
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.docks, 1)
        column.addWidget(self.transport)
        self.splitter = PanelSplitter(self.panel, right)
        self.toolbar = _Toolbar(self.actions_, self.races)
        self.lay_out(self.toolbar, self.splitter)

    # --- what the window asks ------------------------------------------------------------------

    def title(self) -> str:
        race = self.session.race
        return race.title or race.surface.label()

    @property
    def is_playing(self) -> bool:
        return self.session.player.is_playing

    def activity(self) -> str:
        player = self.session.player
        if not player.is_playing:
            return ""
        return f"playing, step {count(player.step)} of {count(player.last)}"

    def offers(self) -> Mapping[str, Offer]:
        player, documents = self.session.player, self.documents
        return {
            "play": Offer(player.toggle, help="Let the racers go on, or stand still"),
            "step": Offer(player.forward, help="Show the next step"),
            "step_back": Offer(player.back, help="Show the step before"),
            "reset": Offer(player.rewind, "To the start", "Back to the start of the race"),
            "open": Offer(documents.choose, "Open race…", "Open a saved race"),
            "save": Offer(documents.save, "Save race…", "Save surface, start and racers"),
            "export": Offer(self.export, help="Export paths, curves, pictures and an animation"),
        }

    def menus(self) -> Mapping[str, Entries]:
        return {
            "File": ("open", "recent", "save", self.races, None, "export"),
            "Edit": (self.undo_action, self.redo_action),
            "Run": ("play", "step", "step_back", None, "reset"),
            "View": ("panel", *self.docks.toggles(), None, "reset_layout"),
        }

    def first_focus(self) -> QWidget:
        return self.toolbar.play

    def enter(self) -> None:
        self.session.start()

    def leave(self) -> None:
        self.session.player.pause()
        self.rates.rest()
        self.basins.rest()

    def reset_layout(self) -> None:
        self.panel.show()
        self.docks.arrange()
        self.splitter.share(self.width())
        self.docks.share()

    def recall(self, stored: QSettings) -> None:
        if (layout := stored.value("descent/docks")) is not None:
            self.docks.recall(layout)
        self.splitter.recall(stored, "descent/splitter")
        text = stored.value("descent/race")
        if isinstance(text, str) and not self._has_given:
            self.documents.recall(text)

    def remember(self, stored: QSettings) -> None:
        stored.setValue("descent/docks", self.docks.remember())
        stored.setValue("descent/splitter", self.splitter.saveState())
        stored.setValue("descent/race", self.documents.text())

    def show_after(self, steps: int) -> None:
        self.session.player.seek(steps)

    def is_settled(self) -> bool:
        return self.session.is_whole and self.session.shown == self.session.race

    def shut_down(self) -> None:
        super().shut_down()
        self.rates.shut_down()
        self.basins.shut_down()
        self.session.close()

    @Slot()
    def export(self) -> None:
        """Open the export dialog."""
        from playground.gui.labs.descent.export import RaceExportDialog

        RaceExportDialog(self.session, self.docks.docks, self).open()

    @Slot()
    def _on_moved(self) -> None:
        """Say so when the end is reached: play then begins anew."""
        if self.session.player.step == self.session.player.last:
            self.offers_changed.emit()

    # --- room ----------------------------------------------------------------------------------

    def arrange(self) -> None:
        if not self.splitter.arrange(self.width()):
            self.docks.share()


class _Toolbar(WorkspaceToolbar):
    """Buttons for the shared actions, and the ready races."""

    def __init__(self, actions: Actions, races: QMenu) -> None:
        super().__init__(actions)
        self.add_buttons("step_back", "step", "reset")
        self.add_menu("Races", "Ready races, each with something to look at", races)
        self.add_space()
        self.add_buttons("open", "save", "export", "theme")
