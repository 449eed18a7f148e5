"""The settings of a race: surface, start, and a card for each racer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)

from playground.calculus.formula import Formula, parse
from playground.declarations import Declared, declare, settings_of
from playground.descent.race import Race, Racer
from playground.descent.track import Ending, Track
from playground.errors import SpecError
from playground.gui.icons import set_icon
from playground.gui.labs.descent.racer_card import RacerCard
from playground.gui.labs.descent.session import DescentSession
from playground.gui.panels.form import Form, KindField, field_for
from playground.gui.panels.style import panel_style
from playground.gui.plots.formats import count, number
from playground.gui.theme import current_scale, current_theme, scaled, theme_signals
from playground.gui.widgets.choice_list import by_group, entries_of, options_of
from playground.gui.widgets.formula_field import FormulaField
from playground.gui.widgets.labels import AT_ONCE, Caption, column
from playground.gui.widgets.mathematics import Mathematics
from playground.gui.widgets.searchable_list import SearchableList
from playground.gui.widgets.section import Fold
from playground.gui.widgets.tab_order import order_tabs
from playground.objectives.surface import Minimum, Surface
from playground.objectives.surfaces.typed import VARIABLES, TypedFormula
from playground.optimizers.optimizer import OPTIMIZERS

MOST_LISTED_MINIMA = 4

MOST_OPEN = 4
"""Racers whose settings are shown at first; those after them are one line each."""


class _Start(Declared):
    """The start as the form edits it."""

    x: float = declare(0.0, live=True, label="x", help="Where all racers begin: drag it on the map")
    y: float = declare(0.0, live=True, label="y", help="Where all racers begin: drag it on the map")


class DescentPanel(QWidget):
    """Shows the session's race and passes every edit on to the session."""

    def __init__(self, session: DescentSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side_panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._shown: Race | None = None
        self._refusals: dict[type[Surface], dict[str, str]] = {}
        self.cards: list[RacerCard] = []
        self.setStyleSheet(panel_style(current_theme()))
        self._scale = current_scale()
        self._scroll = QScrollArea(self, widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column(self, 0).addWidget(self._scroll)
        self._build()
        session.race_changed.connect(self._show)
        session.visibility_changed.connect(self._show_again)
        session.tracks_changed.connect(self._show_standing)
        session.player.moved.connect(self._show_standing)
        theme_signals.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        return QSize(max(scaled(320), self.minimumSizeHint().width()), scaled(640))

    # --- building ------------------------------------------------------------------------------

    def _build(self) -> None:
        """Make all controls anew, as a new scale needs it too."""
        self._body = QWidget()
        self._body.setObjectName("side_panel_body")
        self._stack = column(self._body, 0)
        self.cards = []
        self._build_surface()
        self._build_start()
        self._build_racers()
        self._stack.addStretch(1)
        self._shown = None
        self._show(self._session.race)
        self._scroll.setWidget(self._body)

    def _section(self, title: str) -> Fold:
        section = Fold(title, self._body, is_section=True)
        section.set_open(True)
        self._stack.addWidget(section)
        return section

    def _build_surface(self) -> None:
        section = self._section("Surface")
        setting = next(s for s in settings_of(Race) if s.name == "surface")
        self.surface = KindField(setting, "surface", section.body, AT_ONCE)
        self.surface.edited.connect(self._on_edited)
        self.surface.rebuilt.connect(self._order_tabs)
        self.typed = FormulaField("f =", VARIABLES, TypedFormula().expression, None, section.body)
        self.typed.edited.connect(self._on_typed)
        self.formula = Mathematics("", section.body, factor=1.0)
        self.minima = Caption(section.body)
        section.content.addWidget(self.surface)
        section.content.addWidget(self.typed)
        section.content.addWidget(self.formula)
        section.content.addWidget(self.minima)

    def _build_start(self) -> None:
        section = self._section("Start")
        self.start = Form(_Start, parent=section.body, effect=AT_ONCE)
        self.start.edited.connect(self._on_start_edited)
        section.content.addWidget(self.start)
        self.numbers = {}
        for setting in settings_of(Race):
            if setting.name in ("steps", "seed"):
                field = field_for(setting, setting.name, section.body, AT_ONCE)
                field.edited.connect(self._on_edited)
                self.numbers[setting.name] = field
                section.content.addWidget(field)

    def _build_racers(self) -> None:
        section = self._section("Racers")
        self._home = QWidget(section.body)
        self._racers = column(self._home, 12)
        section.content.addWidget(self._home)
        self.complaint = QLabel(section.body)
        self.complaint.setObjectName("danger")
        self.complaint.hide()
        self.add_button = QPushButton("Add a racer", section.body)
        self.add_button.setIconSize(QSize(scaled(14), scaled(14)))
        set_icon(self.add_button, "plus")
        self.add_button.clicked.connect(self._choose_racer)
        self.fold_all = QPushButton("Fold all", section.body)
        self.fold_all.setToolTip("Show every racer as one line, or with its settings")
        self.fold_all.clicked.connect(self._on_fold_all)
        section.content.addWidget(self.complaint)
        row = QHBoxLayout()
        row.setSpacing(scaled(8))
        row.addWidget(self.add_button, 1)
        row.addWidget(self.fold_all)
        section.content.addLayout(row)

    @Slot()
    def _choose_racer(self) -> None:
        setting = next(s for s in settings_of(Racer) if s.name == "optimizer")
        entries = entries_of(by_group(options_of(setting)), self._refused())
        popup = SearchableList(entries, "", self.add_button)
        popup.chosen.connect(self._on_add)
        popup.open_below(self.add_button)

    @Slot()
    def _on_fold_all(self) -> None:
        is_any_open = any(card.is_open for card in self.cards)
        for card in self.cards:
            card.set_open(not is_any_open)

    @Slot()
    def _name_fold_all(self) -> None:
        is_any_open = any(card.is_open for card in self.cards)
        self.fold_all.setText("Fold all" if is_any_open else "Unfold all")
        self.fold_all.setVisible(len(self.cards) > 1)

    # --- what is shown -------------------------------------------------------------------------

    @Slot(object)
    def _show(self, race: Race) -> None:
        before, self._shown = self._shown, race
        x, y = race.start
        self.start.show_value(_Start(x=x, y=y))
        for name, field in self.numbers.items():
            field.show_value(getattr(race, name))
        if before is None or before.surface != race.surface:
            self.surface.show_value(race.surface)
            self._show_typed(race.surface)
            self.formula.set_latex(race.surface.formula)
            self.minima.setText(minima_text(race.surface.minima))
            self.minima.setVisible(bool(race.surface.minima))
        if before is None or before.racers != race.racers or before.surface != race.surface:
            self._show_racers(race.racers)
        self._show_standing()

    def _show_typed(self, surface: Surface) -> None:
        """Let a formula be typed in a box of its own, which marks what cannot be read."""
        self.typed.setVisible(isinstance(surface, TypedFormula))
        if isinstance(surface, TypedFormula):
            assert self.surface.form is not None
            self.surface.form.fields["expression"].hide()
            self.typed.show_formula(parse(surface.expression, VARIABLES))

    @Slot()
    def _show_again(self) -> None:
        self._show_racers(self._session.race.racers)

    def _show_racers(self, racers: tuple[Racer, ...]) -> None:
        while len(self.cards) > len(racers):
            card = self.cards.pop()
            card.hide()
            card.deleteLater()
        while len(self.cards) < len(racers):
            self._add_card()
        refusals = self._refused()
        for index, (card, racer) in enumerate(zip(self.cards, racers, strict=True)):
            card.show_racer(racer, is_shown=index not in self._session.hidden)
            card.bar(refusals)
        self.complaint.hide()
        self._name_fold_all()
        self._order_tabs()
        self._fit_width()

    def _fit_width(self) -> None:
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(self._body.minimumSizeHint().width() + bar)

    def _add_card(self) -> None:
        card = RacerCard(len(self.cards), self._home)
        card.edited.connect(self._on_edited)
        card.removed.connect(self._session.remove_racer)
        card.duplicated.connect(self._on_duplicate)
        card.folded.connect(self._name_fold_all)
        card.rebuilt.connect(self._order_tabs)
        card.set_open(len(self.cards) < MOST_OPEN)
        card.shown_changed.connect(self._session.show_racer)
        self._racers.addWidget(card)
        self.cards.append(card)

    @Slot()
    def _show_standing(self) -> None:
        tracks, step = self._session.tracks, self._session.player.step
        for card, track in zip(self.cards, tracks, strict=False):
            text, is_bad = standing(track, step)
            card.show_status(text, is_bad=is_bad)

    def _refused(self) -> dict[str, str]:
        """Return the optimizers that cannot descend this surface, with the reason."""
        surface = self._session.race.surface
        kind = type(surface)
        if kind not in self._refusals:
            function = surface.function()
            reasons = {
                cls.name(): cls().refuses(
                    2, function.offers(), is_deterministic=function.n_noise == 0
                )
                for cls in OPTIMIZERS
            }
            self._refusals[kind] = {name: why for name, why in reasons.items() if why}
        return self._refusals[kind]

    @Slot()
    def _order_tabs(self) -> None:
        order_tabs(self._body)

    @Slot()
    def _restyle(self) -> None:
        if self._scale != current_scale():
            self._scale = current_scale()
            self._build()
        self.setStyleSheet(panel_style(current_theme()))

    # --- what is done --------------------------------------------------------------------------

    @Slot(str, object)
    def _on_edited(self, path: str, value: Any) -> None:
        try:
            self._session.set(path, value)
        except SpecError as error:
            self._refuse(path, str(error))

    @Slot(object)
    def _on_typed(self, formula: Formula) -> None:
        self._on_edited("surface.expression", formula.text)

    @Slot(str, object)
    def _on_start_edited(self, name: str, value: float) -> None:
        x, y = self._session.race.start
        self._session.set_start(*((value, y) if name == "x" else (x, value)))

    @Slot(str)
    def _on_add(self, name: str) -> None:
        self._add(Racer(optimizer=OPTIMIZERS[name]()))

    @Slot(int)
    def _on_duplicate(self, index: int) -> None:
        self._add(self._session.race.racers[index])

    def _add(self, racer: Racer) -> None:
        try:
            self._session.add_racer(racer)
        except SpecError as error:
            self.complaint.setText(str(error))
            self.complaint.show()

    def _refuse(self, path: str, message: str) -> None:
        race, text = self._session.race, message.partition(": ")[2] or message
        part, _, rest = path.partition(".")
        if part == "surface":
            self.surface.show_value(race.surface)
            self.surface.refuse(path, text)
        elif part == "racers":
            index = int(rest.partition(".")[0])
            self.cards[index].show_racer(
                race.racers[index], is_shown=index not in self._session.hidden
            )
            self.cards[index].refuse(path, text)
        else:
            self.numbers[part].show_value(getattr(race, part))
            self.numbers[part].refuse(path, text)


def minima_text(minima: tuple[Minimum, ...]) -> str:
    """Return where the known minima are, for people."""
    if not minima:
        return ""
    places = [f"({number(m.x)}, {number(m.y)})" for m in minima[:MOST_LISTED_MINIMA]]
    more = len(minima) - len(places)
    text = ", ".join(places) + (f" and {more} more" if more else "")
    values = {m.value for m in minima}
    if len(values) == 1:
        noun = "Minimum" if len(minima) == 1 else "Minima"
        return f"{noun} {number(values.pop())} at {text}"
    return f"Minima at {text}; the lowest is {number(minima[0].value)}"


def standing(track: Track, step: int) -> tuple[str, bool]:
    """Return how a racer stands at a step, and whether that is bad news."""
    if track.ending is Ending.REFUSED:
        return f"Cannot run here: {track.reason}", True
    if not track.length:
        return "", False
    row = track.row(step)
    at_end = row == track.length - 1
    if track.ending is Ending.DIVERGED and at_end:
        return f"Diverged: {track.reason}", True
    parts = [f"f = {number(float(track.loss[row]))}"]
    if track.evaluations[row] != row:
        parts.append(f"{count(int(track.evaluations[row]))} evaluations")
    return " · ".join(parts), False
