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
        Arrays of shape (n, n_inputs) and (n, n_outputs), the targets encoded for the loss. Texts
        are symbol numbers, written ones of shape (n, n_target_positions).
    true
        The part's own targets: class numbers, or numbers in a regression, of shape (n,); or texts.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    true: NDArray[Any]

    @property
    def reads_text(self) -> bool:
        """Whether the inputs are texts."""
        return self.inputs.dtype.kind == "i"

    @property
    def writes_text(self) -> bool:
        """Whether the targets are texts."""
        return self.targets.dtype.kind == "i"

    def head(self, n_rows: int) -> Encoded:
        """Return the first rows."""
        return Encoded(self.inputs[:n_rows], self.targets[:n_rows], self.true[:n_rows])
