"""The derivative workspace: a formula above, its pages below."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSettings, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from playground.calculus.formula import parse
from playground.calculus.situation import PLANE, VARIABLE, Situation
from playground.errors import FormulaError, SpecError
from playground.gui.actions import Actions
from playground.gui.labs.derivative.documents import FormulaDocuments
from playground.gui.labs.derivative.formula_header import FormulaHeader
from playground.gui.labs.derivative.limit_page import LimitPage
from playground.gui.labs.derivative.page import Page
from playground.gui.labs.derivative.plane_page import PlanePage
from playground.gui.labs.derivative.plane_panel import PlanePanel
from playground.gui.labs.derivative.point_panel import PointPanel
from playground.gui.labs.derivative.rules_page import RulesPage
from playground.gui.labs.derivative.study import Study
from playground.gui.labs.derivative.toolbar import DerivativeToolbar
from playground.gui.labs.derivative.ways_page import WaysPage
from playground.gui.undoing import undo_actions
from playground.gui.workspaces.panel_splitter import PanelSplitter
from playground.gui.workspaces.workspace import Entries, Offer, Workspace
from playground.storage.formulas import SavedFormula

PAGES: tuple[type[Page], ...] = (LimitPage, RulesPage, WaysPage, PlanePage)
_NAMES = [kind.name() for kind in PAGES]


class DerivativeWorkspace(Workspace):
    """A typed formula and what its derivative is.

    Parameters
    ----------
    actions
        The window's shared actions.
    start
        What was saved of a formula, or the text of one of x, or of x and y; None for what it left
        last time.
    """

    def __init__(self, actions: Actions, start: object = None) -> None:
        super().__init__(actions)
        self._has_start = start is not None
        self._layouts: dict[str, QByteArray] = {}
        self.study = Study(_situation(start), self)
        self.documents = FormulaDocuments(self)
        self.undo_action, self.redo_action = undo_actions(self.study.stack, self)
        self.panel: QStackedWidget = QStackedWidget()
        self.point_panel = PointPanel(self.study)
        self.plane_panel: PlanePanel | None = None
        self.panel.addWidget(self.point_panel)
        self.header = FormulaHeader(self.study)
        undoing = (self.undo_action, self.redo_action)
        self.toolbar = DerivativeToolbar(actions, undoing, PAGES)
        self._pages: dict[int, Page] = {}
        self._build()
        if isinstance(start, SavedFormula):
            self.toolbar.tabs.setCurrentIndex(_NAMES.index(start.page))
        elif self.study.situation.surface == start:
            self.toolbar.tabs.setCurrentIndex(PAGES.index(PlanePage))
        self.study.changed.connect(self._on_changed)
        self.study.crashed.connect(self.crashed)
        self.toolbar.tabs.currentChanged.connect(self.show_page)

    def _build(self) -> None:
        self.stack = QStackedWidget()
        self.splitter = PanelSplitter(self.panel, self.stack)
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.splitter, 1)
        self.lay_out(self.toolbar, body)

    # --- pages ---------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page that is shown."""
        index = self.toolbar.tabs.currentIndex()
        if index not in self._pages:
            page = self._pages[index] = PAGES[index](self.study)
            self.stack.addWidget(page.area)
            page.ticker.playing_changed.connect(self.offers_changed)
            page.offers_changed.connect(self.offers_changed)
            page.crashed.connect(self.crashed)
        return self._pages[index]

    @Slot(int)
    def show_page(self, index: int) -> None:
        """Show a page, made at first sight; the one before stops."""
        self.toolbar.tabs.setCurrentIndex(index)
        is_new = index not in self._pages
        page = self.page
        # Whoever hears that another page stops asks for this one, so it is made before.
        self.leave()
        self.stack.setCurrentWidget(page.area)
        if is_new:
            layout = self._layouts.get(page.name())
            if layout is None or not page.area.recall(layout):
                page.area.share()
        self.header.show_plane(page.IS_PLANE)
        self.panel.setCurrentWidget(self._panel_of(page))
        self.offers_changed.emit()
        self.menus_changed.emit()
        self.title_changed.emit()

    def _panel_of(self, page: Page) -> QWidget:
        if not page.IS_PLANE:
            return self.point_panel
        if self.plane_panel is None:
            self.plane_panel = PlanePanel(self.study)
            self.panel.addWidget(self.plane_panel)
        self.plane_panel.show_now()
        return self.plane_panel

    # --- what the window asks ------------------------------------------------------------------

    def title(self) -> str:
        formula = self.study.surface if self.page.IS_PLANE else self.study.formula
        return f"{self.page.TITLE} · {formula}"

    @property
    def is_playing(self) -> bool:
        return self.page.ticker.is_playing

    def activity(self) -> str:
        return "playing" if self.is_playing else ""

    def offers(self) -> Mapping[str, Offer]:
        return {
            **self.page.offers(),
            "open": Offer(self.documents.choose, "Open formula…", "Open a saved formula"),
            "save": Offer(
                self.documents.save, "Save formula…", "Save formula, point, page and axes"
            ),
            "export": Offer(self.export, help="Export the plots and what they show"),
        }

    def menus(self) -> Mapping[str, Entries]:
        return {
            "File": ("open", "recent", "save", None, "export"),
            "Edit": (self.undo_action, self.redo_action),
            "Run": ("play", "step", "step_back", None, "reset"),
            "View": ("panel", *self.page.area.toggles(), None, "reset_layout"),
        }

    def first_focus(self) -> QWidget | None:
        return self.page.first_focus()

    def leave(self) -> None:
        for page in self._pages.values():
            page.ticker.pause()

    def reset_layout(self) -> None:
        self.panel.show()
        self.splitter.share(self.width())
        self.page.area.arrange()

    def recall(self, stored: QSettings) -> None:
        self.splitter.recall(stored, "derivative/splitter")
        for kind in PAGES:
            layout = stored.value(f"derivative/docks/{kind.name()}")
            if isinstance(layout, QByteArray):
                self._layouts[kind.name()] = layout
        if self._has_start:
            return
        page = str(stored.value("derivative/page", _NAMES[0]))
        self.toolbar.tabs.setCurrentIndex(_NAMES.index(page) if page in _NAMES else 0)
        text = stored.value("derivative/situation")
        if isinstance(text, str):
            self.study.begin(_remembered(text))

    def remember(self, stored: QSettings) -> None:
        stored.setValue("derivative/situation", self.study.situation.model_dump_json())
        stored.setValue("derivative/page", self.page.name())
        stored.setValue("derivative/splitter", self.splitter.saveState())
        for page in self._pages.values():
            stored.setValue(f"derivative/docks/{page.name()}", page.area.remember())

    def shut_down(self) -> None:
        super().shut_down()
        for page in self._pages.values():
            page.close()
        self.study.close()

    def show_view(self, name: str) -> None:
        if name not in _NAMES:
            raise SpecError(f"--page: must be one of {', '.join(_NAMES)}, got {name}")
        self.show_page(_NAMES.index(name))

    def show_after(self, steps: int) -> None:
        self.page.show_after(steps)

    def is_settled(self) -> bool:
        is_known = self.page.IS_PLANE or self.study.is_analyzed
        return is_known and self.page.is_settled() and not self.header.is_waiting

    # --- files ---------------------------------------------------------------------------------

    def open_saved(self, saved: SavedFormula) -> None:
        """Show what was saved, on its page; the values can be taken back."""
        self.study.load(saved.situation)
        self.show_view(saved.page)

    def saved(self) -> SavedFormula:
        """Return what is seen now, to be saved."""
        return SavedFormula(page=self.page.name(), **self.study.in_sight().model_dump())

    @Slot()
    def export(self) -> None:
        """Open the export dialog."""
        from playground.gui.labs.derivative.export import DerivativeExportDialog

        DerivativeExportDialog(self.page, self).open()

    @Slot(object)
    def _on_changed(self, names: frozenset[str]) -> None:
        if names & {"formula", "surface"}:
            self.title_changed.emit()

    # --- room ----------------------------------------------------------------------------------

    def arrange(self) -> None:
        self.splitter.arrange(self.width())
        self.show_page(self.toolbar.tabs.currentIndex())
        self.study.look_at(self.study.situation.low, self.study.situation.high)


def _situation(start: object) -> Situation:
    if isinstance(start, SavedFormula):
        return start.situation
    if not isinstance(start, str):
        return Situation()
    try:
        return Situation(formula=parse(start, VARIABLE).text)
    except FormulaError as error:
        try:
            return Situation(surface=parse(start, PLANE).text)
        except FormulaError:
            # What was wrong with it as a function of x is what to say.
            raise error from None


def _remembered(text: str) -> Situation:
    """Return what the last window left; what another version left may not be readable."""
    try:
        return Situation.model_validate_json(text)
    except ValueError:
        return Situation()
