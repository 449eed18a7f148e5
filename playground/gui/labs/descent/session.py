"""The race that is worked on: its settings, what was undone, and its paths as they are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from playground.declarations import setting_at, with_value
from playground.descent.race import MOST_RACERS, Race, Racer
from playground.descent.track import Track
from playground.errors import SpecError
from playground.gui.labs.descent.background import RaceWorker
from playground.gui.labs.descent.player import Player
from playground.gui.undoing import Travel


@dataclass(frozen=True)
class _State:
    """A race, and who is hidden where that goes with the racers; None leaves it as it is."""

    race: Race
    hidden: frozenset[int] | None


class DescentSession(QObject):
    """What panel and plots of the laboratory know.

    Attributes
    ----------
    race
        The settings as they are now.
    shown, tracks
        The race whose paths are known and its tracks; during a drag a moment behind ``race``.
    is_whole
        Whether these paths are known to their ends.
    hidden
        Racers by index whose paths are not drawn; taken back only with racers that come or go.
    player
        Which step is in sight.
    """

    race_changed = Signal(object)
    tracks_changed = Signal()
    visibility_changed = Signal()
    crashed = Signal(object)

    def __init__(self, race: Race, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.race = self.shown = race
        self.tracks: tuple[Track, ...] = ()
        self.is_whole = False
        self.hidden: frozenset[int] = frozenset()
        self.player = Player(self)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)
        self._worker = RaceWorker()
        self._worker.advanced.connect(self._on_advanced)
        self._worker.crashed.connect(self.crashed)
        self.player.set_last(race.steps)

    def start(self) -> None:
        """Compute the race; called when somebody looks for the first time."""
        self._worker.ask(self.race)

    # --- changes -------------------------------------------------------------------------------

    def set(self, path: str, value: object) -> None:
        """Change one setting of the race by its path.

        Raises
        ------
        SpecError
            Where the path leads nowhere or the value is refused; nothing has changed then.
        """
        changed = with_value(self.race, path, value)
        if path in ("surface", "surface.kind") and type(changed.surface) is not type(
            self.race.surface
        ):
            changed = changed.on(changed.surface)
        self._change(changed, _label(changed, path), path)

    def set_start(self, x: float, y: float) -> None:
        """Let all racers begin elsewhere."""
        self._change(self.race.starting_at(x, y), "start", "start")

    def add_racer(self, racer: Racer) -> None:
        """Let one more like this take part, in a colour that nobody has.

        Raises
        ------
        SpecError
            Where there are too many.
        """
        if len(self.race.racers) >= MOST_RACERS:
            raise SpecError(f"racers: takes at most {MOST_RACERS}")
        taken = {racer.color for racer in self.race.racers}
        color = next(i for i in range(MOST_RACERS + 1) if i not in taken)
        added = racer.model_copy(update={"color": color})
        self._change_racers((*self.race.racers, added), self.hidden)

    def remove_racer(self, index: int) -> None:
        """Let one of them take no part any longer."""
        racers = self.race.racers
        hidden = frozenset(i - (i > index) for i in self.hidden if i != index)
        self._change_racers((*racers[:index], *racers[index + 1 :]), hidden)

    def show_racer(self, index: int, is_shown: bool) -> None:
        """Draw a racer's path, or leave it out."""
        self.hidden = self.hidden - {index} if is_shown else self.hidden | {index}
        self.visibility_changed.emit()

    def load(self, race: Race) -> None:
        """Replace the whole race; can be undone."""
        self._change(race, "race", "", frozenset())

    def _change_racers(self, racers: tuple[Racer, ...], hidden: frozenset[int]) -> None:
        self._change(self.race.model_copy(update={"racers": racers}), "racer", "", hidden)

    def _change(
        self, race: Race, text: str, key: str, hidden: frozenset[int] | None = None
    ) -> None:
        if race != self.race:
            before = _State(self.race, None if hidden is None else self.hidden)
            after = _State(race, hidden)
            self._go_to(after)
            self.stack.push(_RaceChange(before, after, self._go_to, text, key))

    def _go_to(self, state: _State) -> None:
        if state.hidden is not None:
            self.hidden = state.hidden
        self.take_over(state.race)

    def take_over(self, race: Race) -> None:
        """Go over to a race without remembering the one before."""
        self.race = race
        self.player.set_last(race.steps)
        self.race_changed.emit(race)
        self._worker.ask(race)

    @Slot(object, object, bool)
    def _on_advanced(self, race: Race, tracks: tuple[Track, ...], is_whole: bool) -> None:
        self.shown, self.tracks = race, tracks
        self.is_whole = is_whole and race == self.race
        self.tracks_changed.emit()

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self.player.pause()
        self._worker.close()


class _RaceChange(Travel[_State]):
    """From one race to another."""

    def __init__(
        self, before: _State, after: _State, travel: Callable[[_State], None], text: str, key: str
    ) -> None:
        self._words, self._key = text, key
        super().__init__(before, after, travel)

    def about(self) -> object:
        # What has no key is never merged.
        return self._key or self

    def words(self) -> str:
        return self._words


def _label(race: Race, path: str) -> str:
    return setting_at(race, path).label.lower()
