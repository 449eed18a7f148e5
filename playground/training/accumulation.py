"""One update from several mini-batches: their gradients are averaged, the weights move once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AccumulatedStep:
    """What a step of several mini-batches has to show, where others show their bound program.

    Attributes
    ----------
    inputs
        Of the last mini-batch, or of the first whose loss is not finite.
    outputs
        ``loss`` and ``gradient``, averages over all samples of the step.
    """

    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Accumulation:
    """Averages over mini-batches, each with the weight of its samples.

    Parameters
    ----------
    n
        Number of parameters.
    dtype
        Of the gradients.
    """

    def __init__(self, n: int, dtype: Any) -> None:
        self.gradient: NDArray[Any] = np.zeros(n, dtype)
        self.value = self.loss = 0.0
        self._part = np.empty(n, dtype)
        self._n_samples = 0
        self._inputs: dict[str, Any] | None = None

    def clear(self) -> None:
        """Begin with no mini-batch."""
        self.gradient.fill(0.0)
        self.value = self.loss = 0.0
        self._n_samples = 0
        self._inputs = None

    def add(self, bound: Any) -> None:
        """Take in a mini-batch from the gradient program that was run on it."""
        inputs, outputs = bound.inputs, bound.outputs
        n = len(inputs["inputs"])
        self._n_samples += n
        share = n / self._n_samples
        np.subtract(outputs["gradient"], self.gradient, out=self._part)
        np.multiply(self._part, share, out=self._part)
        self.gradient += self._part
        self.value += share * (outputs["value"].item() - self.value)
        was_finite = math.isfinite(self.loss)
        self.loss += share * (outputs["loss"].item() - self.loss)
        if was_finite:
            names = ("inputs", "targets")
            is_last = math.isfinite(self.loss)
            self._inputs = {
                name: inputs[name] if is_last else inputs[name].copy() for name in names
            }

    def step(self) -> AccumulatedStep:
        """Return what the step has to show."""
        assert self._inputs is not None
        outputs = {"loss": np.array(self.loss), "gradient": self.gradient}
        return AccumulatedStep(self._inputs, outputs)
