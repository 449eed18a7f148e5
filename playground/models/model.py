"""What the trainer needs of a model: a layout, first weights and a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.declarations import Kind, Registry
from playground.models.layout import Layout


@dataclass(frozen=True)
class Signature:
    """What a model reads and what it must put out.

    Attributes
    ----------
    n_inputs
        Entries of one sample: features, pixels or positions of a text.
    n_outputs
        Numbers to put out for a sample, or for each position of a text.
    image_shape
        Height and width where the inputs are the pixels of a picture, row by row.
    n_symbols
        Size of the vocabulary where the inputs are a text's symbol numbers, else 0.
    n_target_positions
        Positions of the text to put out, else 0.
    is_continuation
        Whether the text to put out is the input shifted by one: what stands at a position may
        then depend on the positions up to it alone.
    """

    n_inputs: int
    n_outputs: int
    image_shape: tuple[int, int] | None = None
    n_symbols: int = 0
    n_target_positions: int = 0
    is_continuation: bool = False


@dataclass(frozen=True)
class Noise:
    """One uniform array on [0, 1) that a program needs anew at every step."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """What a forward pass reads besides the weights; graph nodes while a program is built.

    Attributes
    ----------
    inputs
        Shape (n_samples, n_inputs): numbers, or symbol numbers of a text.
    targets
        As the loss takes them; models that read the text so far look at it shifted by one.
    noise
        Uniform arrays by name in training, None in evaluation.
    running
        Running statistics by name, as :meth:`Model.running` declares them.
    image_shape
        Height and width where the inputs are the pixels of a picture, row by row.
    """

    inputs: Any
    targets: Any = None
    noise: dict[str, Any] | None = None
    running: dict[str, Any] = field(default_factory=dict)
    image_shape: tuple[int, int] | None = None

    @property
    def is_training(self) -> bool:
        """Whether the pass is one of training: noise acts, and batch statistics are the batch's."""
        return self.noise is not None


@dataclass(frozen=True)
class Pass:
    """What a forward pass gives.

    Attributes
    ----------
    outputs
        Shape (n_samples, n_outputs), or (n_samples, n_target_positions, n_outputs) of a text.
    activations
        What each layer puts out, by the layer's name, from input to output.
    running
        The running statistics after the pass; the batch's own where nothing changes them.
    views
        What the model's own picture is drawn from, by name: feature maps, attention.
    dense
        Inputs and weighted sums (bias included) of each dense layer, by its name.
    """

    outputs: Any
    activations: dict[str, Any]
    running: dict[str, Any] = field(default_factory=dict)
    views: dict[str, Any] = field(default_factory=dict)
    dense: dict[str, tuple[Any, Any]] = field(default_factory=dict)


class Model(Kind):
    """An architecture; its live settings may be graph nodes while a program is built."""

    def is_dense(self, layout: Layout) -> bool:
        """Whether all parameters are weights and biases of the layers in :attr:`Pass.dense`."""
        return False

    def refuses(self, signature: Signature) -> str:
        """Return why the model cannot do what is asked; empty when it can."""
        return "it does not read text" if signature.n_symbols else ""

    def layout(self, signature: Signature) -> Layout:
        """Return the names and shapes of the parameters."""
        raise NotImplementedError

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the first θ of shape (n,)."""
        raise NotImplementedError

    def noise(self, signature: Signature, n_samples: int) -> tuple[Noise, ...]:
        """Return the random arrays that a training step needs."""
        return ()

    def running(self, signature: Signature) -> dict[str, NDArray[np.float64]]:
        """Return the first running statistics by name."""
        return {}

    def forward(self, parameters: dict[str, Any], batch: Batch) -> Pass:
        """Build the graph.

        Parameters
        ----------
        parameters
            The layout's segments by name.
        batch
            What is read.
        """
        raise NotImplementedError

    def peak_bytes(self, signature: Signature, n_samples: int, itemsize: int) -> int:
        """Estimate the memory of training on ``n_samples`` at once, evaluation included."""
        raise NotImplementedError


MODELS: Registry[Model] = Registry("model", "playground.models")
