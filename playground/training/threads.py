"""How many threads a run takes, and how they share the cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

from playground.autodiff.lanes import LEAST_WORK, PRODUCTS_PER_ENTRY
from playground.autodiff.team import Team


@cache
def _controller() -> ThreadpoolController:
    # Made once: looking for the libraries takes a millisecond.
    return ThreadpoolController().select(user_api="blas")


def blas_threads() -> int:
    """Return how many threads BLAS may use now, as ``threadpoolctl`` or the user have set it."""
    return max((library["num_threads"] for library in _controller().info()), default=1)


def team_for(n_parameters: int, n_samples: int) -> Team | None:
    """Return a team with a lane for each BLAS thread; None where no step is long enough."""
    if blas_threads() < 2 or n_parameters * n_samples < LEAST_WORK * PRODUCTS_PER_ENTRY:
        return None
    return Team(blas_threads())


@contextmanager
def at_work(team: Team | None) -> Iterator[None]:
    """Let a team run, with one BLAS thread in each of its lanes."""
    if team is None:
        yield
        return
    with _controller().limit(limits=1):
        team.start()
        try:
            yield
        finally:
            team.stop()


@contextmanager
def single_threaded() -> Iterator[None]:
    """Let BLAS use one thread: for many short products several are slower than one."""
    with _controller().limit(limits=1):
        yield
