"""A scalar function of one flat vector, and the graphs of all that may be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.autodiff import broadcast_to, grad, hvp, jvp, value_and_grad, vjp, vmap
from playground.autodiff.graph import as_node
from playground.autodiff.propagation import pull_back
from playground.optimizers.optimizer import Array, Need


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

    # --- graphs, each of which an Objective compiles when it is asked for -----------------------

    def value_graph(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        """Give the value, a scalar."""
        return {"value": self.value(theta, **fixed)}

    def gradient_graph(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        """Give value and gradient."""
        value, gradient = value_and_grad(lambda t: self.value(t, **fixed))(theta)
        return {"value": value, "gradient": gradient}

    def hessian_rows_graph(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        """Give the Hessian times each row of ``v``."""

        def row(v: Any) -> Any:
            return hvp(lambda t: self.value(t, **fixed), theta, v)

        return {"rows": vmap(row)(v)}

    def hessian_product_graph(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        """Give the Hessian times ``v``."""
        return {"product": hvp(lambda t: self.value(t, **fixed), theta, v)}

    def gauss_newton_graph(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        """Give the Gauss-Newton matrix times ``v``."""
        outputs, outer = self.outputs, self.outer
        if outputs is None or outer is None:
            residuals = self._residuals_of(fixed)
            _, jv = jvp(residuals, (theta,), (v,))
            _, pull = vjp(residuals, theta)
            return {"product": pull(jv)[0]}
        z, jv = jvp(lambda t: outputs(t, **fixed), (theta,), (v,))
        h_jv = jvp(grad(lambda z: outer(z, theta, **fixed)), (z,), (jv,))[1]
        _, pull = vjp(lambda t: outputs(t, **fixed), theta)
        return {"product": pull(h_jv)[0] + hvp(lambda t: outer(z, t, **fixed), theta, v)}

    def residuals_graph(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        """Give the residuals."""
        return {"residuals": self._residuals_of(fixed)(theta)}

    def jacobian_columns_graph(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        """Give the residuals' Jacobian times each row of ``v``."""
        residuals = self._residuals_of(fixed)
        return {"rows": vmap(lambda v: jvp(residuals, (theta,), (v,))[1])(v)}

    def jacobian_rows_graph(self, theta: Any, v: Any, **fixed: Any) -> dict[str, Any]:
        """Give each row of ``v`` times the residuals' Jacobian."""
        _, pull = vjp(self._residuals_of(fixed), theta)
        return {"rows": vmap(lambda v: pull(v)[0])(v)}

    def _residuals_of(self, fixed: Mapping[str, Any]) -> Callable[[Any], Any]:
        residuals = self.residuals
        assert residuals is not None
        return lambda theta: residuals(theta, **fixed)

    def outputs_graph(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        """Give the model's outputs."""
        assert self.outputs is not None
        return {"outputs": self.outputs(theta, **fixed)}

    def samples_graph(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        """Give the gradient of each sample's loss."""
        sample, own = self.sample, self.sampled
        assert sample is not None
        shared = {key: value for key, value in fixed.items() if key not in own}

        def gradient(mapped: dict[str, Any]) -> Any:
            return grad(lambda t: sample(t, **mapped, **shared))(theta)

        return {"gradients": vmap(gradient)({key: fixed[key] for key in own})}

    def layers_graph(self, theta: Any, **fixed: Any) -> dict[str, Any]:
        """Give each layer's inputs and each sample's gradient by its weighted sums."""
        assert self.layers is not None
        loss, layers = self.layers(theta, **fixed)
        sums = [sums for _, sums in layers.values()]
        one = broadcast_to(as_node(np.ones((), theta.dtype)), loss.shape)
        gradients = pull_back([loss], [one], sums)
        return {
            "layers": {
                # The loss is a mean over the samples; each one's own is wanted.
                name: {"inputs": inputs, "gradients": float(inputs.shape[0]) * gradient}
                for (name, (inputs, _)), gradient in zip(layers.items(), gradients, strict=True)
            }
        }
