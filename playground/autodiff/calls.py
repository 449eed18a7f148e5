"""How the calls of a bound program are made, in whichever thread."""

from __future__ import annotations

import contextvars

import numpy as np

from playground.autodiff.graph import Call

_BUFFERED_ENTRIES = 2048
"""numpy goes through operands that it converts or repeats piece by piece; pieces of this length
stay in the first-level cache, and are a quarter of what it allocates for them by itself."""


def run_all(calls: list[Call]) -> None:
    """Make one call after the other."""
    for function, arguments in calls:
        function(*arguments)


def calculating() -> contextvars.Context:
    """Return a context with numpy's settings for programs.

    Overflow and NaN are results here, found by whoever reads them. A context of its own holds the
    settings at a twentieth of the price of entering ``np.errstate`` at every run.
    """
    context = contextvars.copy_context()
    context.run(np.seterr, all="ignore")
    context.run(np.setbufsize, _BUFFERED_ENTRIES)
    return context
