"""Learning as an objective: model, loss and penalties on a batch, as graphs over θ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground import autodiff as ad
from playground.autodiff import tree
from playground.declarations import live_values, with_nodes
from playground.models.layout import Layout
from playground.models.losses import Loss
from playground.models.model import Batch, Model, Pass, Signature
from playground.objectives.penalties import Penalties
from playground.optimizers.function import Function


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
        self, theta: Any, batch: Batch
    ) -> tuple[Any, tuple[Any, dict[str, Any], dict[str, Any]]]:
        """Return what is differentiated, and with it what is shown and kept.

        Parameters
        ----------
        theta
            Node of shape (n,).
        batch
            Nodes of a mini-batch, its noise and the running statistics.

        Returns
        -------
        penalised_loss
            The loss and all penalties, a scalar node.
        loss, running, activations
            The loss without penalties and without label smoothing, the running statistics after
            the batch, and what each layer puts out.
        """
        parameters = self.layout.unpack(theta)
        result = self.model.forward(parameters, batch)
        penalty = self.penalties.apply(self.layout, parameters)
        loss = self.loss(result.outputs, batch.targets)
        penalised, shown = loss + penalty, self.loss.unsmoothed()
        if shown is not self.loss:
            loss = shown(result.outputs, batch.targets)
        return penalised, (loss, result.running, result.activations)

    def evaluation(self, theta: Any, batch: Batch) -> Pass:
        """Return outputs and activations by layer in evaluation mode."""
        return self.model.forward(self.layout.unpack(theta), batch)

    def function(self, signature: Signature) -> Function:
        """Return it as optimizers see it: of θ, with a batch, its noise and live numbers fixed.

        The fixed nodes are ``inputs``, ``targets``, ``noise``, ``running`` and ``live``.
        """

        def batch_of(live: Any, batch: dict[str, Any]) -> tuple[Learning, Batch]:
            return self.with_nodes(live), Batch(**batch, image_shape=signature.image_shape)

        def value(theta: Any, live: Any, **fixed: Any) -> Any:
            learning, batch = batch_of(live, fixed)
            return learning.training(theta, batch)[0]

        def outputs(theta: Any, live: Any, **fixed: Any) -> Any:
            learning, batch = batch_of(live, fixed)
            return learning.model.forward(learning.layout.unpack(theta), batch).outputs

        def outer(outputs: Any, theta: Any, live: Any, **fixed: Any) -> Any:
            learning, batch = batch_of(live, fixed)
            parameters = learning.layout.unpack(theta)
            penalty = learning.penalties.apply(learning.layout, parameters)
            return learning.loss(outputs, batch.targets) + penalty

        def residuals(theta: Any, live: Any, **fixed: Any) -> Any:
            learning, batch = batch_of(live, fixed)
            parameters = learning.layout.unpack(theta)
            result = learning.model.forward(parameters, batch).outputs
            parts = [learning.loss.residuals(result, batch.targets).reshape(-1)]
            return ad.concatenate(parts + learning.penalties.residuals(learning.layout, parameters))

        def sample(theta: Any, live: Any, running: Any, **fixed: Any) -> Any:
            alone = tree.map_leaves(lambda x: x.reshape((1, *x.shape)), fixed)
            learning, batch = batch_of(live, alone | {"running": running})
            result = learning.model.forward(learning.layout.unpack(theta), batch)
            return learning.loss(result.outputs, batch.targets)

        def layers(theta: Any, live: Any, **fixed: Any) -> Any:
            learning, batch = batch_of(live, fixed)
            result = learning.model.forward(learning.layout.unpack(theta), batch)
            return learning.loss(result.outputs, batch.targets), result.dense

        loss, model = self.loss, self.model
        is_squared = loss.HAS_RESIDUALS and self.penalties.has_residuals
        # Statistics of the batch tie its samples together.
        has_own_noise = all(n.shape[0] == m for m in (2, 3) for n in model.noise(signature, m))
        are_apart = loss.IS_MEAN_OF_SAMPLES and not model.running(signature) and has_own_noise
        return Function(
            value,
            outputs,
            outer,
            residuals if is_squared else None,
            sample=sample if are_apart else None,
            sampled=("inputs", "targets", "noise"),
            layers=layers if model.is_dense(self.layout) else None,
            draw=loss.draw if loss.HAS_LIKELIHOOD else None,
        )
