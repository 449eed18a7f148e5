"""Initialisers: the weights before the first step."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.declarations import Kind, Registry, declare
from playground.models.layout import Layout

Floats = NDArray[np.float64]


class Initializer(Kind):
    """Draws one array of weights."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Return weights of shape (…, n_inputs, n_outputs), the leading axes a kernel's extent."""
        raise NotImplementedError


INITIALIZERS: Registry[Initializer] = Registry("initializer", "playground.models.initializers")


@INITIALIZERS.register
class Zeros(Initializer):
    """All zero: every unit of a layer stays equal to its neighbours."""

    kind: Literal["zeros"] = "zeros"

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return np.zeros(shape)


@INITIALIZERS.register
class Constant(Initializer):
    """One value everywhere."""

    kind: Literal["constant"] = "constant"
    value: float = declare(0.1, slider=(-1, 1), help="Every weight's first value.")

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return np.full(shape, self.value)


@INITIALIZERS.register
class Uniform(Initializer):
    """Uniform between minus and plus a bound."""

    kind: Literal["uniform"] = "uniform"
    bound: float = declare(
        0.5, ge=0, slider=(0, 2), help="Weights are drawn between minus and plus this."
    )

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.uniform(-self.bound, self.bound, shape)


@INITIALIZERS.register
class Normal(Initializer):
    """Normal around zero."""

    kind: Literal["normal"] = "normal"
    std: float = declare(
        0.1, ge=0, slider=(1e-3, 10), scale="log", label="σ", help="Standard deviation."
    )

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.normal(0.0, self.std, shape)


class _WithGain(Initializer):
    gain: float = declare(
        1.0,
        gt=0,
        slider=(0.1, 10),
        scale="log",
        advanced=True,
        help="Factor on the standard deviation.",
    )


class _Scaled(_WithGain):
    """Zero mean and a variance that depends on the fans; the subclasses say how."""

    def _std(self, fan_in: int, fan_out: int) -> float:
        raise NotImplementedError


class _ScaledUniform(_Scaled):
    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        bound = self.gain * self._std(*fans(shape)) * math.sqrt(3.0)
        return rng.uniform(-bound, bound, shape)


class _ScaledNormal(_Scaled):
    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.normal(0.0, self.gain * self._std(*fans(shape)), shape)


class _Glorot(_Scaled):
    def _std(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2.0 / (fan_in + fan_out))


class _He(_Scaled):
    def _std(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2.0 / fan_in)


class _LeCun(_Scaled):
    def _std(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(1.0 / fan_in)


@INITIALIZERS.register
class GlorotUniform(_Glorot, _ScaledUniform):
    """Uniform with variance 2 / (fan in + fan out) (Glorot & Bengio 2010, eq. 16)."""

    kind: Literal["glorot_uniform"] = "glorot_uniform"


@INITIALIZERS.register
class GlorotNormal(_Glorot, _ScaledNormal):
    """Normal with variance 2 / (fan in + fan out) (Glorot & Bengio 2010, eq. 12)."""

    kind: Literal["glorot_normal"] = "glorot_normal"


@INITIALIZERS.register
class HeUniform(_He, _ScaledUniform):
    """Uniform with variance 2 / fan in, for ReLU (He et al. 2015, eq. 10)."""

    LABEL = "He uniform"
    kind: Literal["he_uniform"] = "he_uniform"


@INITIALIZERS.register
class HeNormal(_He, _ScaledNormal):
    """Normal with variance 2 / fan in, for ReLU (He et al. 2015, eq. 10)."""

    LABEL = "He normal"
    kind: Literal["he_normal"] = "he_normal"


@INITIALIZERS.register
class LeCunUniform(_LeCun, _ScaledUniform):
    """Uniform with variance 1 / fan in (LeCun et al. 1998, eq. 16)."""

    LABEL = "LeCun uniform"
    kind: Literal["lecun_uniform"] = "lecun_uniform"


@INITIALIZERS.register
class LeCunNormal(_LeCun, _ScaledNormal):
    """Normal with variance 1 / fan in (LeCun et al. 1998, eq. 16)."""

    LABEL = "LeCun normal"
    kind: Literal["lecun_normal"] = "lecun_normal"


@INITIALIZERS.register
class Orthogonal(_WithGain):
    """Orthonormal rows or columns (Saxe et al. 2013)."""

    kind: Literal["orthogonal"] = "orthogonal"

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        matrix = (math.prod(shape[:-1]), shape[-1])
        tall = (max(matrix), min(matrix))
        q, r = np.linalg.qr(rng.normal(size=tall))
        # The signs make the distribution uniform over orthogonal matrices (Mezzadri 2007).
        q *= np.sign(np.diag(r))
        return self.gain * (q if matrix == tall else q.T).reshape(shape)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs a unit sums, and how many units an input reaches."""
    extent = math.prod(shape[:-2])
    return extent * shape[-2], extent * shape[-1]


def first_theta(
    layout: Layout, initializer: Initializer, rng: np.random.Generator, bias: float = 0.0
) -> Floats:
    """Return θ of shape (n,): weights drawn, biases all the same, scales one."""
    arrays = {}
    for segment in layout:
        if segment.role.endswith("weight"):
            arrays[segment.name] = initializer.draw(rng, segment.shape)
        else:
            arrays[segment.name] = np.full(segment.shape, 1.0 if segment.role == "scale" else bias)
    return layout.pack(arrays)
