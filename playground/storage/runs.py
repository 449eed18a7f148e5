"""Saved runs: curves, weights, a summary, and all that it takes to repeat them bit for bit."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tomlkit
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from playground import __version__
from playground.declarations import Declared, declare
from playground.storage.curves import fill_with_curves
from playground.storage.experiments import experiment_from, inline, portable, to_toml, validated
from playground.storage.files import read_arrays, read_toml, replacing_together
from playground.storage.jsonable import jsonable
from playground.training.control import Control
from playground.training.experiment import Experiment
from playground.training.problem import AVERAGED
from playground.training.snapshots import Edit, Outcome
from playground.training.trainer import Trainer

FORMAT = 1
INITIAL = "initial.npz"


class Versions(Declared):
    """What a run was computed with; other versions may round differently."""

    playground: str = declare("", help="This program.")
    python: str = declare("", help="The interpreter.")
    numpy: str = declare("", help="The array library.")
    platform: str = declare("", help="Operating system and processor family.")
    blas: str = declare("", help="The library of matrix products and its kernels.")
    blas_threads: int = declare(0, ge=0, help="Its threads; they decide the order of sums.")


class SavedEdit(Declared):
    """One change of a setting while the run went on, acting on the update after ``step``."""

    step: int = declare(ge=0, help="Updates before it.")
    path: str = declare(help="The setting.")
    old: Any = declare(None, help="Its value before.")
    new: Any = declare(help="Its value after.")


class DataFile(Declared):
    """The user's table that the run read."""

    sha256: str = declare(help="Digest of its content.")


class SavedRun(Declared):
    """What stands in a ``run.toml``."""

    format: Literal[1] = declare(help="Raised when older programs could not read the file.")
    steps: int = declare(ge=0, help="Updates in all.")
    versions: Versions = declare(default_factory=Versions, help="What it was computed with.")
    data: DataFile | None = declare(None, help="Set when the data is a file.")
    initial: Path | None = declare(None, help="The first weights, where no seed drew them.")
    experiment: Experiment = declare(help="The values at step 0.")
    edits: tuple[SavedEdit, ...] = declare((), help="In order of their steps.")


def save_run(trainer: Trainer, folder: Path) -> None:
    """Write ``curves.csv``, ``run.toml``, ``weights.npz`` and ``summary.json`` into a folder.

    The first weights are in ``initial.npz`` where they were given to the trainer. All files take
    their places when all are written.

    Raises
    ------
    StorageError
        Where they cannot be written.
    """
    with replacing_together(folder) as place:
        fill_with_curves(place("curves.csv"), {"": trainer.history})
        text = tomlkit.dumps(_document(trainer, folder / "run.toml"))
        place("run.toml").write_text(text, encoding="utf-8")
        arrays = trainer.parameters() | trainer.running()
        # The scores of the summary are theirs.
        arrays |= {f"{AVERAGED}{name}": array for name, array in trainer.averaged().items()}
        _fill_with_arrays(place("weights.npz"), arrays)
        if trainer.initial is not None:
            _fill_with_arrays(place(INITIAL), trainer.initial)
        text = json.dumps(summary(trainer), indent=2, allow_nan=False)
        place("summary.json").write_text(f"{text}\n", encoding="utf-8")


def load_run(path: Path) -> SavedRun:
    """Read a ``run.toml``.

    Raises
    ------
    StorageError
        Where the file cannot be read.
    SpecError
        Where something in it is unknown or refused; names the file and the setting.
    """
    values = read_toml(path)
    saved = validated(SavedRun, values, path)
    changes: dict[str, Any] = {"experiment": experiment_from(values["experiment"], path)}
    if saved.initial is not None:
        changes["initial"] = path.absolute().parent / saved.initial
    return saved.model_copy(update=changes)


