"""What the trainer needs of a model: a layout, first weights and a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.declarations import Kind, Registry
from playground.models.layout import Layout


@dataclass(frozen=True)
class Noise:
    """One uniform array on [0, 1) that a program needs anew at every step."""

    name: str
    shape: tuple[int, ...]


class Model(Kind):
    """An architecture; its live settings may be graph nodes while a program is built."""

    def layout(self, n_inputs: int, n_outputs: int) -> Layout:
        """Return the names and shapes of the parameters."""
        raise NotImplementedError

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the first θ of shape (n,)."""
        raise NotImplementedError

    def noise(self, n_samples: int) -> tuple[Noise, ...]:
        """Return the random arrays that a training step needs."""
        return ()

    def forward(
        self, parameters: dict[str, Any], inputs: Any, noise: dict[str, Any] | None
    ) -> tuple[Any, dict[str, Any]]:
        """Build the graph.

        Parameters
        ----------
        parameters
            The layout's segments by name.
        inputs
            Node of shape (n_samples, n_inputs).
        noise
            Uniform arrays by name in training, None in evaluation.

        Returns
        -------
        outputs
            Node of shape (n_samples, n_outputs).
        activations
            What each layer puts out, by the layer's name.
        """
        raise NotImplementedError

    def peak_bytes(self, n_inputs: int, n_outputs: int, n_samples: int, itemsize: int) -> int:
        """Estimate the memory of training on ``n_samples`` at once, evaluation included."""
        raise NotImplementedError


MODELS: Registry[Model] = Registry("model", "playground.models")
