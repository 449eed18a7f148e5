"""Which rows train, which validate and which test."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from playground.data.table import Table
from playground.declarations import Declared, declare
from playground.randomness import generator

Rows = NDArray[np.int64]


class Split(Declared):
    """How a table is divided and standardised; validation is what the other parts leave."""

    train: int = declare(
        80, ge=1, le=100, slider=(10, 90), unit="%", label="Training part", help="Rows to train on."
    )
    test: int = declare(
        0, ge=0, le=90, slider=(0, 50), unit="%", label="Test part", help="Rows kept for the end."
    )
    stratify: bool = declare(
        True, help="Give each class its share of every part (classification only)."
    )
    standardize: Literal["auto", "on", "off"] = declare(
        "auto",
        label="Standardise inputs",
        help="Mean 0 and deviation 1 over the training part; auto: tables with units of their own.",
    )
    standardize_target: Literal["auto", "on", "off"] = declare(
        "auto", label="Standardise target", help="The same for the target of a regression."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.train + self.test > 100:
            raise ValueError(
                f"train and test together must be ≤ 100 %, got {self.train} + {self.test}"
            )
        return self


def split_rows(table: Table, split: Split, seed: int) -> tuple[Rows, Rows, Rows]:
    """Return the rows of the training, validation and test part, each in shuffled order.

    The rows are shuffled once. Unstratified, the first ``n·train // 100`` of them train, as in
    TensorFlow Playground. Stratified, each class gives every part its share, rounded by largest
    remainder; a class too rare for any whole share of a part comes first when remainders are dealt.
    """
    n_samples = len(table.targets)
    order: Rows = generator(seed, "split").permutation(n_samples)
    n_train = max(1, n_samples * split.train // 100)
    # Bounds are rounded, not sizes, so that 80 + 20 leaves no stray row for validation.
    n_validation = max(n_train, n_samples * (100 - split.test) // 100) - n_train
    if not (split.stratify and table.task.is_classification):
        return (
            order[:n_train],
            order[n_train : n_train + n_validation],
            order[n_train + n_validation :],
        )
    labels = table.targets.astype(np.int64)
    train, rest = _take(order, labels[order], n_train)
    validation, test = _take(rest, labels[rest], n_validation)
    return train, validation, test


def _take(rows: Rows, labels: NDArray[np.int64], count: int) -> tuple[Rows, Rows]:
    """Divide ``rows`` into ``count`` of them, stratified, and the rest; both keep their order."""
    if not len(rows):
        return rows, rows
    sizes = np.bincount(labels)
    shares = _largest_remainder(sizes, count)
    by_class = np.argsort(labels, kind="stable")
    firsts = np.cumsum(sizes) - sizes
    rank_in_class = np.empty(len(rows), dtype=np.int64)
    rank_in_class[by_class] = np.arange(len(rows)) - firsts[labels[by_class]]
    taken = rank_in_class < shares[labels]
    return rows[taken], rows[~taken]


def _largest_remainder(sizes: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return whole shares of ``count`` proportional to ``sizes``, each within one of exact."""
    shares, remainders = np.divmod(sizes * count, sizes.sum())
    unserved = (shares == 0) & (remainders > 0)
    ranking = np.lexsort((-remainders, ~unserved))
    shares[ranking[: count - shares.sum()]] += 1
    return shares
