"""The multilayer perceptron."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializeAsAny

from playground import autodiff as ad
from playground.declarations import Declared, chosen_from, declare, is_on, named_in
from playground.models.activations import ACTIVATIONS
from playground.models.initializers import INITIALIZERS, GlorotUniform, Initializer
from playground.models.layout import Layout, Role
from playground.models.model import MODELS, Batch, Model, Noise, Pass, Signature


class HiddenLayer(Declared):
    """One hidden layer."""

    units: int = declare(8, ge=1, le=4096, slider=(1, 512), scale="log", help="Number of units.")
    activation: Annotated[str, named_in(ACTIVATIONS)] = declare(
        "tanh", help="Function applied to every unit."
    )
    dropout: float = declare(
        0.0,
        ge=0,
        lt=1,
        slider=(0, 0.9),
        live=True,
        zero_is_off=True,
        help="Share of the units that are switched off at random in each training step "
        "(the others are scaled up; Srivastava et al. 2014).",
    )


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

    def layout(self, signature: Signature) -> Layout:
        units = [layer.units for layer in self.hidden]
        sizes = [signature.n_inputs, *units, signature.n_outputs]
        parts: list[tuple[str, Role, tuple[int, ...], bool]] = []
        for name, fan_in, fan_out in zip(self._names(), sizes, sizes[1:], strict=False):
            parts += [(name, "weight", (fan_in, fan_out), True), (name, "bias", (fan_out,), False)]
        return Layout(parts)

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        arrays = {}
        for segment in layout:
            if segment.role == "weight":
                fan_in, fan_out = segment.shape
                arrays[segment.name] = self.initializer.draw(rng, (fan_in, fan_out))
            else:
                arrays[segment.name] = np.full(segment.shape, self.first_bias)
        return layout.pack(arrays)

    def noise(self, signature: Signature, n_samples: int) -> tuple[Noise, ...]:
        return tuple(
            Noise(name, (n_samples, layer.units))
            for name, layer in zip(self._names(), self.hidden, strict=False)
            if is_on(layer.dropout)
        )

    def forward(self, parameters: dict[str, Any], batch: Batch) -> Pass:
        activations: dict[str, Any] = {}
        x = batch.inputs
        for name, layer in zip(self._names(), self.hidden, strict=False):
            x = x @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"]
            x = ACTIVATIONS[layer.activation]()(x)
            activations[name] = x
            if batch.noise is not None and is_on(layer.dropout):
                x = dropout(x, layer.dropout, batch.noise[name])
        outputs = x @ parameters["output.weight"] + parameters["output.bias"]
        outputs = ACTIVATIONS[self.output_activation]()(outputs)
        return Pass(outputs, activations | {"output": outputs}, batch.running)

    def peak_bytes(self, signature: Signature, n_samples: int, itemsize: int) -> int:
        # θ, gradient and up to three optimizer slots; each layer's value and its adjoint.
        parameters = 5 * self.layout(signature).size
        units = signature.n_inputs + signature.n_outputs + sum(x.units for x in self.hidden)
        return itemsize * (parameters + 3 * n_samples * units)

    def _names(self) -> list[str]:
        return [f"hidden{i + 1}" for i in range(len(self.hidden))] + ["output"]


def dropout(x: Any, rate: Any, uniform: Any) -> Any:
    """Switch off a share ``rate`` of x and scale the rest up, so that its mean stays."""
    keep = 1.0 - rate
    return ad.where(uniform < keep, x / keep, 0.0)
