"""Symbols and positions of a text as vectors; a text is a row of numbers, padded at its end."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground import autodiff as ad
from playground.models.initializers import Initializer
from playground.models.model import Signature
from playground.tasks import PADDING, START

NOT_A_TEXT = "it reads text only"

Architecture: TypeAlias = Literal["encoder", "decoder", "encoder_decoder"]


def architecture_of(signature: Signature) -> Architecture:
    """Return what a task asks for: to read a text, to write on, or to read one and write one."""
    if signature.is_continuation:
        return "decoder"
    return "encoder_decoder" if signature.n_target_positions else "encoder"


def stacks_of(signature: Signature) -> dict[str, tuple[str, int, int]]:
    """Return by stack of layers its embedding's name, vocabulary size and number of positions."""
    source = ("embedding", signature.n_symbols, signature.n_inputs)
    target = ("target_embedding", signature.n_outputs, signature.n_target_positions)
    match architecture_of(signature):
        case "encoder":
            return {"encoder": source}
        case "decoder":
            return {"decoder": source}
        case "encoder_decoder":
            return {"encoder": source, "decoder": target}


def is_symbol(symbols: Any) -> Any:
    """Return where a text stands and not its padding."""
    return ad.not_equal(symbols, PADDING)


def written_so_far(targets: Any) -> Any:
    """Return what stands before each symbol of texts of shape (n, T): shifted by one."""
    start = np.full((targets.shape[0], 1), START, targets.dtype)
    return ad.concatenate([start, targets[:, :-1]], axis=1)


def last_symbols(symbols: Any) -> Any:
    """Return the position of the last symbol of each text of shape (n, S); 0 of an empty one."""
    return ad.maximum(ad.sum(is_symbol(symbols), axis=1) - 1, 0)


def sinusoids(n_positions: int, width: int) -> NDArray[np.float64]:
    """Return position embeddings of shape (n_positions, width) (Vaswani et al. 2017, §3.5)."""
    column = np.arange(width)
    angle = np.arange(n_positions)[:, None] / 10_000.0 ** (column // 2 * 2 / width)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


def draw_gates(
    initializer: Initializer, rng: np.random.Generator, fan_in: int, fan_out: int, n_gates: int
) -> NDArray[np.float64]:
    """Return matrices side by side, each drawn for its own fans: (fan_in, n_gates · fan_out)."""
    gates = [initializer.draw(rng, (fan_in, fan_out)) for _ in range(n_gates)]
    return np.concatenate(gates, axis=1)
