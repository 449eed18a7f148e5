"""What is known of one racer's way: a row for each step, from the start on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.objectives.surface import Floats
from playground.optimizers.optimizer import Array


class Ending(StrEnum):
    """How a racer's way ended."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    REFUSED = "refused"


@dataclass(eq=False)
class Track:
    """One racer's way; row s is where it stood after s updates.

    The arrays have room for all steps; the rows below :attr:`length` are final, and the length is
    published after them, so another thread that takes the length first may read at any time.

    Attributes
    ----------
    theta
        Shape (room, 2).
    loss, gradient_norm
        Shape (room,), at the rows of ``theta``; those of the mean where the surface is noisy.
    distance
        Shape (room,), to the nearest known minimum; NaN where none is known.
    evaluations, products
        Shape (room,): how often the optimizer had asked for the value (alone or with the gradient)
        and for products with the Hessian (a whole Hessian is two) when it reached a row.
    elapsed_s
        Shape (room,): time that it had taken; of a rule, whose steps are all alike, the number of
        steps times :attr:`step_s`.
    step_s
        What a step takes; NaN until it was measured.
    length
        Rows known so far.
    ending
        None while it goes on.
    reason
        Why it ended there, in words; empty where it went all its steps.
    states
        Gives what the optimizer remembered at a row; see :meth:`state`.
    """

    theta: Floats
    loss: Floats
    gradient_norm: Floats
    distance: Floats
    evaluations: NDArray[np.int64]
    products: NDArray[np.int64]
    elapsed_s: Floats
    step_s: float = np.nan
    length: int = 0
    ending: Ending | None = None
    reason: str = ""
    states: Callable[[int], Mapping[str, Array]] = field(default=lambda row: {}, repr=False)

    @classmethod
    def with_room(cls, n_rows: int, **given: Any) -> Track:
        """Return an empty track with own arrays for all that is not given."""
        columns = ("loss", "gradient_norm", "distance", "elapsed_s")
        arrays: dict[str, Any] = {name: np.full(n_rows, np.nan) for name in columns}
        arrays["theta"] = np.full((n_rows, 2), np.nan)
        for name in ("evaluations", "products"):
            arrays[name] = np.zeros(n_rows, np.int64)
        return cls(**(arrays | given))

    def row(self, step: int) -> int:
        """Return the row that shows the racer at a step: it rests where its way ends."""
        return max(0, min(step, self.length - 1))

    def place(self, position: float) -> Floats:
        """Return where the racer is drawn between two steps, on the straight line, shape (2,).

        It rests where its way ends, and at the last finite place where the next is not.
        """
        row = self.row(int(position))
        here, there = self.theta[row], self.theta[self.row(row + 1)]
        share = position - row
        if not 0.0 < share < 1.0 or not np.isfinite([here, there]).all():
            return here
        # Of two far places the difference would overflow.
        return np.asarray((1.0 - share) * here + share * there)

    def until(self, step: int) -> Track:
        """Return the way up to a step: itself where it goes no further."""
        if self.length <= step + 1:
            return self
        return replace(self, length=step + 1, ending=Ending.FINISHED, reason="")

    def state(self, row: int) -> Mapping[str, Array]:
        """Return what the optimizer remembered at a row, arrays by name; not to be written to."""
        return self.states(row)

    @property
    def diverged_at(self) -> int | None:
        """The row whose loss or gradient is not finite."""
        return self.length - 1 if self.ending is Ending.DIVERGED else None

    def take_time(self, step_s: float) -> None:
        """Take over what a step takes, all steps being alike."""
        self.step_s = step_s
        self.elapsed_s[...] = np.arange(len(self.elapsed_s)) * step_s

    def first_within(self, tolerance: float) -> int | None:
        """Return the first row no further than this from a known minimum; None if none is."""
        rows = np.flatnonzero(self.distance[: self.length] <= tolerance)
        return int(rows[0]) if rows.size else None

    def publish(self, n_rows: int, n_steps: int) -> None:
        """Make rows known, up to the first that is not finite.

        Parameters
        ----------
        n_rows
            Rows that are written.
        n_steps
            How many steps it is to go.
        """
        new = slice(self.length, n_rows)
        is_finite = np.isfinite(self.loss[new]) & np.isfinite(self.gradient_norm[new])
        bad = np.flatnonzero(~is_finite)
        if bad.size:
            row = self.length + int(bad[0])
            what = "loss" if not np.isfinite(self.loss[row]) else "gradient"
            self.reason = f"its {what} is not finite at step {row}"
            self.length, self.ending = row + 1, Ending.DIVERGED
            return
        self.length = n_rows
        if n_rows > n_steps:
            self.ending = Ending.FINISHED
