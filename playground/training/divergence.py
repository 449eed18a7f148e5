"""Which step and which layer went non-finite first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.models.layout import Layout
from playground.training.checkpoint import Position
from playground.training.machine import Machine
from playground.training.snapshots import Ending, Outcome

HELP = (
    "What usually helps: a lower learning rate, clipping the gradient by norm, smaller first "
    "weights, or float64."
)


@dataclass(frozen=True)
class Finding:
    """Where the first non-finite number arose, and the last position before it."""

    step: int
    layer: str
    what: str
    good: Position

    def ending(self) -> Ending:
        """Return it as the end of a run."""
        reason = (
            f"The {self.what} of layer {self.layer} became non-finite at step {self.step:,}; "
            f"the weights of step {self.good.step:,} are kept. {HELP}"
        )
        return Ending(Outcome.DIVERGED, self.step, reason, self.layer)


def find(machine: Machine, layout: Layout, backup: Position) -> Finding:
    """Do the steps since ``backup`` again one by one and return to the last good position.

    Being deterministic, they meet the same number at the same place; the hot loop is spared the
    search. A position is good when its weights and its loss on the next batch are finite.
    """
    end = machine.step
    machine.return_to(backup)
    good = backup
    layer, what, step = layout.layers[-1], "loss", end
    while machine.step < end:
        position = machine.position()
        bound = machine.move()
        if math.isfinite(bound.outputs["loss"].item()):
            good = position
            step = machine.step
            if machine.is_finite():
                continue
        else:
            step = position.step
        layer, what = _look_into(machine, layout, position, bound)
        break
    machine.return_to(good)
    return Finding(step, layer, what, good)


def _look_into(machine: Machine, layout: Layout, position: Position, bound: Any) -> tuple[str, str]:
    """Return layer and kind of the first non-finite number in the step from ``position``.

    The order is that of computing: activations from input to output, gradients from output to
    input, then the weights that the step made.
    """
    after, gradient = machine.theta.copy(), bound.outputs["gradient"].copy()
    machine.theta[...] = position.theta
    for name, array in position.running.items():
        machine.running[name][...] = array
    probe = machine.programs.probe(len(bound.inputs["inputs"]))
    for name in ("inputs", "targets"):
        probe.inputs[name][...] = bound.inputs[name]
    probe.run()
    for layer, values in probe.outputs.items():
        if not np.isfinite(values).all():
            return layer, "activations"
    for what, array, layers in (
        ("gradient", gradient, layout.layers[::-1]),
        ("weights", after, layout.layers),
    ):
        layer = _first_bad(layout, array, layers)
        if layer:
            return layer, what
    # Finite outputs whose squares, say, are not.
    return layout.layers[-1], "loss"


def _first_bad(layout: Layout, array: NDArray[Any], layers: tuple[str, ...]) -> str:
    return next((n for n in layers if not np.isfinite(array[layout.span(n)]).all()), "")
