"""What a trained model says about each row of a part, beside what is true."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from playground.errors import StorageError
from playground.storage.files import writing_text
from playground.training.trainer import Trainer

PartName = Literal["train", "validation", "test"]


def write_predictions(path: Path, trainer: Trainer, part: PartName) -> None:
    """Write one line a row of a part, in the order of the table, as CSV.

    The columns are ``row`` (the first row of the table is 1), ``true`` and ``predicted``: numbers
    in the target's own unit, class names or texts. A classification adds ``probability/<class>``,
    a text to be read ``source``.

    Raises
    ------
    StorageError
        Where the part is empty or the file cannot be written.
    """
    if not len(trainer.prepared.part(part)):
        raise StorageError(f"{path}: the {part} part has no rows to predict")
    task = trainer.prepared.table.task
    lines_of = _estimated
    if task.is_classification:
        lines_of = _classified
    elif task.writes_text:
        lines_of = _written
    with writing_text(path) as file:
        csv.writer(file, lineterminator="\n").writerows(lines_of(trainer, part))


def _classified(trainer: Trainer, part: PartName) -> Iterator[list[str]]:
    table, data, loss = trainer.prepared.table, trainer.prepared.part(part), trainer.experiment.loss
    outputs = trainer.predict(part).astype(np.float64)
    shares, decided = loss.probabilities(outputs), loss.decide(outputs)
    yield ["row", "true", "predicted", *(f"probability/{name}" for name in table.class_names)]
    for index in np.argsort(data.rows).tolist():
        row, true, predicted = data.rows[index], data.targets[index], decided[index]
        names = table.class_names[int(true)], table.class_names[int(predicted)]
        yield [str(row + 1), *names, *map(repr, shares[index].tolist())]


def _estimated(trainer: Trainer, part: PartName) -> Iterator[list[str]]:
    prepared, rows = trainer.prepared, trainer.prepared.part(part).rows
    outputs = trainer.predict(part)[:, 0].astype(np.float64)
    predicted = prepared.target_scaling.invert(outputs)
    yield ["row", "true", "predicted"]
    for index in np.argsort(rows).tolist():
        true = float(prepared.table.targets[rows[index]])
        yield [str(rows[index] + 1), repr(true), repr(float(predicted[index]))]


def _written(trainer: Trainer, part: PartName) -> Iterator[list[str]]:
    table, data = trainer.prepared.table, trainer.prepared.part(part)
    assert table.source_vocabulary is not None
    assert table.target_vocabulary is not None
    sources = table.source_vocabulary.decode(data.inputs)
    true = table.target_vocabulary.decode(data.targets)
    written = table.target_vocabulary.decode(trainer.write(part))
    yield ["row", "source", "true", "predicted"]
    for index in np.argsort(data.rows).tolist():
        yield [str(data.rows[index] + 1), sources[index], true[index], written[index]]
