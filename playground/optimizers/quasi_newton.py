"""Methods that learn the curvature from how the gradient changes: L-BFGS and BFGS."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.declarations import declare
from playground.models.layout import Layout
from playground.optimizers.line_search import (
    LINE_RULE,
    LineMethod,
    first_length,
    gradient_at,
    stand,
    unit_length,
)
from playground.optimizers.objective import Objective
from playground.optimizers.optimizer import OPTIMIZERS, Array, State
from playground.optimizers.wolfe import Trial, inner

LEAST_CURVATURE = 1e-10
"""Least sᵀy for which a pair is kept, as a share of |s| |y|: then the matrix stays positive."""

_DIRECTION = r"d = -H g,\quad \theta \leftarrow \theta + t\, d"


def _nothing_seen() -> State:
    return {"n_pairs": np.array(0), "drop": np.array(0.0)}


class _QuasiNewton(LineMethod):
    """A step along -H g, and what was seen along it; H is kept as a subclass likes."""

    def direction(self, gradient: Array, state: State) -> Array:
        """Return -H g."""
        raise NotImplementedError

    def learn(self, s: Array, y: Array, state: State) -> None:
        """Take in that along s the gradient changed by y, where sᵀy > 0."""
        raise NotImplementedError

    def forget(self, state: State) -> None:
        """Begin again with the unit matrix."""
        raise NotImplementedError

    def step(
        self, objective: Objective, theta: Array, state: State, rng: np.random.Generator
    ) -> Array:
        start = stand(objective, theta)
        gradient = start.gradient
        assert gradient is not None
        if not gradient.any():
            return theta
        end = self._descend(objective, start, self.direction(gradient, state), state)
        if end is None and state["n_pairs"]:
            self.forget(state)
            end = self._descend(objective, start, -gradient, state)
        if end is None:
            return theta
        # Both gradients are of this step's batch, so that y tells of curvature and not of chance.
        s, y = end.theta - theta, gradient_at(objective, end) - gradient
        product = inner(s, y)
        if product > LEAST_CURVATURE * np.sqrt(inner(s, s) * inner(y, y)):
            self.learn(s, y, state)
            state["n_pairs"] += 1
        state["drop"][()] = start.value - end.value
        return end.theta

    def first(self, slope: float, gradient: Array, state: State) -> float:
        """Return the length to try first along a direction with that slope."""
        if state["n_pairs"]:
            return 1.0
        return unit_length(gradient)

    def _descend(
        self, objective: Objective, start: Trial, direction: Array, state: State
    ) -> Trial | None:
        assert start.gradient is not None
        first = self.first(inner(start.gradient, direction), start.gradient, state)
        return self.search(objective, start, direction, first)


@OPTIMIZERS.register
class BFGS(_QuasiNewton):
    """Learns the whole inverse Hessian from the last steps and their gradients."""

    LABEL = "BFGS"
    SOURCE = "Broyden, Fletcher, Goldfarb, Shanno 1970; Nocedal & Wright 2006, algorithm 6.1"
    RULE = (
        _DIRECTION + "\n"
        r"s = \theta' - \theta,\quad y = g' - g,\quad \rho = 1 / y^\top s" + "\n"
        r"H \leftarrow (I - \rho s y^\top)\, H\, (I - \rho y s^\top) + \rho s s^\top"
        + "\n"
        + LINE_RULE
    )
    LARGEST = 2000
    kind: Literal["bfgs"] = "bfgs"

    def initial(self, theta: Array, layout: Layout) -> State:
        return {"inverse_hessian": np.eye(theta.size), **_nothing_seen()}

    def first(self, slope: float, gradient: Array, state: State) -> float:
        # The first matrix is the unit matrix, whose lengths mean nothing yet.
        return first_length(state["drop"].item(), slope, unit_length(gradient))

    def direction(self, gradient: Array, state: State) -> Array:
        return -(state["inverse_hessian"] @ gradient).astype(gradient.dtype)

    def learn(self, s: Array, y: Array, state: State) -> None:
        h = state["inverse_hessian"]
        s, y = s.astype(h.dtype), y.astype(h.dtype)
        sy = s @ y
        hy = h @ y
        h += np.outer(s, s) * ((sy + y @ hy) / sy**2) - (np.outer(hy, s) + np.outer(s, hy)) / sy

    def forget(self, state: State) -> None:
        state["inverse_hessian"] = np.eye(len(state["inverse_hessian"]))
        state["n_pairs"][()] = 0


@OPTIMIZERS.register
class LBFGS(_QuasiNewton):
    """BFGS from the last few steps alone: fit for many parameters."""

    LABEL = "L-BFGS"
    SOURCE = "Nocedal 1980; Nocedal & Wright 2006, algorithms 7.4 and 7.5"
    RULE = (
        _DIRECTION + "\n"
        r"H = \text{BFGS updates of } \gamma I \text{ by the last } m \text{ pairs } (s, y),\quad"
        r"\gamma = s^\top y / y^\top y" + "\n" + LINE_RULE
    )
    kind: Literal["lbfgs"] = "lbfgs"
    history: int = declare(
        10,
        ge=1,
        le=100,
        slider=(1, 30),
        label="History m",
        help="How many of the last steps the curvature is learned from.",
    )

    def initial(self, theta: Array, layout: Layout) -> State:
        # The newest pair stands last.
        pairs = np.zeros((2, self.history, theta.size), theta.dtype)
        return {"s": pairs[0].copy(), "y": pairs[1].copy(), **_nothing_seen()}

    def direction(self, gradient: Array, state: State) -> Array:
        n_kept = min(state["n_pairs"].item(), self.history)
        if not n_kept:
            return -gradient
        s, y = state["s"][-n_kept:], state["y"][-n_kept:]
        products = [inner(a, b) for a, b in zip(s, y, strict=True)]
        q = gradient.astype(np.float64)
        shares = np.zeros(n_kept)
        for i in reversed(range(n_kept)):
            shares[i] = inner(s[i], q) / products[i]
            q -= shares[i] * y[i]
        q *= products[-1] / inner(y[-1], y[-1])
        for i in range(n_kept):
            q += (shares[i] - inner(y[i], q) / products[i]) * s[i]
        return -q.astype(gradient.dtype)

    def learn(self, s: Array, y: Array, state: State) -> None:
        for name, newest in (("s", s), ("y", y)):
            state[name][:-1] = state[name][1:].copy()
            state[name][-1] = newest

    def forget(self, state: State) -> None:
        state["n_pairs"][()] = 0
