"""The multilayer perceptron."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializeAsAny

from playground.declarations import Declared, chosen_from, declare, is_on, named_in
from playground.models.activations import ACTIVATIONS
from playground.models.dropout import declare_rate, dropout
from playground.models.initializers import (
    INITIALIZERS,
    GlorotUniform,
    Initializer,
    first_theta,
)
from playground.models.layout import Layout, Part
from playground.models.model import MODELS, Batch, Model, Noise, Pass, Signature
from playground.models.normalization import (
    Normalization,
    first_running,
    normalization_parts,
    normalized,
)


class HiddenLayer(Declared):
    """One hidden layer: f(x) = dropout(activation(normalisation(x W) + b)), or x + f(x)."""

    units: int = declare(8, ge=1, le=4096, slider=(1, 512), scale="log", help="Number of units.")
    activation: Annotated[str, named_in(ACTIVATIONS)] = declare(
        "tanh", help="Function applied to every unit."
    )
    normalization: Normalization = declare(
        "none",
        advanced=True,
        help="Brings every unit to mean 0 and variance 1 over the batch (Ioffe & Szegedy 2015), "
        "or every sample over the layer's units (Ba et al. 2016), before the activation.",
    )
    residual: bool = declare(
        False,
        advanced=True,
        help="Adds the layer's input to its output (He et al. 2015), through a matrix of its own "
        "where their numbers of units differ.",
    )
    dropout: float = declare_rate("the units")

    def parts(self, name: str, n_inputs: int) -> list[Part]:
        """Return what the layer called ``name`` adds to the layout."""
        parts: list[Part] = [(name, "weight", (n_inputs, self.units), True)]
        parts += normalization_parts(self.normalization, name, self.units)
        if self.residual and n_inputs != self.units:
            parts.append((name, SHORTCUT, (n_inputs, self.units), True))
        return parts

    def noise(self, name: str, n_samples: int) -> tuple[Noise, ...]:
        """Return the random arrays that a training step of the layer needs."""
        return (Noise(name, (n_samples, self.units)),) if is_on(self.dropout) else ()

    def running(self, name: str) -> dict[str, NDArray[np.float64]]:
        """Return the layer's first running statistics by name."""
        return first_running(self.normalization, name, self.units)

    def sums(
        self, name: str, x: Any, parameters: dict[str, Any], batch: Batch
    ) -> tuple[Any, dict[str, Any]]:
        """Return what the activation is applied to, and the running statistics after the pass."""
        y = x @ parameters[f"{name}.weight"]
        return normalized(self.normalization, name, y, parameters, batch)

    def forward(
        self, name: str, x: Any, parameters: dict[str, Any], batch: Batch
    ) -> tuple[Any, dict[str, Any]]:
        """Return what the layer puts out, and its running statistics after the pass."""
        sums, running = self.sums(name, x, parameters, batch)
        return self.outputs(name, x, sums, parameters, batch), running

    def outputs(
        self, name: str, x: Any, sums: Any, parameters: dict[str, Any], batch: Batch
    ) -> Any:
        """Return what the layer puts out from its inputs and what :meth:`sums` made of them."""
        y = ACTIVATIONS[self.activation]()(sums)
        if batch.noise is not None and is_on(self.dropout):
            y = dropout(y, self.dropout, batch.noise[name])
        if self.residual:
            shortcut = parameters.get(f"{name}.{SHORTCUT}")
            y = y + (x if shortcut is None else x @ shortcut)
        return y

    @property
    def n_kept(self) -> int:
        """Numbers that a training step keeps for each sample until the derivative is done."""
        return self.units * (3 if self.normalization == "none" else 5)


SHORTCUT = "shortcut_weight"
"""Role of the matrix on a residual layer's way around."""


@MODELS.register
class MultilayerPerceptron(Model):
    """Layers of units, each connected to every unit of the layer before."""

    LABEL = "Multilayer perceptron"
    kind: Literal["mlp"] = "mlp"
    hidden: tuple[HiddenLayer, ...] = declare(
        (HiddenLayer(), HiddenLayer()),
        max_length=20,
        label="Hidden layers",
        help="The layers between the inputs and the outputs.",
    )
    output_activation: Annotated[str, named_in(ACTIVATIONS)] = declare(
        "linear",
        advanced=True,
        help="Function applied to the outputs; linear gives the logits that cross-entropies take.",
    )
    initializer: Annotated[SerializeAsAny[Initializer], chosen_from(INITIALIZERS)] = declare(
        default_factory=GlorotUniform, help="How the first weights are drawn."
    )
    first_bias: float = declare(
        0.0, slider=(-1, 1), advanced=True, help="Every bias before the first step."
    )

    def is_dense(self, layout: Layout) -> bool:
        return all(segment.role in ("weight", "bias") for segment in layout)

    def layout(self, signature: Signature) -> Layout:
        parts: list[Part] = []
        n_units = signature.n_inputs
        for name, layer in self._named():
            parts += layer.parts(name, n_units)
            n_units = layer.units
        return Layout([*parts, *output_parts(n_units, signature.n_outputs)])

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        return first_theta(layout, self.initializer, rng, self.first_bias)

    def noise(self, signature: Signature, n_samples: int) -> tuple[Noise, ...]:
        return tuple(n for name, layer in self._named() for n in layer.noise(name, n_samples))

    def running(self, signature: Signature) -> dict[str, NDArray[np.float64]]:
        return {k: v for name, layer in self._named() for k, v in layer.running(name).items()}

    def forward(self, parameters: dict[str, Any], batch: Batch) -> Pass:
        activations: dict[str, Any] = {}
        running: dict[str, Any] = {}
        dense: dict[str, tuple[Any, Any]] = {}
        x = batch.inputs
        for name, layer in self._named():
            sums, after = layer.sums(name, x, parameters, batch)
            dense[name] = (x, sums)
            x = activations[name] = layer.outputs(name, x, sums, parameters, batch)
            running |= after
        sums = x @ parameters["output.weight"] + parameters["output.bias"]
        dense["output"] = (x, sums)
        outputs = ACTIVATIONS[self.output_activation]()(sums)
        return Pass(outputs, activations | {"output": outputs}, running, dense=dense)

    def peak_bytes(self, signature: Signature, n_samples: int, itemsize: int) -> int:
        # θ, gradient and up to three optimizer slots; each layer's values and their adjoints.
        parameters = 5 * self.layout(signature).size
        ends = 3 * (signature.n_inputs + signature.n_outputs)
        return itemsize * (parameters + n_samples * (ends + sum(x.n_kept for x in self.hidden)))

    def _named(self) -> list[tuple[str, HiddenLayer]]:
        return [(f"hidden{i + 1}", layer) for i, layer in enumerate(self.hidden)]


def output_parts(n_inputs: int, n_outputs: int) -> list[Part]:
    """Return what a last layer without activation adds to the layout."""
    return [
        ("output", "weight", (n_inputs, n_outputs), True),
        ("output", "bias", (n_outputs,), False),
    ]
