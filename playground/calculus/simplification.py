"""Thorough simplification by sympy, in a process of its own that can be stopped at any moment."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Literal

from playground.calculus.evaluation import precise, precise_context
from playground.calculus.expressions import (
    Expression,
    count_operations,
    from_rows,
    to_rows,
    variables_of,
)
from playground.calculus.formula import MAX_TYPESET, Formula
from playground.calculus.printing import to_text
from playground.calculus.symbolic import from_sympy, to_sympy

TIME_LIMIT_S = 5.0
MEMORY_LIMIT_BYTES = 2 << 30
"""What sympy may take, on systems that can tell it; some powers have more digits than memory."""

_CHECKED_POINTS = 12
_CHECKED_DIGITS = 30


@dataclass(frozen=True)
class Simplified:
    """How a simplification ended.

    Attributes
    ----------
    formula : Formula
        What was asked for.
    result : Formula
        The simpler formula, or the same.
    outcome : str
        ``simplified``, ``unchanged`` (nothing simpler was found), ``timed out`` or ``failed``.
    message : str
        What went wrong; empty otherwise.
    """

    formula: Formula
    result: Formula
    outcome: Literal["simplified", "unchanged", "timed out", "failed"]
    message: str = ""


class BackgroundSimplifier:
    """Simplifies one formula at a time in another process; the newest request wins.

    The process starts with the first request and serves all later ones. One that is busy when it
    is cancelled is ended, because sympy cannot be interrupted, and another is started in its place
    when it is needed. Nothing here blocks but :meth:`wait` and :meth:`close`.

    Parameters
    ----------
    time_limit_s
        Seconds for one formula, without the start of the process.

    Notes
    -----
    Call :meth:`poll` regularly, as from a timer, and :meth:`close` in the end.
    """

    def __init__(self, time_limit_s: float = TIME_LIMIT_S) -> None:
        self.time_limit_s = time_limit_s
        self._process: Any = None
        self._connection: Connection | None = None
        self._formula: Formula | None = None
        self._deadline: float | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a formula is being simplified."""
        return self._formula is not None

    def submit(self, formula: Formula) -> None:
        """Begin to simplify a formula and forget what was asked before."""
        self.cancel()
        connection = self._started()
        self._formula, self._deadline = formula, None
        connection.send(to_rows(formula.root))

    def cancel(self) -> None:
        """Forget what was asked; ends the process where it is busy with it."""
        if self._formula is not None:
            self._formula = None
            self._stop()

    def poll(self) -> Simplified | None:
        """Return how the request ended, once; None while it goes on or there is none."""
        if self._formula is None or self._connection is None:
            return None
        try:
            while self._connection.poll():
                kind, content = self._connection.recv()
                if kind != "begun":
                    return self._ended(kind, content)
                self._deadline = monotonic() + self.time_limit_s
        except (EOFError, OSError):
            return self._broken("failed", "sympy's process ended")
        if self._deadline is not None and monotonic() > self._deadline:
            return self._broken("timed out", f"not done within {self.time_limit_s:g} s")
        return None

    def wait(self) -> Simplified | None:
        """Return how the request ended, when it has; None where there is none."""
        while self.is_busy:
            assert self._connection is not None
            left = None if self._deadline is None else max(0.0, self._deadline - monotonic())
            # A moment more, so that poll sees the time to be over.
            self._connection.poll(None if left is None else left + 0.01)
            ended = self.poll()
            if ended is not None:
                return ended
        return None

    def close(self) -> None:
        """End the process."""
        self._formula = None
        self._stop()

    # --- the process ---------------------------------------------------------------------------

    def _started(self) -> Connection:
        if self._connection is not None and not self._process.is_alive():
            # Somebody else has ended it, such as a system that is short of memory.
            self._stop()
        if self._connection is None:
            # Forking a program that has a window and threads is unsafe.
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            with theirs:
                process.start()
            self._connection, self._process = ours, process
        return self._connection

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._process.terminate()
            self._process.join()
            self._process.close()
        self._connection = self._process = self._deadline = None

    def _ended(self, kind: Any, content: Any) -> Simplified:
        formula = self._formula
        assert formula is not None
        self._formula = self._deadline = None
        if kind != "simplified":
            return Simplified(formula, formula, kind, content)
        return Simplified(formula, formula.with_root(from_rows(content)), "simplified")

    def _broken(self, outcome: Literal["timed out", "failed"], message: str) -> Simplified:
        formula = self._formula
        assert formula is not None
        self._formula = None
        self._stop()
        return Simplified(formula, formula, outcome, message)


def _serve(connection: Connection) -> None:
    """Answer requests until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    if hasattr(os, "nice"):
        os.nice(5)
    import sympy  # noqa: F401  (imported before the time is taken)

    while True:
        try:
            rows = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(("begun", None))
        connection.send(_answer(rows))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT_BYTES if hard < 0 else min(MEMORY_LIMIT_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _answer(rows: Any) -> tuple[str, Any]:
    try:
        root = from_rows(rows)
        simpler = simplest(root)
    except Exception as error:
        # Sent to the other process, which shows it; sympy has many ways to give up.
        return "failed", f"{type(error).__name__}: {error}"
    return ("unchanged", "") if simpler is root else ("simplified", to_rows(simpler))


def simplest(root: Expression) -> Expression:
    """Return the shortest of what sympy makes of an expression, or itself.

    May take any time; see :class:`BackgroundSimplifier`. A form whose values differ anywhere from
    the expression's, at a dozen points to thirty digits, is dropped.
    """
    best, size = root, _size(root)
    for form in _forms(to_sympy(root)):
        candidate = from_sympy(form)
        if candidate is not None and _size(candidate) < size and _agree(root, candidate):
            best, size = candidate, _size(candidate)
    return best


def _size(root: Expression) -> tuple[int, int]:
    """Return what makes a formula long: its operations, then its letters."""
    n = count_operations(root)
    return n, len(to_text(root)) if n < MAX_TYPESET else 0


def _forms(expression: Any) -> Iterator[Any]:
    import sympy

    simple = sympy.simplify(expression)
    yield simple
    rewritings: tuple[Callable[[Any], Any], ...] = (sympy.factor, sympy.expand, sympy.cancel)
    for rewrite in rewritings:
        yield rewrite(simple)
        yield rewrite(expression)


def _agree(first: Expression, second: Expression) -> bool:
    context = precise_context(_CHECKED_DIGITS)
    names = sorted(variables_of(first) | variables_of(second))
    rng = random.Random(0)
    for _ in range(_CHECKED_POINTS):
        values = {name: rng.uniform(-3.0, 3.0) for name in names}
        a, b = precise(first, values, context), precise(second, values, context)
        if context.isnan(a) or context.isinf(a):
            continue
        if not abs(a - b) <= 1e-15 * (1 + abs(a)):
            return False
    return True
