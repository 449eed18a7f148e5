"""Which diagnostics the views ask for, and which a snapshot brings."""

from __future__ import annotations

from playground.training.control import Subscription
from playground.training.snapshots import Snapshot


class Subscriptions:
    """Remembers which diagnostics each view shows now."""

    def __init__(self) -> None:
        self._by_owner: dict[object, frozenset[Subscription]] = {}

    def put(self, owner: object, wanted: frozenset[Subscription]) -> None:
        """Replace what one view wants; an empty set when it shows nothing."""
        if wanted:
            self._by_owner[owner] = wanted
        else:
            self._by_owner.pop(owner, None)

    def union(self) -> frozenset[Subscription]:
        """Return what anybody wants."""
        return frozenset().union(*self._by_owner.values())


def shown_in(snapshot: Snapshot) -> frozenset[Subscription]:
    """Return the diagnostics that a snapshot brings."""
    views: dict[Subscription, object] = {
        "task": snapshot.task,
        "network": snapshot.network,
        "model": snapshot.model,
        "optimizer": snapshot.optimizer,
    }
    there = {name for name, view in views.items() if view is not None}
    return frozenset(snapshot.histograms) | there
