"""One part of the data as the programs take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Encoded:
    """Arrays whose rows make up batches.

    Attributes
    ----------
    inputs, targets
        Arrays of shape (n, n_inputs) and (n, n_outputs), the targets encoded for the loss.
    true
        The part's own targets, shape (n,): class numbers, or numbers in a regression.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    true: NDArray[Any]
