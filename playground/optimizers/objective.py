"""What an optimizer sees: a scalar function of one flat vector, and how often it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.autodiff import Spec, grad, hvp, jacobian, jvp, lower, tree, value_and_grad, vjp
from playground.autodiff.lanes import Team
from playground.autodiff.numpy_backend import BoundProgram
from playground.models.layout import Layout
from playground.optimizers.optimizer import Array, Need


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
    """

    value: Callable[..., Any]
    outputs: Callable[..., Any] | None = None
    outer: Callable[..., Any] | None = None
    residuals: Callable[..., Any] | None = None
    n_noise: int = 0

    def offers(self) -> frozenset[Need]:
        """Return what can be asked of it beside its value."""
        needs: set[Need] = {"gradient", "hessian_product", "hessian"}
        if self.outputs is not None:
            needs.add("gauss_newton")
        if self.residuals is not None:
            needs |= {"residuals", "gauss_newton"}
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
        return self._run("hessian_product", theta, v)["product"].copy()

    def gauss_newton_product(self, theta: Array, v: Array) -> Array:
        """Return Jᵀ H J v: J of the outputs by θ, H of the loss by the outputs."""
        self.counts.products += 1
        return self._run("gauss_newton", theta, v)["product"].copy()

    def hessian(self, theta: Array) -> Array:
        """Return the matrix of second derivatives, of shape (n, n), exactly symmetric."""
        self.counts.hessians += 1
        columns = [self._run("hessian_product", theta, e)["product"].copy() for e in self._basis()]
        matrix = np.stack(columns)
        return (matrix + matrix.T) / 2

    def residuals(self, theta: Array) -> tuple[Array, Array]:
        """Return r of shape (m,), where value = ½ Σ r², and its Jacobian of shape (m, n)."""
        self.counts.values += 1
        self.counts.gradients += 1
        outputs = self._run("residuals", theta)
        return outputs["residuals"].copy(), outputs["jacobian"].copy()

    # --- programs ------------------------------------------------------------------------------

    def _basis(self) -> Array:
        return np.eye(self.size, dtype=self.dtype)

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

    def _run(self, name: str, theta: Array, v: Array | None = None) -> dict[str, Any]:
        bound = self._bound.get(name)
        if bound is None:
            bound = self._bound[name] = self._lower(name, has_direction=v is not None)
        bound.inputs["theta"][...] = theta
        if v is not None:
            bound.inputs["v"][...] = v
        bound.run()
        return bound.outputs

    def _lower(self, name: str, *, has_direction: bool) -> BoundProgram:
        like = Spec((self.size,), self.dtype)
        specs = {"theta": like} | ({"v": like} if has_direction else {})
        specs |= {key: tree.map_leaves(Spec.of, value) for key, value in self._fixed.items()}
        program = lower(getattr(self, f"_trace_{name}"), inputs=specs)
        return program.bind(self._team, **self._fixed)

    def _trace_value(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        return {"value": self._function.value(theta, **fixed)}

    def _trace_gradient(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        value, gradient = value_and_grad(lambda t: self._function.value(t, **fixed))(theta)
        return {"value": value, "gradient": gradient}

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
        assert self._function.residuals is not None
        residuals = self._function.residuals

        def of_theta(t: Any) -> Any:
            return residuals(t, **fixed)

        return {"residuals": of_theta(theta), "jacobian": jacobian(of_theta)(theta)}
