"""Activation functions: elementwise, between the layers of a network."""

from __future__ import annotations

from typing import Any, Literal

from playground import autodiff as ad
from playground.declarations import Kind, Registry


class Activation(Kind):
    """A function applied to every unit of a layer."""

    def __call__(self, x: Any) -> Any:
        """Return the activation of pre-activations ``x`` of any shape."""
        raise NotImplementedError


ACTIVATIONS: Registry[Activation] = Registry("activation", "playground.models.activations")


@ACTIVATIONS.register
class Linear(Activation):
    """The identity."""

    kind: Literal["linear"] = "linear"

    def __call__(self, x: Any) -> Any:
        return x


@ACTIVATIONS.register
class ReLU(Activation):
    """max(0, x), with derivative 0 at 0 (Nair & Hinton 2010)."""

    LABEL = "ReLU"
    kind: Literal["relu"] = "relu"

    def __call__(self, x: Any) -> Any:
        return ad.relu(x)


@ACTIVATIONS.register
class LeakyReLU(Activation):
    """x where positive, else 0.01 x (Maas et al. 2013)."""

    LABEL = "Leaky ReLU"
    kind: Literal["leaky_relu"] = "leaky_relu"

    def __call__(self, x: Any) -> Any:
        return ad.where(x > 0, x, 0.01 * x)


@ACTIVATIONS.register
class ELU(Activation):
    """x where positive, else exp(x) - 1 (Clevert et al. 2015)."""

    LABEL = "ELU"
    kind: Literal["elu"] = "elu"

    def __call__(self, x: Any) -> Any:
        # At 0 both sides have the slope 1; the second derivative is the right one's, as PyTorch's.
        is_linear = x >= 0
        # The inner where() keeps expm1 from overflowing on the side that the outer one discards.
        return ad.where(is_linear, x, ad.expm1(ad.where(is_linear, 0.0, x)))


@ACTIVATIONS.register
class GELU(Activation):
    """x times the normal distribution function, exact by erf (Hendrycks & Gimpel 2016)."""

    LABEL = "GELU"
    kind: Literal["gelu"] = "gelu"

    def __call__(self, x: Any) -> Any:
        return 0.5 * x * (1.0 + ad.erf(x * 0.5**0.5))


@ACTIVATIONS.register
class SiLU(Activation):
    """x times its sigmoid, also called swish (Elfwing et al. 2017)."""

    LABEL = "SiLU"
    kind: Literal["silu"] = "silu"

    def __call__(self, x: Any) -> Any:
        return x * ad.sigmoid(x)


@ACTIVATIONS.register
class Sigmoid(Activation):
    """1 / (1 + exp(-x)); its slope is at most 1/4, so deep stacks of it lose the gradient."""

    kind: Literal["sigmoid"] = "sigmoid"

    def __call__(self, x: Any) -> Any:
        return ad.sigmoid(x)


@ACTIVATIONS.register
class Tanh(Activation):
    """The hyperbolic tangent."""

    LABEL = "tanh"
    kind: Literal["tanh"] = "tanh"

    def __call__(self, x: Any) -> Any:
        return ad.tanh(x)


@ACTIVATIONS.register
class Softplus(Activation):
    """log(1 + exp(x)), a smooth ReLU."""

    kind: Literal["softplus"] = "softplus"

    def __call__(self, x: Any) -> Any:
        return ad.softplus(x)


@ACTIVATIONS.register
class Sine(Activation):
    """sin(x) (Sitzmann et al. 2020, without their frequency factor)."""

    kind: Literal["sine"] = "sine"

    def __call__(self, x: Any) -> Any:
        return ad.sin(x)
