"""Opening and saving: presets, experiments, saved runs and tables."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from playground.errors import PlaygroundError
from playground.gui import memory
from playground.gui.file_choice import file_to_open, file_to_save
from playground.gui.message_bar import MessageBar
from playground.gui.session import Session


class Documents(QObject):
    """Asks for files and hands what is in them to the session; a bad one is a message."""

    def __init__(self, session: Session, messages: MessageBar, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._messages = messages
        self._window = window

    def open_preset(self, name: str) -> None:
        """Start from a shipped experiment."""
        from playground import presets

        self._session.load(presets.load(name))

    @Slot()
    def choose_experiment(self) -> None:
        """Ask for an experiment or a saved run and open it."""
        kinds = "Experiments and runs (*.toml)"
        path = file_to_open(self._window, "Open experiment", "experiments", kinds)
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open an experiment, a saved run, or a table to train on."""
        if path.suffix.lower() != ".toml":
            self._import_data(path)
            return
        from playground.gui.opening import read_any

        try:
            experiment, remark = read_any(path)
        except PlaygroundError as error:
            self._messages.show_message(str(error), topic="opened")
            return
        self._messages.dismiss_topic("opened")
        memory.remember_file(path)
        self._session.load(experiment)
        if remark:
            self._messages.show_message(remark, "notice", topic="notice")

    @Slot()
    def save_experiment(self) -> None:
        """Ask where to, and write the present values."""
        from playground.storage.experiments import write_experiment

        path = file_to_save(
            self._window,
            "Save experiment",
            "experiments",
            "experiment.toml",
            "Experiments (*.toml)",
        )
        if path is None:
            return
        try:
            write_experiment(path, self._session.experiment)
        except PlaygroundError as error:
            self._messages.show_message(str(error))
        else:
            memory.remember_file(path)
            self._messages.show_message(f"Saved {path}", "success", topic="saved")

    @Slot()
    def choose_data(self) -> None:
        """Ask for a table and show what is in it."""
        kinds = "Tables (*.csv *.tsv *.txt *.parquet *.xlsx);;All files (*)"
        path = file_to_open(self._window, "Open data file", "data", kinds)
        if path is not None:
            self._import_data(path)

    def _import_data(self, path: Path) -> None:
        from playground.gui.dialogs.data_import import DataImportDialog

        dialog = DataImportDialog(path, self._window)
        dialog.chosen.connect(self._on_data_chosen)
        dialog.open()

    @Slot(object)
    def _on_data_chosen(self, values: dict[str, object]) -> None:
        try:
            self._session.set("data", values)
        except PlaygroundError as error:
            self._messages.show_message(str(error))
        else:
            memory.remember_file(Path(str(values["path"])))
