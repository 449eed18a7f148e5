"""The convolutional network, for pictures."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializeAsAny

from playground import autodiff as ad
from playground.declarations import Declared, chosen_from, declare, is_on, named_in
from playground.models.activations import ACTIVATIONS
from playground.models.dropout import declare_rate, dropout
from playground.models.initializers import INITIALIZERS, HeNormal, Initializer, first_theta
from playground.models.layout import Layout, Part
from playground.models.mlp import HiddenLayer, output_parts
from playground.models.model import MODELS, Batch, Model, Noise, Pass, Signature
from playground.models.normalization import (
    Normalization,
    first_running,
    normalization_parts,
    normalized,
)

POOLING_WINDOW = 2


class Maps(NamedTuple):
    """The extent of a stack of feature maps."""

    height: int
    width: int
    channels: int


class ConvolutionBlock(Declared):
    """Dropout(pooling(activation(normalisation(convolution) + b))).

    Zeros around the picture keep its size, divided by the stride and rounded up; where a kernel of
    even size needs one more on one side, it stands at the right and bottom. Layer normalisation
    takes all maps of a picture together (Ba et al. 2016), with a scale and a bias for each.
    """

    channels: int = declare(
        16, ge=1, le=512, slider=(1, 64), scale="log", help="Number of filters and feature maps."
    )
    kernel_size: int = declare(
        3,
        ge=1,
        le=11,
        slider=(1, 7),
        unit="pixels",
        label="Kernel",
        help="Height and width of a filter.",
    )
    stride: int = declare(
        1,
        ge=1,
        le=4,
        slider=(1, 4),
        unit="pixels",
        advanced=True,
        help="From one place of a filter to the next.",
    )
    activation: Annotated[str, named_in(ACTIVATIONS)] = declare(
        "relu", help="Function applied to every pixel of a feature map."
    )
    normalization: Normalization = declare(
        "none",
        advanced=True,
        help="Brings every feature map to mean 0 and variance 1 over the batch (Ioffe & Szegedy "
        "2015), or every picture over its maps (Ba et al. 2016), before the activation.",
    )
    pooling: Literal["none", "max", "average"] = declare(
        "none",
        advanced=True,
        help="Keeps one number of every 2×2 pixels, the largest or the mean.",
    )
    dropout: float = declare_rate("the pixels", advanced=True)

    def maps(self, inputs: Maps) -> Maps:
        """Return the extent of the feature maps before pooling."""
        return Maps(
            -(-inputs.height // self.stride), -(-inputs.width // self.stride), self.channels
        )

    def outputs(self, inputs: Maps) -> Maps:
        """Return the extent of what the block puts out; pooling ignores an odd row or column."""
        maps = self.maps(inputs)
        if self.pooling == "none":
            return maps
        return Maps(maps.height // POOLING_WINDOW, maps.width // POOLING_WINDOW, self.channels)

    def parts(self, name: str, inputs: Maps) -> list[Part]:
        """Return what the block called ``name`` adds to the layout."""
        kernel = (self.kernel_size, self.kernel_size, inputs.channels, self.channels)
        return [
            (name, "weight", kernel, True),
            *normalization_parts(self.normalization, name, self.channels),
        ]

    def forward(
        self, name: str, x: Any, parameters: dict[str, Any], batch: Batch
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Return what the block puts out, its feature maps before pooling, and running statistics.

        All of shape (n_samples, height, width, channels) but the last.
        """
        maps = self._convolve(x, parameters[f"{name}.weight"])
        maps, running = normalized(self.normalization, name, maps, parameters, batch)
        maps = ACTIVATIONS[self.activation]()(maps)
        y = self._pool(maps)
        if batch.noise is not None and is_on(self.dropout):
            y = dropout(y, self.dropout, batch.noise[name])
        return y, maps, running

    def n_kept(self, inputs: Maps) -> int:
        """Return how many numbers a training step keeps for each sample."""
        # What is read, within zeros; then the maps and their adjoints.
        maps = math.prod(self.maps(inputs)) * (5 if self.normalization == "none" else 7)
        return 2 * math.prod(inputs) + maps

    def _convolve(self, x: Any, kernel: Any) -> Any:
        if self.kernel_size % 2 == 0:
            x = ad.pad(x, (0, 0, 0, 0), (0, 1, 1, 0))
        return ad.conv2d(x, kernel, self.stride, (self.kernel_size - 1) // 2)

    def _pool(self, maps: Any) -> Any:
        match self.pooling:
            case "max":
                return ad.max_pool(maps, POOLING_WINDOW)
            case "average":
                return ad.average_pool(maps, POOLING_WINDOW)
        return maps


@MODELS.register
class ConvolutionalNetwork(Model):
    """Filters that slide over a picture, then layers of units (LeCun et al. 1998)."""

    LABEL = "Convolutional network"
    kind: Literal["convolutional"] = "convolutional"
    blocks: tuple[ConvolutionBlock, ...] = declare(
        (
            ConvolutionBlock(channels=16, pooling="max"),
            ConvolutionBlock(channels=32, pooling="max"),
        ),
        min_length=1,
        max_length=8,
        label="Convolutions",
        help="The blocks of filters, from the picture on.",
    )
    dense: tuple[HiddenLayer, ...] = declare(
        (HiddenLayer(units=64, activation="relu"),),
        max_length=8,
        label="Dense layers",
        help="The layers between the last feature maps and the outputs.",
    )
    initializer: Annotated[SerializeAsAny[Initializer], chosen_from(INITIALIZERS)] = declare(
        default_factory=HeNormal, help="How the first weights are drawn."
    )

    def refuses(self, signature: Signature) -> str:
        if signature.n_symbols or signature.image_shape is None:
            return "it reads pictures only"
        for name, block, maps in self._placed(signature):
            if not math.prod(block.outputs(maps)):
                size = f"{maps.height}×{maps.width}"
                return f"{name} reads {size} pixels, too few for its pooling"
        return ""

    def layout(self, signature: Signature) -> Layout:
        parts: list[Part] = []
        for name, block, maps in self._placed(signature):
            parts += block.parts(name, maps)
        n_units = self._n_flat(signature)
        for name, layer in self._named():
            parts += layer.parts(name, n_units)
            n_units = layer.units
        return Layout([*parts, *output_parts(n_units, signature.n_outputs)])

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        return first_theta(layout, self.initializer, rng)

    def noise(self, signature: Signature, n_samples: int) -> tuple[Noise, ...]:
        blocks = [
            Noise(name, (n_samples, *block.outputs(maps)))
            for name, block, maps in self._placed(signature)
            if is_on(block.dropout)
        ]
        return (*blocks, *(n for name, x in self._named() for n in x.noise(name, n_samples)))

    def running(self, signature: Signature) -> dict[str, NDArray[np.float64]]:
        running: dict[str, NDArray[np.float64]] = {}
        for name, block, _ in self._placed(signature):
            running |= first_running(block.normalization, name, block.channels)
        for name, layer in self._named():
            running |= layer.running(name)
        return running

    def forward(self, parameters: dict[str, Any], batch: Batch) -> Pass:
        activations: dict[str, Any] = {}
        running: dict[str, Any] = {}
        views: dict[str, Any] = {}
        assert batch.image_shape is not None
        x = batch.inputs.reshape((batch.inputs.shape[0], *batch.image_shape, 1))
        for i, block in enumerate(self.blocks):
            name = f"conv{i + 1}"
            x, views[f"{name}.maps"], after = block.forward(name, x, parameters, batch)
            activations[name] = x
            running |= after
        x = x.reshape((x.shape[0], math.prod(x.shape[1:])))
        for name, layer in self._named():
            x, after = layer.forward(name, x, parameters, batch)
            activations[name] = x
            running |= after
        outputs = x @ parameters["output.weight"] + parameters["output.bias"]
        return Pass(outputs, activations | {"output": outputs}, running, views)

    def peak_bytes(self, signature: Signature, n_samples: int, itemsize: int) -> int:
        # θ, gradient and up to three optimizer slots; each layer's values and their adjoints.
        numbers = 5 * self.layout(signature).size
        kept = sum(block.n_kept(maps) for _, block, maps in self._placed(signature))
        kept += sum(layer.n_kept for layer in self.dense) + 3 * signature.n_outputs
        return itemsize * (numbers + n_samples * kept)

    def _placed(self, signature: Signature) -> list[tuple[str, ConvolutionBlock, Maps]]:
        """Return each block by its name with the extent of what it reads."""
        assert signature.image_shape is not None
        placed = []
        maps = Maps(*signature.image_shape, 1)
        for i, block in enumerate(self.blocks):
            placed.append((f"conv{i + 1}", block, maps))
            maps = block.outputs(maps)
        return placed

    def _named(self) -> list[tuple[str, HiddenLayer]]:
        return [(f"dense{i + 1}", layer) for i, layer in enumerate(self.dense)]

    def _n_flat(self, signature: Signature) -> int:
        """Return how many numbers the last block puts out."""
        _, block, maps = self._placed(signature)[-1]
        return math.prod(block.outputs(maps))
