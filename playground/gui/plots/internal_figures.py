"""What the optimizer's dock draws: numbers over the run, taken from its logged moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.gui.plots.overlay import Corner
from playground.training.views import OptimizerView

Floats = NDArray[np.float64]
Log = Sequence[OptimizerView]

USUAL_RATIO = 1e-3

PAGES = {
    "ratios": "Update ÷ weight",
    "rates": "Effective rate",
    "norms": "State",
    "histograms": "State now",
    "corrections": "Bias correction",
}


@dataclass(frozen=True)
class Figure:
    """Curves in one plot over the steps.

    Attributes
    ----------
    label
        What the vertical axis counts.
    steps
        Shape (n_moments,).
    names, values
        Of the curves; values of shape (n_moments, n_curves).
    reference, reference_values
        Name of a line to compare with, and its values of shape (n_moments,); "" for none.
    corner
        Where curves of that kind leave room for a legend.
    """

    label: str
    steps: Floats
    names: tuple[str, ...]
    values: Floats
    reference: str = ""
    reference_values: Floats | None = None
    corner: Corner = "top right"


def figures(page: str, log: Log) -> list[Figure]:
    """Return the figures of a page; none where there is nothing of that kind."""
    return {
        "ratios": _ratios,
        "rates": _rates,
        "norms": _norms,
        "corrections": _corrections,
    }[page](log)


def _steps(log: Log) -> Floats:
    return np.array([view.step for view in log], np.float64)


def _ratios(log: Log) -> list[Figure]:
    values = np.array([view.ratios for view in log])
    usual = np.full(len(log), USUAL_RATIO)
    label = "‖update‖ ÷ ‖weights‖"
    return [Figure(label, _steps(log), log[-1].layers, values, "10⁻³, rule of thumb", usual)]


def _rates(log: Log) -> list[Figure]:
    values = np.array([view.effective_rates for view in log])
    rates = [np.nan if view.learning_rate is None else view.learning_rate for view in log]
    known = np.array(rates, np.float64)
    name = "learning rate" if np.isfinite(known).any() else ""
    label = "‖update‖ ÷ ‖gradient‖"
    return [Figure(label, _steps(log), log[-1].layers, values, name, known)]


def _norms(log: Log) -> list[Figure]:
    """Return one figure a slot, of the moments since the optimizer has had these slots."""
    newest = log[-1]
    shape = [(slot.name, len(slot.norms)) for slot in newest.slots]
    alike = _since(log, lambda view: [(s.name, len(s.norms)) for s in view.slots] == shape)
    made = []
    for index, slot in enumerate(newest.slots):
        names = newest.layers if len(slot.norms) == len(newest.layers) else ("whole",)
        values = np.array([view.slots[index].norms for view in alike])
        steps, label = _steps(alike), f"‖{slot.label}‖"
        # Norms grow from zero on: the room is below.
        made.append(Figure(label, steps, names, values, corner="bottom right"))
    return made


def _corrections(log: Log) -> list[Figure]:
    symbols = tuple(log[-1].corrections)
    if not symbols:
        return []
    alike = _since(log, lambda view: tuple(view.corrections) == symbols)
    values = np.array([[1.0 / view.corrections[s] for s in symbols] for view in alike])
    names = tuple(f"1 ÷ (1 − {s}ᵗ)" for s in symbols)
    return [Figure("bias correction", _steps(alike), names, values)]


def _since(log: Log, is_alike: Callable[[OptimizerView], bool]) -> Log:
    """Return the newest moments that are alike."""
    first = len(log)
    while first and is_alike(log[first - 1]):
        first -= 1
    return log[first:]
