"""What an optimizer sees: a scalar function of one flat vector, and how often it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.autodiff import Spec, lower, tree
from playground.autodiff.numpy_backend import BoundProgram
from playground.autodiff.team import Team
from playground.models.layout import Layout
from playground.optimizers.function import Function
from playground.optimizers.optimizer import Array, Need

MOST_DIRECTIONS = 32
"""Along how many directions a matrix of derivatives is computed in one run."""


@dataclass
class Counts:
    """How often an objective was asked.

    A value and a gradient that were computed together count as one of each.
    """

    values: int = 0
    gradients: int = 0
    products: int = 0
    hessians: int = 0


@dataclass
class _Known:
    """What was computed at the last point, and which of it was asked for."""

    theta: Array
    value: float
    gradient: Array | None
    value_counts: bool
    gradient_counts: bool


class Objective:
    """A scalar function of θ of shape (n,), with derivatives and counts.

    Parameters
    ----------
    function
        What it computes.
    layout
        Names of θ's segments.
    dtype
        Number type of θ and of all results.
    fixed
        Arrays by name that the function takes beside θ (a batch, noise …), in nests; read where
        they lie, so that whoever changes them says :meth:`renew`.
    team
        Threads that do long operations side by side.

    Notes
    -----
    Programs are compiled when first needed. Results are new arrays. The last point is remembered,
    so asking for its value after its gradient costs and counts nothing.
    """

    def __init__(
        self,
        function: Function,
        layout: Layout,
        *,
        dtype: Any = np.float64,
        fixed: Mapping[str, Any] | None = None,
        team: Team | None = None,
    ) -> None:
        self.layout = layout
        self.dtype = np.dtype(dtype)
        self.counts = Counts()
        self._function = function
        self._fixed = dict(fixed or {})
        self._team = team
        self._bound: dict[str, BoundProgram] = {}
        self._known: _Known | None = None

    @property
    def offers(self) -> frozenset[Need]:
        """What can be asked of it beside its value."""
        return self._function.offers()

    @property
    def size(self) -> int:
        """Number of parameters n."""
        return self.layout.size

    def renew(self) -> None:
        """Forget the last point: the fixed arrays hold something else now."""
        self._known = None

    def inform(self, theta: Array, value: float, gradient: Array) -> None:
        """Take over what a watcher has computed at θ already; it counts once it is asked for."""
        self._known = _Known(theta.copy(), value, gradient.copy(), False, False)

    def value(self, theta: Array) -> float:
        """Return the value at θ."""
        known = self._at(theta)
        if known is None:
            known = self._remember(theta, self._run("value", theta)["value"].item(), None)
        if not known.value_counts:
            known.value_counts = True
            self.counts.values += 1
        return known.value

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the value and the gradient, of shape (n,)."""
        known = self._differentiated(theta)
        self.counts.values += not known.value_counts
        self.counts.gradients += not known.gradient_counts
        known.value_counts = known.gradient_counts = True
        assert known.gradient is not None
        return known.value, known.gradient.copy()

    def gradient(self, theta: Array) -> Array:
        """Return the gradient, of shape (n,)."""
        return self.value_and_gradient(theta)[1]

    def observe(self, theta: Array) -> tuple[float, Array]:
        """Return value and gradient for a watcher: counted only if the optimizer asks as well."""
        known = self._differentiated(theta)
        assert known.gradient is not None
        return known.value, known.gradient.copy()

    def hessian_product(self, theta: Array, v: Array) -> Array:
        """Return the Hessian at θ times v, of shape (n,)."""
        self.counts.products += 1
        return self._run("hessian_product", theta, v=v)["product"].copy()

    def gauss_newton_product(self, theta: Array, v: Array) -> Array:
        """Return Jᵀ H J v: J of the outputs by θ, H of the loss by the outputs."""
        self.counts.products += 1
        return self._run("gauss_newton", theta, v=v)["product"].copy()

    def hessian(self, theta: Array) -> Array:
        """Return the matrix of second derivatives, of shape (n, n), exactly symmetric."""
        self.counts.hessians += 1
        matrix = self._along_axes("hessian_rows", theta, self.size)
        return (matrix + matrix.T) / 2

    def residuals(self, theta: Array) -> tuple[Array, Array]:
        """Return r of shape (m,), where value = ½ Σ r², and its Jacobian of shape (m, n)."""
        residuals = self._run("residuals", theta)["residuals"].copy()
        known = self._at(theta)
        if known is None:
            known = self._remember(theta, 0.5 * float(residuals @ residuals), None)
        self.counts.values += not known.value_counts
        self.counts.gradients += not known.gradient_counts
        known.value_counts = known.gradient_counts = True
        if self.size <= residuals.size:
            columns = self._along_axes("jacobian_columns", theta, self.size)
            return residuals, np.ascontiguousarray(columns.T)
        return residuals, self._along_axes("jacobian_rows", theta, residuals.size)

    def sample_gradients(self, theta: Array) -> Array:
        """Return the gradient of each sample's loss, shape (n_samples, n), penalties left out."""
        self.counts.gradients += 1
        return self._run("samples", theta)["gradients"].copy()

    def layer_statistics(
        self, theta: Array, rng: np.random.Generator
    ) -> dict[str, tuple[Array, Array]]:
        """Return what the Fisher matrix of dense layers is made of, by layer.

        The targets are drawn from the distribution that the model's outputs stand for, as in
        Martens & Grosse 2015, section 5: the matrix is the model's own, not the empirical one.

        Returns
        -------
        inputs
            What the layer reads, shape (n_samples, n_inputs).
        gradients
            Of each sample's loss by the layer's weighted sums, shape (n_samples, n_units).
        """
        assert self._function.draw is not None
        self.counts.gradients += 1
        outputs = self._run("outputs", theta)["outputs"]
        targets = self._function.draw(outputs, rng).astype(self.dtype)
        layers = self._run("layers", theta, targets=targets)["layers"]
        return {
            name: (pair["inputs"].copy(), pair["gradients"].copy()) for name, pair in layers.items()
        }

    # --- programs ------------------------------------------------------------------------------

    def _along_axes(self, name: str, theta: Array, n: int) -> Array:
        """Return a program's rows for all unit vectors of n entries, several in one run."""
        width = min(n, MOST_DIRECTIONS)
        rows = [
            self._run(name, theta, v=np.eye(width, n, first, self.dtype))["rows"].copy()
            for first in range(0, n, width)
        ]
        return np.concatenate(rows)[:n]

    def _at(self, theta: Array) -> _Known | None:
        known = self._known
        return known if known is not None and np.array_equal(known.theta, theta) else None

    def _differentiated(self, theta: Array) -> _Known:
        known = self._at(theta)
        if known is None:
            outputs = self._run("gradient", theta)
            known = self._remember(theta, outputs["value"].item(), outputs["gradient"].copy())
        elif known.gradient is None:
            known.gradient = self._run("gradient", theta)["gradient"].copy()
        return known

    def _remember(self, theta: Array, value: float, gradient: Array | None) -> _Known:
        self._known = _Known(theta.copy(), value, gradient, False, False)
        return self._known

    def _run(self, name: str, theta: Array, **given: Array) -> dict[str, Any]:
        """Run a program at θ, with arrays of its own beside or in place of the fixed ones."""
        bound = self._bound.get(name)
        if bound is None:
            bound = self._bound[name] = self._lower(name, given)
        bound.inputs["theta"][...] = theta
        for key, array in given.items():
            bound.inputs[key][...] = array
        bound.run()
        return bound.outputs

    def _lower(self, name: str, given: Mapping[str, Array]) -> BoundProgram:
        fixed = {key: value for key, value in self._fixed.items() if key not in given}
        specs: dict[str, Any] = {"theta": Spec((self.size,), self.dtype)}
        specs |= {key: tree.map_leaves(Spec.of, value) for key, value in fixed.items()}
        specs |= {key: Spec.of(array) for key, array in given.items()}
        program = lower(getattr(self._function, f"{name}_graph"), inputs=specs)
        return program.bind(self._team, **fixed)
