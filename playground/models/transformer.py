"""The transformer: attention in place of recurrence (Vaswani et al. 2017)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializeAsAny

from playground import autodiff as ad
from playground.declarations import chosen_from, declare, is_on, named_in
from playground.models.activations import ACTIVATIONS
from playground.models.attention import hidden_future, hidden_padding, multi_head
from playground.models.dropout import declare_rate, dropout
from playground.models.embedding import (
    NOT_A_TEXT,
    architecture_of,
    draw_gates,
    is_symbol,
    sinusoids,
    stacks_of,
    written_so_far,
)
from playground.models.initializers import INITIALIZERS, GlorotUniform, Initializer
from playground.models.layout import Layout, Role, Segment
from playground.models.model import MODELS, Batch, Model, Noise, Pass, Signature
from playground.models.normalization import layer_norm

Architecture = Literal["encoder", "decoder", "encoder_decoder"]
Part = tuple[Role, tuple[int, ...], bool]

# Matrices that hold several side by side, each drawn for its own fans.
_JOINED = {"attention_weight": 3, "cross_memory_weight": 2}


@MODELS.register
class Transformer(Model):
    """Blocks in which every position of a text reads from the others by attention."""

    LABEL = "Transformer"
    kind: Literal["transformer"] = "transformer"
    architecture: Literal["auto", "encoder", "decoder", "encoder_decoder"] = declare(
        "auto",
        help="An encoder reads a text to classify it, a decoder writes on, an encoder–decoder "
        "reads one text and writes another; auto takes what the task needs.",
    )
    blocks: int = declare(
        2, ge=1, le=12, slider=(1, 6), help="Blocks one after the other, in each part."
    )
    width: int = declare(
        64, ge=1, le=1024, slider=(8, 512), scale="log", help="Numbers that stand for a position."
    )
    heads: int = declare(
        4, ge=1, le=32, slider=(1, 8), help="Attention heads; they share the width evenly."
    )
    feed_forward: int = declare(
        128,
        ge=1,
        le=4096,
        slider=(8, 1024),
        scale="log",
        help="Units of the hidden layer that each block applies to every position.",
    )
    activation: Annotated[str, named_in(ACTIVATIONS)] = declare(
        "gelu", help="Function of the units between."
    )
    positions: Literal["learned", "sinusoidal"] = declare(
        "learned", help="How a symbol's place is told: by weights or by fixed waves."
    )
    dropout: float = declare_rate("the embeddings and of what each block adds")
    initializer: Annotated[SerializeAsAny[Initializer], chosen_from(INITIALIZERS)] = declare(
        default_factory=GlorotUniform, help="How the first weights between layers are drawn."
    )

    def refuses(self, signature: Signature) -> str:
        if not signature.n_symbols:
            return NOT_A_TEXT
        if self.width % self.heads:
            return f"a width of {self.width} cannot be shared evenly by {self.heads} heads"
        needed = architecture_of(signature)
        if self.architecture not in ("auto", needed):
            return f"the task needs the architecture {needed}, got {self.architecture}"
        return ""

    def layout(self, signature: Signature) -> Layout:
        d = self.width
        parts: list[tuple[str, Role, tuple[int, ...], bool]] = []
        stacks = stacks_of(signature)
        for stack, (embedding, symbols, length) in stacks.items():
            parts.append((embedding, "weight", (symbols, d), True))
            if self.positions == "learned":
                parts.append((embedding, "position_weight", (length, d), True))
            reads_memory = stack == "decoder" and len(stacks) == 2
            for name in self._blocks(stack):
                parts += [(name, *part) for part in self._block_parts(reads_memory)]
            if stack == "encoder" and len(stacks) == 2:
                parts += [("memory", *part) for part in _norm_parts("norm", d)]
        parts += [("output", *part) for part in _norm_parts("norm", d)]
        parts.append(("output", "weight", (d, signature.n_outputs), True))
        parts.append(("output", "bias", (signature.n_outputs,), False))
        return Layout(parts)

    def _block_parts(self, reads_memory: bool) -> list[Part]:
        d, units = self.width, self.feed_forward
        parts = [
            *_norm_parts("attention_norm", d),
            *_linear_parts("attention", d, 3 * d),
            *_linear_parts("attention_out", d, d),
        ]
        if reads_memory:
            parts += [
                *_norm_parts("cross_norm", d),
                *_linear_parts("cross_query", d, d),
                *_linear_parts("cross_memory", d, 2 * d),
                *_linear_parts("cross_out", d, d),
            ]
        return [
            *parts,
            *_norm_parts("feed_norm", d),
            *_linear_parts("feed_in", d, units),
            *_linear_parts("feed_out", units, d),
        ]

    def initial(self, layout: Layout, rng: np.random.Generator) -> NDArray[np.float64]:
        return layout.pack({segment.name: self._drawn(segment, rng) for segment in layout})

    def _drawn(self, segment: Segment, rng: np.random.Generator) -> NDArray[np.float64]:
        if segment.role.endswith("scale"):
            return np.ones(segment.shape)
        if not segment.role.endswith("weight"):
            return np.zeros(segment.shape)
        if segment.layer.endswith("embedding"):
            return rng.normal(0.0, _EMBEDDING_STD, segment.shape)
        n_joined = _JOINED.get(segment.role, 1)
        fan_in, fan_out = segment.shape
        return draw_gates(self.initializer, rng, fan_in, fan_out // n_joined, n_joined)

    def noise(self, signature: Signature, n_samples: int) -> tuple[Noise, ...]:
        if not is_on(self.dropout):
            return ()
        names: list[tuple[str, int]] = []
        stacks = stacks_of(signature)
        for stack, (embedding, _, length) in stacks.items():
            names.append((embedding, length))
            inner = ["attention", "feed"]
            if stack == "decoder" and len(stacks) == 2:
                inner.append("cross")
            names += [(f"{name}.{part}", length) for name in self._blocks(stack) for part in inner]
        return tuple(Noise(name, (n_samples, length, self.width)) for name, length in names)

    def forward(self, parameters: dict[str, Any], batch: Batch) -> Pass:
        graph = _Graph(self, parameters, batch.noise)
        dtype = parameters["output.weight"].dtype
        symbols = batch.inputs
        # Which stacks have weights says what the task is.
        if "decoder1.attention_weight" not in parameters:
            x = graph.stack("encoder", "embedding", symbols, hidden_padding(symbols, dtype))
            return graph.result(_mean_of_symbols(graph.norm(x, "output.norm"), symbols))
        if "encoder1.attention_weight" not in parameters:
            # Padding stands at the end: no symbol before it can read it.
            hidden = hidden_future(symbols.shape[1], dtype)
            x = graph.stack("decoder", "embedding", symbols, hidden)
            return graph.result(graph.norm(x, "output.norm"))
        padding = hidden_padding(symbols, dtype)
        x = graph.stack("encoder", "embedding", symbols, padding)
        graph.activations["memory"] = memory = graph.norm(x, "memory.norm")
        written = written_so_far(batch.targets)
        hidden = hidden_future(written.shape[1], dtype)
        x = graph.stack("decoder", "target_embedding", written, hidden, (memory, padding))
        return graph.result(graph.norm(x, "output.norm"))

    def peak_bytes(self, signature: Signature, n_samples: int, itemsize: int) -> int:
        # θ, gradient and up to three optimizer slots; each block's values and their adjoints.
        parameters = 5 * self.layout(signature).size
        lengths = [length for _, _, length in stacks_of(signature).values()]
        rows = 24 * self.width + 6 * self.feed_forward + 6 * self.heads * max(lengths)
        activations = self.blocks * sum(lengths) * rows
        outputs = (
            4
            * (lengths[-1] if architecture_of(signature) != "encoder" else 1)
            * signature.n_outputs
        )
        return itemsize * (parameters + n_samples * (activations + outputs))

    def _blocks(self, stack: str) -> list[str]:
        return [f"{stack}{i + 1}" for i in range(self.blocks)]


_EMBEDDING_STD = 0.5


class _Graph:
    """One forward pass while it is built: weights by name, and what is shown."""

    def __init__(
        self, model: Transformer, parameters: dict[str, Any], noise: dict[str, Any] | None
    ) -> None:
        self.activations: dict[str, Any] = {}
        self._views: dict[str, Any] = {}
        self._model = model
        self._parameters = parameters
        self._noise = noise

    def stack(
        self,
        stack: str,
        embedding: str,
        symbols: Any,
        hidden: Any,
        memory: tuple[Any, Any] | None = None,
    ) -> Any:
        """Return texts (n, T) embedded and sent through all blocks: (n, T, width)."""
        x = self._embedded(embedding, symbols)
        for name in self._model._blocks(stack):
            x = self._attention(name, x, hidden)
            if memory is not None:
                x = self._cross_attention(name, x, *memory)
            x = self._feed_forward(name, x)
            self.activations[name] = x
        return x

    def norm(self, x: Any, name: str) -> Any:
        """Return layer normalisation with the weights of that name."""
        return layer_norm(x, self._parameters[f"{name}_scale"], self._parameters[f"{name}_shift"])

    def result(self, x: Any) -> Pass:
        """Return the pass whose outputs are read off ``x`` linearly."""
        outputs = self._linear(x, "output.")
        return Pass(outputs, self.activations | {"output": outputs}, views=self._views)

    def _embedded(self, name: str, symbols: Any) -> Any:
        model, parameters = self._model, self._parameters
        x = ad.take(parameters[f"{name}.weight"], symbols)
        if model.positions == "learned":
            x = x + parameters[f"{name}.position_weight"]
        else:
            x = x + sinusoids(symbols.shape[1], model.width).astype(x.dtype)
        self.activations[name] = x = self._dropped(x, name)
        return x

    def _attention(self, name: str, x: Any, hidden: Any) -> Any:
        width = self._model.width
        joined = self._linear(self.norm(x, f"{name}.attention_norm"), f"{name}.attention_")
        read, shares = multi_head(
            joined[..., :width], joined[..., width:], self._model.heads, hidden
        )
        self._views[f"{name}.attention"] = shares
        added = self._linear(read, f"{name}.attention_out_")
        return x + self._dropped(added, f"{name}.attention")

    def _cross_attention(self, name: str, x: Any, memory: Any, hidden: Any) -> Any:
        queries = self._linear(self.norm(x, f"{name}.cross_norm"), f"{name}.cross_query_")
        keys_and_values = self._linear(memory, f"{name}.cross_memory_")
        read, shares = multi_head(queries, keys_and_values, self._model.heads, hidden)
        self._views[f"{name}.cross_attention"] = shares
        added = self._linear(read, f"{name}.cross_out_")
        return x + self._dropped(added, f"{name}.cross")

    def _feed_forward(self, name: str, x: Any) -> Any:
        inner = self._linear(self.norm(x, f"{name}.feed_norm"), f"{name}.feed_in_")
        inner = ACTIVATIONS[self._model.activation]()(inner)
        return x + self._dropped(self._linear(inner, f"{name}.feed_out_"), f"{name}.feed")

    def _linear(self, x: Any, name: str) -> Any:
        return x @ self._parameters[f"{name}weight"] + self._parameters[f"{name}bias"]

    def _dropped(self, x: Any, name: str) -> Any:
        if self._noise is None or not is_on(self._model.dropout):
            return x
        return dropout(x, self._model.dropout, self._noise[name])


def _linear_parts(name: str, fan_in: int, fan_out: int) -> list[Part]:
    return [(f"{name}_weight", (fan_in, fan_out), True), (f"{name}_bias", (fan_out,), False)]


def _norm_parts(name: str, width: int) -> list[Part]:
    return [(f"{name}_scale", (width,), False), (f"{name}_shift", (width,), False)]


def _mean_of_symbols(x: Any, symbols: Any) -> Any:
    """Return the mean over each text's symbols, padding left out: (n, width)."""
    kept = ad.cast(is_symbol(symbols), x.dtype)
    n_kept = ad.maximum(ad.sum(kept, axis=1, keepdims=True), 1.0)
    return ad.sum(x * (kept / n_kept)[..., None], axis=1)
