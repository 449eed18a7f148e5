"""Recurrent networks: a state that takes up a text symbol by symbol."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializeAsAny

from playground import autodiff as ad
from playground.declarations import chosen_from, declare, is_on
from playground.models.attention import attend, hidden_padding
from playground.models.cells import CELLS, Cell, State
from playground.models.dropout import declare_rate, dropout
from playground.models.embedding import (
    NOT_A_TEXT,
    architecture_of,
    draw_gates,
    last_symbols,
    stacks_of,
    written_so_far,
)
from playground.models.initializers import INITIALIZERS, GlorotUniform, Initializer, Orthogonal
from playground.models.layout import Layout, Role, Segment
from playground.models.model import MODELS, Batch, Model, Noise, Pass, Signature

MAX_POSITIONS = 128
"""Positions that a program unrolls at most; each is compiled anew."""


@MODELS.register
class RecurrentNetwork(Model):
    """A state that reads a text symbol by symbol, from its start to its end."""

    LABEL = "Recurrent network"
    kind: Literal["recurrent"] = "recurrent"
    cell: Literal["elman", "gru", "lstm"] = declare(
        "gru", help="How a state takes up a symbol: Elman's plain one, or with gates."
    )
    embedding: int = declare(
        32,
        ge=1,
        le=1024,
        slider=(1, 256),
        scale="log",
        label="Embedding size",
        help="Numbers that stand for a symbol.",
    )
    units: int = declare(
        64, ge=1, le=1024, slider=(1, 512), scale="log", help="Numbers in a layer's state."
    )
    layers: int = declare(
        1,
        ge=1,
        le=8,
        slider=(1, 4),
        help="Recurrent layers, each reading the states of the one before.",
    )
    attention: bool = declare(
        True,
        help="Whether what writes a text looks back at every state of what read the other "
        "(Luong et al. 2015) or has its last state alone.",
    )
    dropout: float = declare_rate("what each layer hands on")
    initializer: Annotated[SerializeAsAny[Initializer], chosen_from(INITIALIZERS)] = declare(
        default_factory=GlorotUniform,
        help="How the first weights are drawn; those between states are orthogonal.",
    )

    def refuses(self, signature: Signature) -> str:
        if not signature.n_symbols:
            return NOT_A_TEXT
        longest = max(signature.n_inputs, signature.n_target_positions)
        if longest > MAX_POSITIONS:
            return (
                f"it is unrolled position by position, at most {MAX_POSITIONS} of them, "
                f"and the texts have {longest}"
            )
        return ""

    def layout(self, signature: Signature) -> Layout:
        parts: list[tuple[str, Role, tuple[int, ...], bool]] = []
        for stack, (embedding, n_symbols, _) in stacks_of(signature).items():
            parts.append((embedding, "weight", (n_symbols, self.embedding), True))
            for i, name in enumerate(self._layers(stack)):
                n_read = self.units if i else self.embedding
                gates = CELLS[self.cell].GATES * self.units
                parts.append((name, "weight", (n_read + self.units, gates), True))
                parts.append((name, "bias", (2, gates), False))
        if architecture_of(signature) == "encoder_decoder" and self.attention:
            parts.append(("attention", "weight", (2 * self.units, self.units), True))
            parts.append(("attention", "bias", (self.units,), False))
        parts.append(("output", "weight", (self.units, signature.n_outputs), True))
        parts.append(("output", "bias", (signature.n_outputs,), False))
        return Layout(parts)

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        return layout.pack({segment.name: self._drawn(segment, rng) for segment in layout})

    def _drawn(self, segment: Segment, rng: np.random.Generator) -> NDArray[np.float64]:
        shape, units = segment.shape, self.units
        is_recurrent = segment.layer.startswith(("encoder", "decoder"))
        if segment.role == "bias":
            first = np.zeros(shape)
            if is_recurrent and self.cell == "lstm":
                # An open forget gate lets early gradients through (Jozefowicz et al. 2015).
                first[0, units : 2 * units] = 1.0
            return first
        if segment.layer.endswith("embedding"):
            return rng.normal(0.0, 1.0, shape)
        if not is_recurrent:
            return self.initializer.draw(rng, (shape[0], shape[1]))
        n_gates = CELLS[self.cell].GATES
        above = draw_gates(self.initializer, rng, shape[0] - units, units, n_gates)
        return np.concatenate([above, draw_gates(Orthogonal(), rng, units, units, n_gates)])

    def noise(self, signature: Signature, n_samples: int) -> tuple[Noise, ...]:
        if not is_on(self.dropout):
            return ()
        noise = {
            name: Noise(name, (length, n_samples, self.units))
            for stack, (_, _, length) in stacks_of(signature).items()
            for name in self._layers(stack)
        }
        if architecture_of(signature) == "encoder_decoder" and not self.attention:
            # It hands on its last state alone, as it is.
            del noise[self._layers("encoder")[-1]]
        return tuple(noise.values())

    def forward(self, parameters: dict[str, Any], batch: Batch) -> Pass:
        graph = _Graph(self, parameters, batch.noise)
        symbols = batch.inputs
        # Which stacks have weights says what the task is.
        if "encoder1.weight" not in parameters:
            top, _ = graph.unroll("decoder", "embedding", symbols)
            return graph.result(_text_first(top))
        top, states = graph.unroll("encoder", "embedding", symbols)
        last = last_symbols(symbols)
        if "decoder1.weight" not in parameters:
            return graph.result(_at(top, last))
        final = [tuple(_at(array, last) for array in state) for state in states]
        written = written_so_far(batch.targets)
        writer, _ = graph.unroll("decoder", "target_embedding", written, final)
        writer = _text_first(writer)
        if self.attention:
            writer = graph.look_back(writer, _text_first(top), symbols)
        return graph.result(writer)

    def peak_bytes(self, signature: Signature, n_samples: int, itemsize: int) -> int:
        # θ, gradient and up to three optimizer slots; each step's values and their adjoints.
        parameters = 5 * self.layout(signature).size
        gates = CELLS[self.cell].GATES
        lengths = [length for _, _, length in stacks_of(signature).values()]
        step = 2 * self.embedding + self.layers * (4 * gates + 8) * self.units
        outputs = 4 * (lengths[-1] if architecture_of(signature) != "encoder" else 1)
        numbers = sum(lengths) * step + outputs * signature.n_outputs
        if len(lengths) == 2 and self.attention:
            numbers += 6 * lengths[1] * (lengths[0] + self.units)
        return itemsize * (parameters + n_samples * numbers)

    def _layers(self, stack: str) -> list[str]:
        return [f"{stack}{i + 1}" for i in range(self.layers)]


class _Graph:
    """One forward pass while it is built: weights by name, and what is shown.

    Positions come first, so that each step's arrays lie side by side in memory.
    """

    def __init__(
        self, model: RecurrentNetwork, parameters: dict[str, Any], noise: dict[str, Any] | None
    ) -> None:
        self._activations: dict[str, Any] = {}
        self._views: dict[str, Any] = {}
        self._model = model
        self._parameters = parameters
        self._noise = noise

    def unroll(
        self, stack: str, embedding: str, symbols: Any, first: list[State] | None = None
    ) -> tuple[Any, list[State]]:
        """Return what the last layer hands on, and every layer's states after each position.

        Parameters
        ----------
        stack, embedding
            The layers' common name, and that of their embedding.
        symbols
            Texts of shape (n, T).
        first
            Each layer's state before the first position; zero by default.

        Returns
        -------
        handed_on
            Shape (T, n, units).
        states
            For each layer arrays of that shape.
        """
        x = ad.take(self._parameters[f"{embedding}.weight"], ad.transpose(symbols))
        self._activations[embedding] = _text_first(x)
        states = []
        for i, name in enumerate(self._model._layers(stack)):
            cell = CELLS[self._model.cell](
                self._parameters[f"{name}.weight"], self._parameters[f"{name}.bias"]
            )
            states.append(_steps(cell, x, first[i] if first else None))
            x = states[-1][0]
            self._activations[name] = _text_first(x)
            if self._noise is not None and name in self._noise:
                x = dropout(x, self._model.dropout, self._noise[name])
        return x, states

    def look_back(self, writer: Any, read: Any, symbols: Any) -> Any:
        """Return states (n, T, units) joined with what they recall of others (n, S, units)."""
        padding = hidden_padding(symbols, read.dtype)
        recalled, shares = attend(writer[:, None], read[:, None], read[:, None], padding)
        self._views["attention"] = shares
        joined = ad.concatenate([recalled[:, 0], writer], axis=-1)
        weight, bias = self._parameters["attention.weight"], self._parameters["attention.bias"]
        self._activations["attention"] = out = ad.tanh(joined @ weight + bias)
        return out

    def result(self, x: Any) -> Pass:
        """Return the pass whose outputs are read off ``x`` linearly."""
        outputs = x @ self._parameters["output.weight"] + self._parameters["output.bias"]
        return Pass(outputs, self._activations | {"output": outputs}, views=self._views)


def _steps(cell: Cell, x: Any, first: State | None) -> State:
    """Return a layer's states after each position of ``x`` (T, n, …): arrays (T, n, units)."""
    n_positions, n_samples, _ = x.shape
    projected = cell.project(x)
    state = first or (np.zeros((n_samples, cell.units), x.dtype),) * cell.N_STATES
    steps = []
    for position in range(n_positions):
        state = cell.step(projected[position], state)
        steps.append(state)
    return tuple(
        ad.concatenate([array.reshape(1, n_samples, cell.units) for array in arrays])
        for arrays in zip(*steps, strict=True)
    )


def _text_first(x: Any) -> Any:
    """Return (T, n, …) as (n, T, …)."""
    return ad.transpose(x, (1, 0, 2))


def _at(x: Any, positions: Any) -> Any:
    """Return from ``x`` of shape (T, n, units) each text's row at its position: (n, units).

    No state depends on what comes after it, so the padding behind a text changes nothing.
    """
    n_positions, n_samples, units = x.shape
    rows = positions * n_samples + np.arange(n_samples)
    return ad.take(x.reshape(n_positions * n_samples, units), rows)
