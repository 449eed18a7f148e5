"""Frames and steps of the real window while it trains flat out, and the same run without it."""

import os
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar, Literal

import numpy as np

from playground.data.source import DATASETS, DataSource
from playground.data.table import Table
from playground.declarations import validate
from playground.tasks import Task
from playground.training.experiment import Experiment
from playground.training.trainer import Trainer

WARM_UP_S = 2.0
MEASURED_S = 6.0
LIMITS = {"p95_ms": 20.0, "p99_ms": 33.0, "share": 0.45}


@DATASETS.register
class Pictures(DataSource):
    """Synthetic pictures of 28×28 pixels in ten classes."""

    LABEL: ClassVar[str] = "Synthetic pictures"
    kind: Literal["synthetic_pictures"] = "synthetic_pictures"

    def load(self, rng: np.random.Generator) -> Table:
        n_samples = 10_000
        targets = rng.integers(0, 10, n_samples)
        means = rng.normal(size=(10, 784))
        inputs = means[targets] + rng.normal(scale=4.0, size=(n_samples, 784))
        names = tuple(f"pixel {i}" for i in range(784))
        return Table(
            inputs,
            targets,
            Task.MULTICLASS,
            names,
            class_names=tuple("0123456789"),
            image_shape=(28, 28),
        )

    def expected_shape(self) -> tuple[int, int]:
        return 10_000, 784


EXPERIMENTS = {
    "2-8-8-1, batch 32": {"data": "spiral", "training": {"batch_size": 32}},
    "784-512-512-10, batch 256": {
        "data": "synthetic_pictures",
        "loss": "cross_entropy",
        "model": {"kind": "mlp", "hidden": [{"units": 512, "activation": "relu"}] * 2},
        "training": {"batch_size": 256},
    },
}


@dataclass(frozen=True)
class Measured:
    """Gaps between painted frames, and speed."""

    gaps_ms: np.ndarray
    steps_per_s: float

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.gaps_ms, share))


def headless_steps_per_s(experiment: Experiment) -> float:
    from threading import Timer

    from playground.training.control import Control

    trainer, control = Trainer(experiment), Control()
    trainer.run(20)
    first, start = trainer.step, perf_counter()
    timer = Timer(MEASURED_S / 2, control.interrupt)
    timer.start()
    trainer.run(control=control)
    timer.join()
    return (trainer.step - first) / (perf_counter() - start)


def in_the_window(experiment: Experiment) -> Measured:
    from PySide6.QtCore import QEventLoop, QTimer

    from playground.gui.app import responsive
    from playground.gui.collector import Collector
    from playground.gui.main_window import MainWindow

    with responsive():
        window = MainWindow(experiment, remembers=False)
        Collector(window)
        window.resize(1280, 800)
        window.show()
        session = window.train.session
        painted: list[tuple[float, int]] = []
        session.ticked.connect(lambda: painted.append((perf_counter(), session.snapshot.step)))
        session.state_changed.connect(lambda state: session.play() if state == "ready" else None)
        loop = QEventLoop()
        QTimer.singleShot(int(1000 * (WARM_UP_S + MEASURED_S)), loop.quit)
        loop.exec()
        window.close()
    end = painted[-1][0]
    kept = [(t, step) for t, step in painted if t > end - MEASURED_S]
    times = np.array([t for t, _ in kept])
    steps = kept[-1][1] - kept[0][1]
    return Measured(np.diff(times) * 1000, steps / (times[-1] - times[0]))


def main() -> None:
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from playground.gui.app import make_application

    make_application("light")
    head = f"{'network':27}{'steps/s':>9}{'headless':>10}{'share':>8}"
    print(f"{head}{'frames/s':>10}{'p95 ms':>8}{'p99 ms':>8}{'max ms':>8}")
    missed = []
    for name, values in EXPERIMENTS.items():
        experiment = validate(Experiment, values)
        alone = headless_steps_per_s(experiment)
        shown = in_the_window(experiment)
        share = shown.steps_per_s / alone
        frames_per_s = 1000 / shown.gaps_ms.mean()
        p95, p99 = shown.percentile(95), shown.percentile(99)
        print(
            f"{name:27}{shown.steps_per_s:9,.0f}{alone:10,.0f}{share:8.0%}{frames_per_s:10.1f}"
            f"{p95:8.1f}{p99:8.1f}{shown.gaps_ms.max():8.1f}",
            flush=True,
        )
        if p95 > LIMITS["p95_ms"] or p99 > LIMITS["p99_ms"]:
            missed.append(f"{name}: frame gaps")
        if experiment.data.name() == "spiral" and share < LIMITS["share"]:
            missed.append(f"{name}: share of the headless speed")
    if missed:
        raise AssertionError(", ".join(missed))


if __name__ == "__main__":
    main()
