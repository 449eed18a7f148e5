"""Frames of the real window while twelve racers play, and a drag of their start to new paths."""

import os
import statistics
from time import perf_counter

import numpy as np

MEASURED_S = 3.5
DRAGS = 15
LIMITS_MS = {"frame gap, 95th percentile": 20.0, "drag of the start to redrawn paths": 100.0}
STEPS = 500
STEPS_PER_S = 120.0
"""Two steps a frame: at sixty every now and then a frame has no new step to show."""


def twelve():
    from playground.descent.race import Race, racers_of
    from playground.optimizers.optimizer import OPTIMIZERS

    names = (
        *("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
        *("adamw", "amsgrad", "nadam", "adabelief", "lion", "damped_newton"),
    )
    rates = {"sgd": 1e-3, "momentum": 1e-3, "nesterov": 5e-4}
    racers = [
        OPTIMIZERS[name](**({"learning_rate": rates[name]} if name in rates else {}))
        for name in names
    ]
    return Race(steps=STEPS, racers=racers_of(*racers))


def swept(workspace) -> bool:
    """Whether the sweep of the learning rates, which takes seconds once, is over."""
    found = workspace.rates.sweep
    return found is not None and found.progress == 1


def frame_gaps_ms(workspace) -> np.ndarray:
    """Return the gaps between painted maps while the race plays."""
    from PySide6.QtCore import QEventLoop, QTimer

    player, painted = workspace.session.player, []
    player.steps_per_s = STEPS_PER_S
    player.moved.connect(lambda: painted.append(perf_counter()))
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * MEASURED_S), loop.quit)
    player.play()
    loop.exec()
    player.pause()
    return 1e3 * np.diff(painted[30:])


def drags_ms(qt, workspace) -> list[float]:
    """Return the times from a move of the start to all paths, whole and painted."""
    session, taken = workspace.session, []
    for i in range(DRAGS):
        begun = perf_counter()
        session.set_start(-1.2 + 0.05 * (i + 1), 1.0)
        while not (session.is_whole and session.shown == session.race):
            qt.processEvents()
        workspace.map.canvas.viewport().repaint()
        taken.append(1e3 * (perf_counter() - begun))
    return taken[1:]


def main() -> None:
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from playground.gui.app import make_application, responsive
    from playground.gui.collector import Collector
    from playground.gui.main_window import MainWindow

    qt = make_application("light")
    with responsive():
        window = MainWindow(twelve(), workspace="descent", remembers=False)
        Collector(window)
        window.resize(1280, 800)
        window.show()
        workspace = window.current
        while not (workspace.is_settled() and swept(workspace)):
            qt.processEvents()
        gaps = frame_gaps_ms(workspace)
        workspace.session.player.seek(STEPS)
        drags = drags_ms(qt, workspace)
        window.close()
    measured = dict(
        zip(LIMITS_MS, (float(np.percentile(gaps, 95)), statistics.median(drags)), strict=True)
    )
    print(
        f"12 racers at {STEPS_PER_S:.0f} steps/s: {1e3 / gaps.mean():.1f} frames/s, "
        f"longest {gaps.max():.1f} ms"
    )
    print(f"{'':38}{'ms':>8}{'wanted':>10}")
    for name, value in measured.items():
        print(f"{name:38}{value:8.1f}{LIMITS_MS[name]:10.0f}")
    if missed := [name for name, value in measured.items() if value > LIMITS_MS[name]]:
        raise AssertionError(f"too long: {', '.join(missed)}")


if __name__ == "__main__":
    main()
