"""Sums written as text."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from playground.data.source import DATASETS, DataSource, declare_n_samples
from playground.data.table import Table
from playground.data.texts import position_names
from playground.data.vocabulary import Vocabulary
from playground.declarations import declare
from playground.tasks import Task


@DATASETS.register
class Addition(DataSource):
    """Additions such as "347+85", to be answered by "432"; each of them occurs once."""

    LABEL: ClassVar[str] = "Addition as text"
    kind: Literal["addition"] = "addition"
    n_samples: int = declare_n_samples(10_000)
    n_digits: int = declare(
        3, ge=1, le=8, slider=(1, 5), label="Digits", help="Most digits of a summand."
    )
    units_first: bool = declare(
        False, help="Write the sum from its last digit on, so that each carry is known in time."
    )

    def load(self, rng: np.random.Generator) -> Table:
        pairs = rng.choice(self._n_pairs, self._n_used, replace=False)
        left, right = np.divmod(pairs, 10**self.n_digits)
        sources = [f"{a}+{b}" for a, b in zip(left.tolist(), right.tolist(), strict=True)]
        sums = [str(total) for total in (left + right).tolist()]
        source_symbols, target_symbols = (
            Vocabulary.of(["+0123456789"]),
            Vocabulary.of(["0123456789"]),
        )
        _, n_positions = self.expected_shape()
        return Table(
            inputs=source_symbols.encode(sources, n_positions),
            targets=target_symbols.encode(
                [text[::-1] for text in sums] if self.units_first else sums,
                self.n_digits + 2,
                ends=True,
            ),
            task=Task.SEQUENCE,
            feature_names=position_names(n_positions),
            target_name="sum",
            source_vocabulary=source_symbols,
            target_vocabulary=target_symbols,
        )

    def expected_shape(self) -> tuple[int, int]:
        return self._n_used, 2 * self.n_digits + 1

    @property
    def _n_pairs(self) -> int:
        return 100**self.n_digits

    @property
    def _n_used(self) -> int:
        return min(self.n_samples, self._n_pairs)
