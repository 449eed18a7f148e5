"""Texts that a model writes, symbol by symbol."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.vocabulary import N_SPECIAL
from playground.tasks import END, PADDING
from playground.training.programs import Programs

TEXTS_AT_ONCE = 64
"""Texts read or written at once; more are slower, because they do not fit in the caches."""


def greedy(programs: Programs, inputs: NDArray[np.integer], n_positions: int) -> NDArray[np.intp]:
    """Return the most likely symbol at each position, given those before it.

    Parameters
    ----------
    programs
        Of a model that writes a text for a text. Its evaluation is run with the symbols written so
        far as targets; what it puts out at a position depends on the targets before it alone.
    inputs
        Symbol numbers of shape (n, n_inputs).
    n_positions
        Positions to write.

    Returns
    -------
    written
        Symbol numbers of shape (n, n_positions), with padding after the end.

    Notes
    -----
    All positions are guessed at once, again and again from the guess before, until nothing changes:
    the i-th pass settles at least position i, and mostly several, so that the text is the one that
    a pass a position would give (Song et al. 2021, "Accelerating feedforward computation via
    parallel nonlinear equation solving").
    """
    written = np.full((len(inputs), n_positions), PADDING, np.intp)
    for first in range(0, len(inputs), TEXTS_AT_ONCE):
        chunk = inputs[first : first + TEXTS_AT_ONCE]
        bound = programs.evaluation(min(TEXTS_AT_ONCE, len(inputs)))
        read, so_far = bound.inputs["inputs"], bound.inputs["targets"]
        read[: len(chunk)], read[len(chunk) :] = chunk, chunk[0]
        so_far[...] = PADDING
        for _ in range(n_positions):
            bound.run()
            guess = _most_likely(bound.outputs["outputs"])
            if np.array_equal(guess, so_far):
                break
            so_far[...] = guess
        written[first : first + len(chunk)] = so_far[: len(chunk)]
    return written


def _most_likely(outputs: NDArray[Any]) -> NDArray[np.intp]:
    """Return the most likely symbol at each position, (n, n_positions), padded after the end."""
    # Neither padding nor a start can be written.
    chosen = END + outputs[..., END:].argmax(axis=-1)
    is_end = chosen == END
    n_ends_before = np.cumsum(is_end, axis=1) - is_end
    return np.where(n_ends_before > 0, PADDING, chosen)


def continued(
    programs: Programs,
    prompts: NDArray[np.integer],
    n_more: int,
    temperature: float,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Return prompts with symbols drawn after them, one after the other.

    Parameters
    ----------
    programs
        Of a model that continues texts; it is given as many of the last symbols as it reads.
    prompts
        Symbol numbers of shape (n, n_known), n_known ≥ 1, without padding.
    n_more
        Symbols to draw.
    temperature
        Divides the logits: below 1 likely symbols become likelier.
    rng
        Where chance comes from.

    Returns
    -------
    texts
        Symbol numbers of shape (n, n_known + n_more).
    """
    n, n_known = prompts.shape
    texts = np.full((n, n_known + n_more), PADDING, np.intp)
    texts[:, :n_known] = prompts
    bound = programs.evaluation(n)
    read = bound.inputs["inputs"]
    bound.inputs["targets"][...] = PADDING
    for position in range(n_known, n_known + n_more):
        seen = texts[:, max(0, position - read.shape[1]) : position]
        read[:, : seen.shape[1]], read[:, seen.shape[1] :] = seen, PADDING
        bound.run()
        logits = bound.outputs["outputs"][:, seen.shape[1] - 1, N_SPECIAL:].astype(np.float64)
        # The largest logit after Gumbel noise is a draw from their softmax.
        noisy = logits / temperature + rng.gumbel(size=logits.shape)
        texts[:, position] = N_SPECIAL + noisy.argmax(axis=-1)
    return texts
