"""What a model's own view shows for one sample: filters and feature maps, or attention."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.vocabulary import Vocabulary
from playground.models.losses import Loss
from playground.tasks import END, PADDING, START
from playground.training.encoded import Encoded
from playground.training.machine import Machine
from playground.training.problem import Problem
from playground.training.views import (
    AttentionMap,
    AttentionView,
    BlockMaps,
    MapsView,
    ModelView,
    OpaqueView,
)

MAPS = ".maps"
"""How feature maps are named among :attr:`playground.models.model.Pass.views`."""

_SPECIAL = {PADDING: "", START: "⊢", END: "⊣"}


class ModelViewer:
    """Looks at one sample through a model.

    Parameters
    ----------
    problem, loss
        What is learned.
    parts
        The encoded parts by name.

    Attributes
    ----------
    row
        The table's row to look at; another thread may set it. None is the first of the validation
        part, or of the training part where that is empty.
    """

    def __init__(self, problem: Problem, loss: Loss, parts: dict[str, Encoded]) -> None:
        self._problem = problem
        self._loss = loss
        self._parts = parts
        self._has_views: bool | None = None
        self.row: int | None = None
        self._seen: int | None = None

    @property
    def is_out_of_date(self) -> bool:
        """Whether another row is to be looked at than in the last view."""
        return self.row != self._seen

    def view(self, machine: Machine) -> ModelView:
        """Return what happens to the sample now."""
        self._seen = self.row
        if self._has_views is False:
            return OpaqueView(machine.step)
        part, index = self._place(self._seen)
        data = self._parts[part]
        bound = machine.programs.views(1)
        bound.inputs["inputs"][...] = data.inputs[index]
        bound.inputs["targets"][...] = data.targets[index]
        bound.run()
        outputs = bound.outputs["outputs"]
        layers = self._problem.layout.layers
        views = dict(
            sorted(bound.outputs["views"].items(), key=lambda v: layers.index(v[0].split(".")[0]))
        )
        self._has_views = bool(views)
        row = int(self._problem.prepared.part(part).rows[index])
        if any(name.endswith(MAPS) for name in views):
            return self._maps(machine, (part, row), views, outputs)
        if views:
            maps = self._attention(data, index, views)
            return AttentionView(machine.step, part, row, maps)
        return OpaqueView(machine.step)

    def _place(self, row: int | None) -> tuple[str, int]:
        """Return the part and the position in it where a row of the table stands."""
        prepared = self._problem.prepared
        for part in ("validation", "train", "test"):
            rows = prepared.part(part).rows
            if row is None and len(rows):
                return part, 0
            found = np.flatnonzero(rows == row)
            if len(found):
                return part, int(found[0])
        return self._place(None)

    def _maps(
        self,
        machine: Machine,
        place: tuple[str, int],
        views: dict[str, NDArray[Any]],
        outputs: NDArray[Any],
    ) -> MapsView:
        table = self._problem.prepared.table
        parameters = self._problem.layout.unpack(machine.theta)
        blocks = []
        for name, maps in views.items():
            layer = name.removesuffix(MAPS)
            # A filter has a picture for each map that it reads; their mean stands for all.
            filters = parameters[f"{layer}.weight"].mean(axis=2).transpose(2, 0, 1)
            blocks.append(BlockMaps(layer, filters.copy(), maps[0].transpose(2, 0, 1).copy()))
        part, row = place
        assert table.image_shape is not None
        picture = table.inputs[row].reshape(table.image_shape).copy()
        is_class = table.task.is_classification
        return MapsView(
            machine.step,
            part,
            row,
            picture,
            tuple(blocks),
            int(table.targets[row]) if is_class else None,
            self._loss.probabilities(outputs)[0].astype(np.float64) if is_class else None,
        )

    def _attention(
        self, data: Encoded, index: int, views: dict[str, NDArray[Any]]
    ) -> tuple[AttentionMap, ...]:
        table = self._problem.prepared.table
        source = _symbols(table.source_vocabulary, data.inputs[index])
        written: tuple[str, ...] = ()
        if data.writes_text:
            written = _symbols(table.target_vocabulary, data.targets[index])
        is_continuation = self._problem.signature.is_continuation
        maps = []
        for name, shares in views.items():
            # What writes is named after the symbol to be written, and reads those before.
            if not written or name.startswith("encoder"):
                queries, keys = source, source
            elif is_continuation or not name.startswith("decoder") or "cross" in name:
                queries, keys = written, source
            else:
                queries, keys = written, (_SPECIAL[START], *written[:-1])
            shown = shares[0, :, : len(queries), : len(keys)].copy()
            maps.append(AttentionMap(name, shown, queries[: shown.shape[1]], keys))
        return tuple(maps)


def _symbols(vocabulary: Vocabulary | None, numbers: NDArray[Any]) -> tuple[str, ...]:
    """Return the symbols of one text up to its padding."""
    assert vocabulary is not None
    kept = [int(n) for n in numbers if n != PADDING]
    return tuple(_SPECIAL.get(n) or vocabulary.symbols[n - len(_SPECIAL)] for n in kept)
