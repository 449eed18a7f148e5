"""What an optimizer is, and the registry of all of them."""

from __future__ import annotations

from typing import Any, ClassVar

from playground.declarations import Kind, Registry, declare


class Optimizer(Kind):
    """Moves θ."""


class UpdateRule(Optimizer):
    """A first-order rule, written as its textbook mathematics on graph nodes.

    Within :meth:`update` the live settings (``self.learning_rate`` …) are graph inputs, so a rule
    reads like the paper and a changed slider needs no new program. Every operation is elementwise
    on the last axis, so one rule moves one point or many.
    """

    SLOTS: ClassVar[tuple[str, ...]] = ()
    """Names of the state arrays, each of θ's shape and zero at first."""

    SOURCE: ClassVar[str] = ""
    """Paper and equation."""

    def update(
        self, theta: Any, gradient: Any, state: dict[str, Any], step: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the next θ and the next state.

        Parameters
        ----------
        theta, gradient
            Nodes of shape (…, n).
        state
            One node of θ's shape for each of ``SLOTS``.
        step
            Scalar node: 1 at the first update since the state was new.
        """
        raise NotImplementedError


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", "playground.optimizers")


def learning_rate(default: float) -> Any:
    """Declare a learning rate; only its default differs between rules."""
    return declare(
        default,
        gt=0,
        slider=(1e-5, 10.0),
        scale="log",
        live=True,
        help="Length of a step along the (transformed) negative gradient, η.",
    )
