"""Optimizers side by side: the same experiment with each of them, in processes of their own."""

from playground.comparison.plan import Comparison, Job, Sweep, check, parse_sweep
from playground.comparison.pool import Progress, compare
from playground.comparison.results import Curves, Results, Row
from playground.comparison.worker import run_job

__all__ = [
    "Comparison",
    "Curves",
    "Job",
    "Progress",
    "Results",
    "Row",
    "Sweep",
    "check",
    "compare",
    "parse_sweep",
    "run_job",
]
