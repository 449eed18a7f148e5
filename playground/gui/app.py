"""Opens the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from playground.gui import crash, memory, theme
from playground.gui.collector import Collector, collected_by_hand

if TYPE_CHECKING:
    from playground.gui.main_window import MainWindow

SWITCH_INTERVAL_S = 0.0001
"""With Python's own 5 ms a frame waits many times that for the interpreter lock."""


def main(argv: Sequence[str] = ()) -> int:
    """Open the window and return when it is closed.

    Parameters
    ----------
    argv
        Arguments without the program's name: nothing, or one experiment, saved run, race,
        formula or table.
    """
    app = make_application()
    crash.install_hook()
    with responsive():
        window = make_window()
        Collector(window)
        window.crashed.connect(crash.report)
        window.show()
        if argv:
            window.open_path(Path(argv[0]))
        return app.exec()


def make_application(choice: theme.Choice | None = None) -> QApplication:
    """Return the application with its names and its style, by default the remembered one."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication([memory.NAME])
    memory.name_application(app)
    remembered, scale = memory.remembered_theme()
    if choice is None:
        theme.install(remembered, scale)
    else:
        theme.install(choice)
    return app


def make_window() -> MainWindow:
    """Return the window, not yet shown, on the workspace that was shown last."""
    from playground.gui.main_window import MainWindow

    return MainWindow(workspace=memory.remembered_workspace())


@contextmanager
def responsive() -> Iterator[None]:
    """Let painting get the interpreter lock quickly and a core for itself while this lasts."""
    from threadpoolctl import threadpool_limits

    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        n_threads = max(1, (os.cpu_count() or 2) - 1)
        with threadpool_limits(n_threads, user_api="blas"), collected_by_hand():
            yield
    finally:
        sys.setswitchinterval(interval_s)