def replay(
    saved: SavedRun, *, notify: Callable[[str], None], control: Control | None = None
) -> Trainer:
    """Repeat a saved run with as many BLAS threads as it had.

    Parameters
    ----------
    saved
        What :func:`load_run` returned.
    notify
        Called before training with each reason why the numbers may differ: another version of a
        library, or a data file that has changed.
    control
        A watcher's end of the line.

    Raises
    ------
    StorageError
        Where the file of the first weights cannot be read.
    SpecError, DataError
        Where the parts do not fit together or the data cannot be used.
    """
    initial = read_arrays(saved.initial) if saved.initial is not None else None
    threads = saved.versions.blas_threads or None
    with threadpool_limits(threads, user_api="blas"):
        for remark in _differences(saved.versions, present_versions()):
            notify(remark)
        trainer = Trainer(saved.experiment, initial)
        sha256 = trainer.prepared.table.sha256
        if saved.data and sha256 != saved.data.sha256:
            notify("the data file has changed since the run: the numbers will differ")
        edits = [Edit(e.step, e.path, e.old, e.new) for e in saved.edits]
        trainer.repeat(edits, saved.steps, control=control)
    return trainer


def summary(trainer: Trainer) -> dict[str, Any]:
    """Return how a run went, as plain values; None where nothing finite was measured."""
    history, ending = trainer.history, trainer.ending
    values: dict[str, Any] = {
        "outcome": str(ending.outcome if ending else Outcome.STOPPED),
        "reason": ending.reason if ending else f"ended by hand at step {trainer.step:,}",
        "steps": trainer.step,
        "epochs": trainer.epoch,
        "elapsed_s": trainer.elapsed_s,
        "steps_per_s": trainer.step / trainer.elapsed_s if trainer.elapsed_s else None,
    }
    scores = [n for n in history.columns if n.startswith(("train_", "validation_"))]
    for name in scores:
        last = history.last(name)
        values[name] = last[1] if last else None
    best = history.best("validation_loss")
    values["best_validation_step"], values["best_validation_loss"] = best or (None, None)
    values["n_parameters"] = trainer.layout.size
    plain: dict[str, Any] = jsonable(values)
    return plain


def present_versions() -> Versions:
    """Return what a run would be computed with now."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    # scipy brings a copy of its own.
    pools.sort(key=lambda pool: "numpy" not in pool["filepath"])
    pool: Mapping[str, Any] = pools[0] if pools else {}
    parts = [pool.get(key) for key in ("internal_api", "version", "architecture")]
    return Versions(
        playground=__version__,
        python=platform.python_version(),
        numpy=np.__version__,
        platform=f"{platform.system()} {platform.machine()}",
        blas=" ".join(str(part) for part in parts if part),
        blas_threads=pool.get("num_threads", 0),
    )


def _differences(then: Versions, now: Versions) -> list[str]:
    return [
        f"made with {name} {old}, repeated with {new}: the numbers may differ"
        for name in ("playground", "python", "numpy", "platform", "blas")
        if (old := getattr(then, name)) != (new := getattr(now, name)) and old
    ]


def _document(trainer: Trainer, path: Path) -> tomlkit.TOMLDocument:
    experiment = portable(trainer.first_experiment, path)
    values: dict[str, Any] = {
        "format": FORMAT,
        "steps": trainer.step,
        "versions": present_versions().model_dump(),
    }
    if sha256 := trainer.prepared.table.sha256:
        values["data"] = {"sha256": sha256}
    if trainer.initial is not None:
        values["initial"] = INITIAL
    # Every value, defaults too: a later version may have others.
    values["experiment"] = experiment.model_dump(mode="json")
    document = to_toml(values)
    edits = tomlkit.aot()
    for edit in trainer.edits:
        table = tomlkit.table()
        for name in ("step", "path", "old", "new"):
            table.add(name, inline(getattr(edit, name)))
        edits.append(table)
    if trainer.edits:
        document.add("edits", edits)
    return document


def _fill_with_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
