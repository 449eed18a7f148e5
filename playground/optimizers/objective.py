"""What an optimizer sees: a scalar function of one flat vector, and how often it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.autodiff import (
    Spec,
    broadcast_to,
    grad,
    hvp,
    jvp,
    lower,
    tree,
    value_and_grad,
    vjp,
    vmap,
)
from playground.autodiff.graph import as_node
from playground.autodiff.lanes import Team
from playground.autodiff.numpy_backend import BoundProgram
from playground.autodiff.propagation import pull_back
from playground.models.layout import Layout
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


@dataclass(frozen=True)
class Function:
    """A scalar function of θ as graphs.

    Attributes
    ----------
    value
        ``value(theta, **fixed)`` gives a scalar node from a node of shape (n,).
    outputs, outer
        Where the value is ``outer(outputs(theta, **fixed), theta, **fixed)``, a convex function of
        a model's outputs and perhaps a penalty: then there is a Gauss-Newton matrix.
    residuals
        ``residuals(theta, **fixed)`` gives r of shape (m,) with value = ½ Σ r².
    n_noise
        Standard normal numbers that it takes anew at each step, as ``noise`` of shape (n_noise,).
    sample, sampled
        ``sample(theta, **fixed)`` gives the loss of one sample, without penalties; ``sampled``
        names the fixed arrays that have the samples along their first axis.
    layers
        ``layers(theta, **fixed)`` gives, for a model of dense layers alone, the loss without
        penalties and, by layer, its inputs and its weighted sums, of shape (n_samples, …).
    draw
        ``draw(outputs, rng)`` gives targets as the model's own outputs make them likely, where
        the loss is the negative logarithm of a likelihood.
    """

    value: Callable[..., Any]
    outputs: Callable[..., Any] | None = None
    outer: Callable[..., Any] | None = None
    residuals: Callable[..., Any] | None = None
    n_noise: int = 0
    sample: Callable[..., Any] | None = None
    sampled: tuple[str, ...] = ()
    layers: Callable[..., Any] | None = None
    draw: Callable[[Array, np.random.Generator], Array] | None = None

    def offers(self) -> frozenset[Need]:
        """Return what can be asked of it beside its value."""
        needs: set[Need] = {"gradient", "hessian_product", "hessian"}
        if self.outputs is not None:
            needs.add("gauss_newton")
        if self.residuals is not None:
            needs |= {"residuals", "gauss_newton"}
        if self.sample is not None:
            needs.add("samples")
        if self.layers is not None and self.draw is not None:
            needs.add("layers")
        return frozenset(needs)


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
        program = lower(getattr(self, f"_trace_{name}"), inputs=specs)
        return program.bind(self._team, **fixed)

    def _trace_value(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        return {"value": self._function.value(theta, **fixed)}

    def _trace_gradient(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        value, gradient = value_and_grad(lambda t: self._function.value(t, **fixed))(theta)
        return {"value": value, "gradient": gradient}

    def _trace_hessian_rows(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        def row(v: Any) -> Any:
            return hvp(lambda t: self._function.value(t, **fixed), theta, v)

        return {"rows": vmap(row)(v)}

    def _trace_hessian_product(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        return {"product": hvp(lambda t: self._function.value(t, **fixed), theta, v)}

    def _trace_gauss_newton(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        function = self._function
        if function.outputs is None or function.outer is None:
            assert function.residuals is not None
            _, jv = jvp(lambda t: function.residuals(t, **fixed), (theta,), (v,))  # type: ignore[misc]
            _, pull = vjp(lambda t: function.residuals(t, **fixed), theta)  # type: ignore[misc]
            return {"product": pull(jv)[0]}
        outputs, outer = function.outputs, function.outer
        z, jv = jvp(lambda t: outputs(t, **fixed), (theta,), (v,))
        h_jv = jvp(grad(lambda z: outer(z, theta, **fixed)), (z,), (jv,))[1]
        _, pull = vjp(lambda t: outputs(t, **fixed), theta)
        return {"product": pull(h_jv)[0] + hvp(lambda t: outer(z, t, **fixed), theta, v)}

    def _trace_residuals(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        return {"residuals": self._residuals_of(fixed)(theta)}

    def _trace_jacobian_columns(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        residuals = self._residuals_of(fixed)
        return {"rows": vmap(lambda v: jvp(residuals, (theta,), (v,))[1])(v)}

    def _trace_jacobian_rows(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        _, pull = vjp(self._residuals_of(fixed), theta)
        return {"rows": vmap(lambda v: pull(v)[0])(v)}

    def _residuals_of(self, fixed: Mapping[str, Any]) -> Callable[[Any], Any]:
        residuals = self._function.residuals
        assert residuals is not None
        return lambda theta: residuals(theta, **fixed)

    def _trace_outputs(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        assert self._function.outputs is not None
        return {"outputs": self._function.outputs(theta, **fixed)}

    def _trace_samples(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        sample, own = self._function.sample, self._function.sampled
        assert sample is not None
        shared = {key: value for key, value in fixed.items() if key not in own}

        def gradient(mapped: dict[str, Any]) -> Any:
            return grad(lambda t: sample(t, **mapped, **shared))(theta)

        return {"gradients": vmap(gradient)({key: fixed[key] for key in own})}

    def _trace_layers(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        assert self._function.layers is not None
        loss, layers = self._function.layers(theta, **fixed)
        sums = [sums for _, sums in layers.values()]
        one = broadcast_to(as_node(np.ones((), self.dtype)), loss.shape)
        # Each by itself: several together are taken for independent of each other.
        gradients = [pull_back([loss], [one], [node])[0] for node in sums]
        return {
            "layers": {
                # The loss is a mean over the samples; each one's own is wanted.
                name: {"inputs": inputs, "gradients": float(inputs.shape[0]) * gradient}
                for (name, (inputs, _)), gradient in zip(layers.items(), gradients, strict=True)
            }
        }
