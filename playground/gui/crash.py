"""Defects of the program: a traceback in a log file, and a box that says where it is."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from playground.storage.logs import log_defect


def install_hook() -> None:
    """Report every exception that nobody caught, on whichever thread; the window stays open."""
    reporter = _Reporter(QApplication.instance())

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
        else:
            reporter.came.emit(error)

    sys.excepthook = hook


class _Reporter(QObject):
    """Brings what is raised on other threads to the one that may show a box."""

    came = Signal(object)

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.came.connect(self._report)

    @Slot(object)
    def _report(self, error: BaseException) -> None:
        report(error)


def report(error: BaseException) -> None:
    """Write an exception into the log and show where that is."""
    text = "".join(traceback.format_exception(error))
    sys.stderr.write(text)
    try:
        where = f"The details are in {log_defect(error)}"
    except OSError:
        where = "The details are on standard error"
    # Without a parent the box would go with the last Python reference to it.
    box = QMessageBox(QApplication.activeWindow() or _any_window())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Critical)
    box.setWindowTitle("A defect of the program")
    box.setText(f"This should not have happened: {type(error).__name__}: {error}")
    box.setInformativeText(f"{where}; please send them with a word on what you did.")
    box.setDetailedText(text)
    box.open()


def _any_window() -> QWidget | None:
    return next((w for w in QApplication.topLevelWidgets() if w.isVisible()), None)
