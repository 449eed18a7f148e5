"""Training on texts: what the presets reach on held-out texts, and in how many seconds."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from playground import presets
from playground.tasks import Task
from playground.training.trainer import Trainer

WANTED = {"dates": 0.98, "sentiment": 0.95, "addition": 0.95}
SECONDS = 300


def share_right(trainer: Trainer) -> float:
    """Return the share of all validation rows that are right, texts in every symbol."""
    if trainer.prepared.table.task is not Task.SEQUENCE:
        return trainer.scores()["validation_accuracy"]
    true = trainer.prepared.validation.targets
    return float(np.mean((trainer.write("validation") == true).all(axis=1)))


def main() -> None:
    for name, wanted in WANTED.items():
        start = perf_counter()
        trainer = Trainer(presets.load(name))
        trainer.run()
        elapsed = perf_counter() - start
        print(
            f"{name:<10} {share_right(trainer):7.2%} right (wanted: {wanted:.0%}) "
            f"in {elapsed:4.0f} s, loading included (wanted: at most {SECONDS}), "
            f"{trainer.step:,} steps"
        )


if __name__ == "__main__":
    main()
