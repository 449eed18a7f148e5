"""Pictures of a run, thinned so that memory stays bounded."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

LONGEST = 256


class Moment(Protocol):
    """What is known of one step."""

    @property
    def step(self) -> int: ...


MomentT = TypeVar("MomentT", bound=Moment)


class MomentLog(Generic[MomentT]):
    """At most 256 moments; when it is full every other one is dropped and it goes on coarser.

    The tuple of moments is replaced, never changed, so another thread may read it at any time.
    """

    def __init__(self) -> None:
        self.moments: tuple[MomentT, ...] = ()
        self._least_gap = 1

    def add(self, moment: MomentT) -> None:
        """Add a moment, unless it comes too soon after the last one."""
        if self.moments and moment.step - self.moments[-1].step < self._least_gap:
            return
        if len(self.moments) >= LONGEST:
            self.moments = self.moments[::2]
            span = self.moments[-1].step - self.moments[0].step
            self._least_gap = max(1, span // len(self.moments))
        self.moments = (*self.moments, moment)
