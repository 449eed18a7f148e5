"""What a TOML file holds: an experiment, or a saved run or comparison that starts from one."""

from __future__ import annotations

from pathlib import Path

from playground.storage.comparisons import is_comparison, read_comparison
from playground.storage.experiments import experiment_from
from playground.storage.files import read_toml
from playground.storage.runs import load_run
from playground.training.experiment import Experiment


def read_any(path: Path) -> tuple[Experiment, str]:
    """Return the experiment in a file and a remark, empty if there is nothing to say.

    Raises
    ------
    StorageError, SpecError
        Where the file cannot be read or something in it is refused.
    """
    values = read_toml(path)
    if is_comparison(values):
        remark = (
            f"{path.name} is a comparison; this is its experiment. To do it again: Open… in "
            f"Compare optimizers, or playground compare {path.name}"
        )
        return read_comparison(path).experiment, remark
    if "experiment" not in values:
        return experiment_from(values, path), ""
    saved = load_run(path)
    if not saved.edits:
        return saved.experiment, ""
    remark = (
        f"{path.name} has {len(saved.edits)} changes made during the run; this is how it started. "
        f"To repeat it exactly: playground replay {path.name} --out FOLDER"
    )
    return saved.experiment, remark
