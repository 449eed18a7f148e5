"""The side panel: every setting of the experiment, in sections."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from playground.data.features import Features
from playground.data.source import DATASETS
from playground.declarations import Setting, settings_of
from playground.errors import SpecError
from playground.gui.icons import icon, set_icon
from playground.gui.panels.features import FeatureChips
from playground.gui.panels.fields import Field
from playground.gui.panels.form import Form, KindField, field_for
from playground.gui.panels.history import ChangeHistory
from playground.gui.panels.optimizer import OptimizerField
from playground.gui.panels.schedule import ScheduleField
from playground.gui.panels.style import panel_style
from playground.gui.panels.summaries import summaries
from playground.gui.run import Run
from playground.gui.session import Session
from playground.gui.theme import current_scale, current_theme, scaled, theme_signals
from playground.gui.undoing import undo_actions
from playground.gui.widgets.labels import column
from playground.gui.widgets.section import Fold
from playground.gui.widgets.tab_order import order_tabs
from playground.models.losses import LOSSES
from playground.tasks import Task
from playground.training.experiment import Experiment

SECTIONS: dict[str, tuple[str, ...]] = {
    "Data": ("data", "split"),
    "Features": ("features",),
    "Model": ("model",),
    "Loss and penalties": ("loss", "penalties"),
    "Optimizer": ("optimizer", "clipping"),
    "Schedule": ("schedule",),
    "Around the update": ("wrappers", "constraints"),
    "Training": ("training", "stop", "seeds"),
}
"""The parts of the experiment by section; the title is edited with the file."""

_OPEN_AT_FIRST = ["Data", "Model", "Optimizer"]
_OPEN_WHERE_TALL = ["Features"]
_TALL_PX = 1000
_UNTITLED = {"penalties", "clipping", "training", "wrappers"}
_OPEN_KEY = "side_panel/open_sections"


class SidePanel(QWidget):
    """Shows the session's experiment and passes every edit on to the session.

    Parameters
    ----------
    session
        What is shown and edited.
    """

    open_file_requested = Signal()
    """Somebody wants to train on a file of their own."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side_panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._shown: Experiment | None = None
        self.fields: dict[str, Field] = {}
        self.sections: dict[str, Fold] = {}
        self.history = ChangeHistory(session, self)
        self.undo_action, self.redo_action = undo_actions(self.history.stack, self)
        self._scale = current_scale()
        self._has_features = True
        # Before there are controls: each of those would be styled twice.
        self.setStyleSheet(panel_style(current_theme()))
        self._build_frame()
        self._build_body()
        session.experiment_changed.connect(self._show)
        session.run_started.connect(self._on_run_started)
        theme_signals.changed.connect(self._restyle)
        self._place_search()

    def sizeHint(self) -> QSize:
        return QSize(max(scaled(320), self.minimumSizeHint().width()), scaled(640))

    # --- what is seen --------------------------------------------------------------------------

    def _build_frame(self) -> None:
        self.search = QLineEdit(self, placeholderText="Find a setting", clearButtonEnabled=True)
        self._glass = self.search.addAction(
            icon("magnifying-glass", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )
        # Not by Tab or at the start: Space belongs to play and pause until somebody searches.
        self.search.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.search.textChanged.connect(self._filter)
        self.find_action = QAction("Find a setting", self)
        self.find_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Find))
        self.find_action.triggered.connect(self._find)
        self.addAction(self.find_action)
        self._scroll = QScrollArea(self, widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = column(self, 0)
        self._top = QVBoxLayout()
        self._top.addWidget(self.search)
        layout.addLayout(self._top)
        layout.addWidget(self._scroll, 1)

    def _build_body(self) -> None:
        """Make all controls anew, as a new scale needs it too."""
        titles = self._open_titles() if self.sections else self._first_titles()
        self._body = QWidget()
        self._body.setObjectName("side_panel_body")
        self._stack = column(self._body, 0)
        declared = {setting.name: setting for setting in settings_of(Experiment)}
        for title, names in SECTIONS.items():
            self._add_section(title, [declared[name] for name in names])
        self._stack.addStretch(1)
        self._open(titles)
        self._shown = None
        self._show(self._session.experiment)
        if self._session.run is not None:
            self._on_run_started(self._session.run)
        self._scroll.setWidget(self._body)
        for field in self.fields.values():
            field.rebuilt.connect(self._order_tabs)
        self._order_tabs()

    def _add_section(self, title: str, settings: list[Setting]) -> None:
        section = Fold(title, self._body, is_section=True)
        section.toggled.connect(self._show_summaries)
        self.sections[title] = section
        self._stack.addWidget(section)
        for setting in settings:
            field = self._make_field(setting, section.body)
            field.edited.connect(self._on_edited)
            self.fields[setting.name] = field
            section.content.addWidget(field)
            if setting.name == "data":
                section.content.addWidget(self._make_open_button(section.body))

    def _make_field(self, setting: Setting, parent: QWidget) -> Field:
        if setting.name == "optimizer":
            optimizer = OptimizerField(setting, self._session, parent)
            optimizer.restored.connect(self.history.edit_together)
            return optimizer
        if setting.name == "schedule":
            return ScheduleField(setting, self._session, parent)
        if setting.item is Features:
            return FeatureChips(setting.name, parent)
        if setting.name in _UNTITLED and setting.item is not None:
            return Form(setting.item, setting.name, parent=parent)
        return field_for(setting, setting.name, parent)

    def _make_open_button(self, parent: QWidget) -> QPushButton:
        self.open_button = QPushButton("Open file…", parent)
        self.open_button.setToolTip("Train on a table of your own: CSV, TSV, Parquet or Excel")
        self.open_button.setIconSize(QSize(scaled(14), scaled(14)))
        set_icon(self.open_button, "folder-open")
        self.open_button.clicked.connect(self.open_file_requested)
        return self.open_button

    @Slot(object)
    def _show(self, experiment: Experiment) -> None:
        for name, field in self.fields.items():
            value = getattr(experiment, name)
            if self._shown is None or value != getattr(self._shown, name):
                field.show_value(value)
        self._shown = experiment
        self._show_summaries()
        self._fit_width()

    @Slot()
    def _show_summaries(self) -> None:
        texts = summaries(self._session.experiment)
        for title, section in self.sections.items():
            section.summary.setText("" if section.is_open else texts[title])

    def _fit_width(self) -> None:
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(self._body.minimumSizeHint().width() + bar)

    @Slot(object)
    def _on_run_started(self, run: Run) -> None:
        table = run.prepared.table
        chips, loss = self.fields["features"], self.fields["loss"]
        assert isinstance(chips, FeatureChips)
        assert isinstance(loss, KindField)
        self._has_features = Features.act_on(table)
        if self._has_features:
            chips.show_columns(table)
        loss.bar(_unfit_losses(table.task))
        self._filter(self.search.text())

    @Slot()
    def _restyle(self) -> None:
        if self._scale != current_scale():
            self._scale = current_scale()
            self._build_body()
        self.setStyleSheet(panel_style(current_theme()))
        self._glass.setIcon(icon("magnifying-glass", "muted"))
        self._place_search()

    def _place_search(self) -> None:
        self._top.setContentsMargins(scaled(16), scaled(12), scaled(16), scaled(8))
        self._fit_width()

    # --- what is done --------------------------------------------------------------------------

    @Slot(str, object)
    def _on_edited(self, path: str, value: Any) -> None:
        if path == "data.kind" and _needs_file(str(value)):
            self._show_again(path)
            self.open_file_requested.emit()
            return
        try:
            self.history.edit(path, value)
        except SpecError as error:
            self._show_again(path)
            self.fields[path.partition(".")[0]].refuse(path, _without_path(str(error), path))

    def _show_again(self, path: str) -> None:
        name = path.partition(".")[0]
        self.fields[name].show_value(getattr(self._session.experiment, name))

    @Slot()
    def _order_tabs(self) -> None:
        order_tabs(self._body)

    @Slot(str)
    def _filter(self, text: str) -> None:
        wanted = text.strip().lower()
        for title, names in SECTIONS.items():
            is_named = wanted in title.lower()
            left = [self.fields[name].filter("" if is_named else wanted) for name in names]
            section = self.sections[title]
            section.force_open(bool(wanted) and any(left))
            section.setVisible(any(left) and (title != "Features" or self._has_features))
        self.open_button.setVisible(not wanted or "file" in wanted or wanted in "data")

    @Slot()
    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # --- which sections are open ---------------------------------------------------------------

    def recall(self, stored: QSettings) -> None:
        """Open the sections that were open in the last window."""
        if not stored.contains(_OPEN_KEY):
            return
        # An INI file keeps a list of one as a plain text, and an empty one as nothing.
        titles: Any = stored.value(_OPEN_KEY)
        self._open([titles] if isinstance(titles, str) else list(titles or ()))

    def remember(self, stored: QSettings) -> None:
        """Leave to the next window which sections are open."""
        stored.setValue(_OPEN_KEY, self._open_titles())

    def _first_titles(self) -> list[str]:
        is_tall = self.screen().availableGeometry().height() >= scaled(_TALL_PX)
        return _OPEN_AT_FIRST + (_OPEN_WHERE_TALL if is_tall else [])

    def _open_titles(self) -> list[str]:
        return [title for title, section in self.sections.items() if section.is_open]

    def _open(self, titles: list[str]) -> None:
        for title, section in self.sections.items():
            section.set_open(title in titles)


def _needs_file(kind: str) -> bool:
    return any(s.form == "path" and s.default is None for s in settings_of(DATASETS[kind]))


def _unfit_losses(task: Task) -> dict[str, str]:
    """Return the losses that cannot be used for a task, each with the reason."""
    return {
        loss.name(): f"{loss.summary()} Needs {' or '.join(sorted(loss.TASKS))}; this is {task}."
        for loss in LOSSES
        if task not in loss.TASKS
    }


def _without_path(message: str, path: str) -> str:
    """Leave out where it was: the message stands at the control."""
    where, colon, what = message.partition(": ")
    return what if colon and f"{path}.".startswith(f"{where}.") else message
