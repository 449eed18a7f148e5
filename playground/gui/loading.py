"""From an experiment to a trainer that fits its data; runs on the training thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.training.experiment import Experiment

if TYPE_CHECKING:
    from playground.data.table import Prepared
    from playground.training.trainer import Trainer


class Loader:
    """Builds trainers and keeps the last data set, which most restarts have in common."""

    def __init__(self) -> None:
        self._key: object = None
        self._prepared: Prepared | None = None

    def build(self, experiment: Experiment) -> tuple[Trainer, str]:
        """Return the trainer and a remark on what had to be replaced, empty if nothing.

        Raises
        ------
        SpecError, DataError
            Where the parts do not fit together or the data cannot be used.
        """
        from playground.training.problem import fitting_loss
        from playground.training.trainer import Trainer

        prepared = self._prepare(experiment)
        loss = fitting_loss(experiment.loss, prepared.table.task)
        if loss is experiment.loss:
            return Trainer(experiment, prepared=prepared), ""
        fitted = experiment.model_copy(update={"loss": loss})
        notice = (
            f"{experiment.loss.label()} does not fit this data ({prepared.table.task}); "
            f"the loss is now {loss.label().lower()}."
        )
        return Trainer(fitted, prepared=prepared), notice

    def _prepare(self, experiment: Experiment) -> Prepared:
        from playground.data.prepare import prepare

        what = (experiment.data, experiment.features, experiment.split, experiment.seeds.data)
        key = (*what, _file_time(experiment))
        if self._prepared is None or key != self._key:
            self._prepared, self._key = None, None  # never two large tables at once
            self._prepared = prepare(*what)
            self._key = key
        return self._prepared


def _file_time(experiment: Experiment) -> float:
    """Return when the data file was last written, so that a file that changed is read anew."""
    path = getattr(experiment.data, "path", None)
    return path.stat().st_mtime if path is not None and path.is_file() else 0.0
