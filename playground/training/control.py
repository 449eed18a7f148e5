"""How a watcher in another thread talks to a running trainer, without Qt and without waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playground.training.snapshots import Snapshot

Subscription = Literal[
    "weights", "gradients", "activations", "task", "network", "model", "optimizer"
]


class Mailbox:
    """Holds the newest snapshot; an older one that nobody took is dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._item: Snapshot | None = None

    def put(self, item: Snapshot) -> None:
        """Replace what is in the box."""
        with self._lock:
            self._item = item

    def take(self) -> Snapshot | None:
        """Return what is in the box and leave it empty."""
        with self._lock:
            item, self._item = self._item, None
        return item


class Control:
    """The shared end of a running trainer.

    Attributes
    ----------
    mailbox
        Where the trainer leaves snapshots, at most one every ``period_s``.
    interrupted
        Set by the watcher: the trainer returns before its next step.
    wanted
        The diagnostics that somebody looks at now.
    steps_per_s
        Speed limit; None runs flat out.
    gate
        Closed (cleared) by the watcher while it paints; the trainer waits there between two steps,
        which spares the painting thread the fight for the interpreter lock.
    """

    def __init__(self, period_s: float = 1 / 60) -> None:
        self.mailbox = Mailbox()
        self.interrupted = False
        self.wanted: frozenset[Subscription] = frozenset()
        self.steps_per_s: float | None = None
        self.period_s = period_s
        self.gate = threading.Event()
        self.gate.set()
        self._wake = threading.Event()

    def interrupt(self) -> None:
        """Ask the trainer to return before its next step, also when it waits for its turn."""
        self.interrupted = True
        self._wake.set()

    def resume(self) -> None:
        """Withdraw an interruption."""
        self.interrupted = False
        self._wake.clear()

    def wait(self, seconds: float) -> None:
        """Wait for a slow run's next step; an interruption ends it early."""
        self._wake.wait(seconds)

    @contextmanager
    def closed_gate(self) -> Iterator[None]:
        """Let the trainer wait while the watcher paints."""
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()
