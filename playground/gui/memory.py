"""What the window remembers from one start to the next."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QApplication

from playground.gui.theme import Choice

NAME = "optimization-playground"
MOST_RECENT_FILES = 8
LAYOUT_VERSION = 3
"""Raise it when docks appear or change their names: an older layout is then left aside."""


def name_application(app: QApplication) -> None:
    """Give the application the names under which the system keeps its settings and logs."""
    app.setOrganizationName(NAME)
    app.setApplicationName(NAME)
    app.setApplicationDisplayName("Optimization playground")
    app.setDesktopFileName(NAME)


def settings() -> QSettings:
    """Return the settings under those names; keys are grouped, as ``window/…``, ``folders/…``."""
    return QSettings()


def remembered_theme() -> tuple[Choice, float]:
    """Return the theme's name and the scale."""
    stored = settings()
    choice = str(stored.value("window/theme", "system"))
    scale = float(cast(float, stored.value("window/scale", 1.0, float)))
    known = choice if choice in ("light", "dark", "system") else "system"
    return cast(Choice, known), scale


def remembered_workspace() -> str:
    """Return the name of the workspace that was shown last; training at first."""
    return str(settings().value("window/workspace", "train"))


def folder(purpose: str) -> str:
    """Return the folder last used for a purpose such as ``export``; the documents at first."""
    stored = str(settings().value(f"folders/{purpose}", ""))
    if stored and Path(stored).is_dir():
        return stored
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def remember_folder(purpose: str, path: Path) -> None:
    """Keep the folder for the next time."""
    settings().setValue(f"folders/{purpose}", str(path))


def recent_files() -> list[Path]:
    """Return the files that were opened or saved last, the newest first; some may be gone."""
    names = cast(list[str], settings().value("files/recent", [], list))
    return [Path(name) for name in names]


def remember_file(path: Path) -> None:
    """Put a file before all others that were opened."""
    newest = path.absolute()
    files = [newest, *(file for file in recent_files() if file != newest)]
    settings().setValue("files/recent", [str(file) for file in files[:MOST_RECENT_FILES]])


def forget_files() -> None:
    """Empty the list of files that were opened."""
    settings().remove("files/recent")
