"""Defects of the program: a traceback in a log file, and a box that says where it is."""

from __future__ import annotations

import platform
import sys
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtWidgets import QApplication, QMessageBox

import playground
from playground.gui import memory

LARGEST_LOG_BYTES = 1_000_000


def install_hook() -> None:
    """Report every exception that nobody caught; the window stays open."""
    sys.excepthook = _hook


def report(error: BaseException) -> None:
    """Write an exception into the log and show where that is."""
    text = "".join(traceback.format_exception(error))
    sys.stderr.write(text)
    path = write_log(text)
    box = QMessageBox(QApplication.activeWindow())
    box.setIcon(QMessageBox.Icon.Critical)
    box.setWindowTitle("A defect of the program")
    box.setText(f"{type(error).__name__}: {error}")
    where = f"The details are in\n{path}" if path else "The details are on standard error."
    box.setInformativeText(
        f"This should not have happened; your work is still there. {where}\n"
        "Please send it with a word on what you did."
    )
    box.setDetailedText(text)
    box.open()


def write_log(text: str) -> Path | None:
    """Append a report to the log and return its path; None where it cannot be written."""
    path = memory.log_folder() / "playground.log"
    head = (
        f"--- {datetime.now().isoformat(timespec='seconds')}  "
        f"optimization-playground {playground.__version__}  Python {platform.python_version()}  "
        f"{platform.platform()}\n"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        too_long = path.exists() and path.stat().st_size > LARGEST_LOG_BYTES
        with path.open("w" if too_long else "a", encoding="utf-8") as file:
            file.write(head + text + "\n")
    except OSError:
        return None  # the text also goes to standard error
    return path


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    report(error)
