"""Learning as an objective: model, loss and penalties on a batch, as graphs over θ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.declarations import live_values, with_nodes
from playground.models.layout import Layout
from playground.models.losses import Loss
from playground.models.model import Model
from playground.objectives.penalties import Penalties


@dataclass(frozen=True)
class Learning:
    """A scalar function of one flat θ of shape (n,), given a batch and noise."""

    model: Model
    loss: Loss
    penalties: Penalties
    layout: Layout

    def live(self) -> dict[str, float]:
        """Return the live numbers by path; each is an input of the programs."""
        return (
            live_values(self.model, "model.")
            | live_values(self.loss, "loss.")
            | live_values(self.penalties, "penalties.")
        )

    def with_nodes(self, nodes: Mapping[str, Any]) -> Learning:
        """Return a copy that reads its live numbers from graph nodes."""
        return Learning(
            with_nodes(self.model, nodes, "model."),
            with_nodes(self.loss, nodes, "loss."),
            with_nodes(self.penalties, nodes, "penalties."),
            self.layout,
        )

    def training(
        self, theta: Any, inputs: Any, targets: Any, noise: dict[str, Any]
    ) -> tuple[Any, Any]:
        """Return the penalised loss, which is differentiated, and the bare loss, which is shown.

        Parameters
        ----------
        theta
            Node of shape (n,).
        inputs, targets
            Nodes of shape (n_samples, n_inputs) and (n_samples, n_outputs).
        noise
            Uniform arrays by name, as :meth:`Model.noise` asks for them.
        """
        parameters = self.layout.unpack(theta)
        outputs, _ = self.model.forward(parameters, inputs, noise)
        loss = self.loss(outputs, targets)
        return loss + self.penalties.apply(self.layout, parameters), loss

    def outputs(self, theta: Any, inputs: Any) -> tuple[Any, dict[str, Any]]:
        """Return outputs and activations by layer in evaluation mode."""
        return self.model.forward(self.layout.unpack(theta), inputs, None)
