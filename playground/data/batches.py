"""The order of mini-batches: by epoch, reachable again, and free to change its batch size."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.errors import SpecError
from playground.randomness import Stream

Leftover = Literal["smaller batch", "carry over", "drop"]


class BatchCursor:
    """A position in the order of the training rows.

    Parameters
    ----------
    n_samples
        Number of training rows, at least one.
    seed
        Seed of the batches; epoch e is ordered by counter e of the stream ``"batches"``.
    shuffle
        Whether every epoch has an order of its own; otherwise rows come as they are.
    leftover
        What becomes of rows at an epoch's end that fill no batch: they are a ``"smaller batch"``,
        are added to the next epoch's first batch (``"carry over"``, as TensorFlow Playground does),
        or are left out (``"drop"``).

    Notes
    -----
    The order belongs to the epoch, not to the batch size, so the size may change at any time.
    Rows carried over or left out count as consumed when their epoch ends.
    """

    def __init__(
        self,
        n_samples: int,
        seed: int,
        *,
        shuffle: bool = True,
        leftover: Leftover = "smaller batch",
    ) -> None:
        if n_samples < 1:
            raise ValueError(f"n_samples must be ≥ 1, got {n_samples}")
        self.n_samples = n_samples
        self.shuffle = shuffle
        self.leftover = leftover
        self._stream = Stream(seed, "batches")
        self._unshuffled: NDArray[np.intp] = np.arange(n_samples)
        self._order = self._unshuffled
        self._none = self._carried = self._unshuffled[:0]
        self._epoch, self._offset = 0, 0
        self.seek({"samples": 0, "carried": 0})

    def next(self, batch_size: int) -> NDArray[np.intp]:
        """Return the row numbers of the next mini-batch; a view of the epoch's order mostly.

        Raises
        ------
        SpecError
            Where :meth:`check` refuses the batch size.
        """
        start = self._offset
        stop = start + batch_size
        # Neither the first nor the last batch of an epoch: nothing else to decide.
        if 0 < start < stop <= self.n_samples - batch_size:
            self._offset = stop
            return self._order[start:stop]
        return self._next_at_border(batch_size)

    def _next_at_border(self, batch_size: int) -> NDArray[np.intp]:
        self.check(batch_size)
        self._end_unless_filled(batch_size)
        if self._offset == self.n_samples:
            self._epoch += 1
            self._offset = 0
            # The order of a full batch changes nothing but the rounding of its sums.
            is_full = batch_size >= self.n_samples
            self._order = self._unshuffled if is_full else self._order_of(self._epoch)
        stop = min(self._offset + batch_size, self.n_samples)
        rows = self._order[self._offset : stop]
        if len(self._carried):
            rows = np.concatenate([self._carried, rows])
            self._carried = self._none
        self._offset = stop
        self._end_unless_filled(batch_size)
        return rows

    def _end_unless_filled(self, batch_size: int) -> None:
        """End the epoch where its remaining rows fill no batch and may not be one."""
        n_left = self.n_samples - self._offset
        if self.leftover == "smaller batch" or n_left == 0 or n_left >= batch_size:
            return
        if self.leftover == "carry over":
            self._carried = self._order[self._offset :]
        self._offset = self.n_samples

    def check(self, batch_size: int) -> None:
        """Refuse a batch size with which no batch would ever be filled.

        Raises
        ------
        SpecError
            Where it is below one, or above the training rows without smaller batches.
        """
        if batch_size < 1:
            raise SpecError(f"batch_size: must be ≥ 1, got {batch_size}")
        if batch_size > self.n_samples and self.leftover != "smaller batch":
            raise SpecError(
                f"batch_size: must be ≤ {self.n_samples}, the number of training samples, when "
                f"leftover samples are not a smaller batch ({self.leftover!r}), got {batch_size}"
            )

    @property
    def samples(self) -> int:
        """Rows consumed since the start."""
        return self._epoch * self.n_samples + self._offset

    @property
    def epoch(self) -> float:
        """Epochs since the start, with their fraction."""
        return self.samples / self.n_samples

    @property
    def completed_epochs(self) -> int:
        """Whole epochs since the start."""
        return self.samples // self.n_samples

    def position(self) -> dict[str, int]:
        """Return what :meth:`seek` needs to continue from here."""
        return {"samples": self.samples, "carried": len(self._carried)}

    def seek(self, position: dict[str, int]) -> None:
        """Continue as the cursor did whose :meth:`position` this was.

        Its number of samples, seed, ``shuffle`` and ``leftover`` must be those of this one.
        """
        # An epoch's end is kept as such, and the start as the end of an epoch −1.
        self._epoch, offset = divmod(position["samples"] - 1, self.n_samples)
        self._offset = offset + 1
        self._order = self._unshuffled if self._epoch < 0 else self._order_of(self._epoch)
        self._carried = self._order[self.n_samples - position["carried"] :]

    def _order_of(self, epoch: int) -> NDArray[np.intp]:
        if not self.shuffle:
            return self._unshuffled
        return self._stream.at(epoch).permutation(self.n_samples)
