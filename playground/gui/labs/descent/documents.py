"""Opening and saving races."""

from __future__ import annotations

import tomllib
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from playground.errors import PlaygroundError
from playground.gui import memory
from playground.gui.file_choice import file_to_open, file_to_save
from playground.gui.labs.descent.session import DescentSession
from playground.gui.message_bar import MessageBar

FILTER = "Races (*.toml)"


def titles_of_races() -> dict[str, str]:
    """Return the shipped races' titles by name."""
    from playground import presets

    return {name: presets.load_race(name).title for name in presets.race_names()}


class RaceDocuments(QObject):
    """Asks for files and hands what is in them to the session; a bad one is a message."""

    def __init__(self, session: DescentSession, messages: MessageBar, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._messages = messages
        self._window = window

    @Slot()
    def choose(self) -> None:
        """Ask for a race and open it."""
        path = file_to_open(self._window, "Open race", "races", FILTER)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a race."""
        from playground.storage.races import read_race

        try:
            race = read_race(path)
        except PlaygroundError as error:
            self._messages.show_message(str(error), topic="opened")
        else:
            self._messages.dismiss_topic("opened")
            memory.remember_file(path)
            self._session.load(race)

    def open_ready(self, name: str) -> None:
        """Open one of the shipped races."""
        from playground import presets

        self._session.load(presets.load_race(name))

    @Slot()
    def save(self) -> None:
        """Ask where to, and write the race as it is now."""
        from playground.storage.races import write_race

        path = file_to_save(self._window, "Save race", "races", "race.toml", FILTER)
        if path is None:
            return
        try:
            write_race(path, self._session.race)
        except PlaygroundError as error:
            self._messages.show_message(str(error))
        else:
            memory.remember_file(path)
            self._messages.show_message(f"Saved {path}", "success", topic="saved")

    def text(self) -> str:
        """Return the race as the next window finds it."""
        from playground.storage.races import race_text

        return race_text(self._session.race)

    def recall(self, text: str) -> None:
        """Take over what the last window left; one that means nothing any longer is a notice."""
        from playground.storage.races import race_from

        try:
            race = race_from(tomllib.loads(text), Path("remembered race"))
        except (PlaygroundError, tomllib.TOMLDecodeError) as error:
            self._messages.show_message(f"The last race is not opened again: {error}", "notice")
        else:
            self._session.take_over(race)
