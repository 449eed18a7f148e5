"""A picture of the real window after some training, also without a display."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QBuffer, QByteArray, QDeadlineTimer, QEventLoop, QIODevice, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from playground.errors import PlaygroundError
from playground.gui.collector import collected_by_hand

if TYPE_CHECKING:
    from playground.gui.main_window import MainWindow
    from playground.training.experiment import Experiment
    from playground.training.trainer import Trainer

LOOK_MS = 20
"""Between two looks at whether all is there."""

SETTLE_MS = 120_000
"""How long views may take to their pictures once all is computed, also on a slow machine."""


def render(
    experiment: Experiment,
    steps: int,
    out: Path,
    size: tuple[int, int] = (1280, 800),
    theme: Literal["dark", "light"] = "light",
    curves: Path | None = None,
) -> None:
    """Train in the real window on Qt's offscreen platform and save what it shows.

    Parameters
    ----------
    experiment
        What to train.
    steps
        Updates to do; fewer where a stop rule ends the run or it diverges.
    out
        The picture, PNG or what else its suffix says.
    size
        Width and height of the window in pixels.
    theme
        Colours.
    curves
        Folder for the run's files (``curves.csv``, ``run.toml`` …); none are written without it.

    Raises
    ------
    PlaygroundError
        Where the experiment cannot be run or a file cannot be written.
    """
    _application(theme)
    from playground.gui.main_window import MainWindow

    with collected_by_hand():
        _render(MainWindow(experiment, remembers=False), steps, out, size, curves)


def render_workspace(
    workspace: str,
    start: object,
    steps: int,
    out: Path,
    size: tuple[int, int] = (1280, 800),
    theme: Literal["dark", "light"] = "light",
    page: str = "",
) -> None:
    """Save what another workspace shows in the real window, on Qt's offscreen platform.

    Parameters
    ----------
    workspace, start
        Its name and what it opens with.
    steps
        Of a race, or of the walk through a computation graph.
    out, size, theme
        As for :func:`render`.
    page
        Name of one of its pages; "" for the first.

    Raises
    ------
    PlaygroundError
        Where it cannot open that, has no such page, or the file cannot be written.
    """
    _application(theme)
    from playground.gui.main_window import MainWindow

    with collected_by_hand():
        window = MainWindow(start, workspace=workspace, remembers=False)
        try:
            window.resize(*size)
            window.show()
            _wait_for(window)
            if page:
                window.current.show_view(page)
            _wait_for(window)
            window.current.show_after(steps)
            _wait_for(window)
            _save_picture(_settled(window), out)
        finally:
            window.close()
            delete(window)


def _application(theme: Literal["dark", "light"]) -> None:
    if QApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        # The platform says of every window that it cannot pass its least size on.
        os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    from playground.gui import app

    app.make_application(theme)


def _wait_for(window: MainWindow) -> None:
    """Let the workspace compute what it shows."""
    _run_until(window, lambda: window.current.is_settled())


def _run_until(window: MainWindow, is_done: Callable[[], bool]) -> None:
    """Let the window work until something is done; raise what went wrong in one of its threads."""
    loop, watch = QEventLoop(), QTimer(interval=LOOK_MS)
    defects: list[BaseException] = []

    def on_crashed(defect: BaseException) -> None:
        defects.append(defect)
        loop.quit()

    window.crashed.connect(on_crashed)
    watch.timeout.connect(lambda: loop.quit() if is_done() else None)
    watch.start()
    loop.exec()
    watch.stop()
    window.crashed.disconnect(on_crashed)
    if defects:
        raise defects[0]


def _render(
    window: MainWindow,
    steps: int,
    out: Path,
    size: tuple[int, int],
    curves: Path | None,
) -> None:
    try:
        window.resize(*size)
        window.show()
        _train(window, steps)
        _save_picture(_settled(window), out)
        if curves is not None:
            _save_run(window, curves)
    finally:
        window.close()
        delete(window)


def _train(window: MainWindow, steps: int) -> None:
    session = window.train.session
    problems: list[str] = []
    has_begun = steps == 0

    def is_done() -> bool:
        nonlocal has_begun
        if session.state == "ready" and not has_begun:
            has_begun = True
            session.train(steps)
            return False
        return bool(problems) or (has_begun and session.state in ("ready", "paused", "ended"))

    session.failed.connect(problems.append)
    _run_until(window, is_done)
    session.failed.disconnect(problems.append)
    if problems:
        raise PlaygroundError(problems[0])


def _settled(window: MainWindow) -> QPixmap:
    """Return the window's picture once all views have theirs and two in a row are the same."""
    deadline = QDeadlineTimer(SETTLE_MS)
    before, is_still = QPixmap(), False

    def is_done() -> bool:
        nonlocal before, is_still
        now = window.grab() if window.current.is_settled() else QPixmap()
        is_still = not now.isNull() and now.toImage() == before.toImage()
        before = now
        return is_still or deadline.hasExpired()

    _run_until(window, is_done)
    if not is_still:
        raise PlaygroundError(
            f"no picture: after {SETTLE_MS / 1000:g} seconds not every view that is shown was "
            "painted and at rest"
        )
    return before


def _save_picture(picture: QPixmap, out: Path) -> None:
    from playground.storage.files import replacing

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, out.suffix.removeprefix(".").upper()):
        raise PlaygroundError(f"{out}: must end in .png, .jpg or .webp, got {out.suffix!r}")
    with replacing(out) as temporary:
        temporary.write_bytes(bytes(data.data()))


def _save_run(window: MainWindow, folder: Path) -> None:
    from playground.storage.runs import save_run

    def save(trainer: Trainer) -> None:
        save_run(trainer, folder)

    window.train.session.ask(save).result()
