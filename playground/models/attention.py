"""Attention: every query reads a mean of values, weighted by how well their keys match it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from playground import autodiff as ad
from playground.tasks import PADDING

_HIDDEN = -1e9
"""Added to the score of what must not be read: its share is then exactly 0."""


def hidden_padding(symbols: Any, dtype: Any) -> Any:
    """Return what to add to scores so that padding of texts (n, S) is not read: (n, 1, 1, S)."""
    is_padding = ad.cast(ad.equal(symbols, PADDING), dtype)
    return (_HIDDEN * is_padding).reshape(symbols.shape[0], 1, 1, symbols.shape[1])


def hidden_future(n_positions: int, dtype: Any) -> Any:
    """Return what to add to scores so that no position reads a later one: (T, T)."""
    return np.triu(np.full((n_positions, n_positions), _HIDDEN, dtype), 1)


def attend(query: Any, key: Any, value: Any, hidden: Any) -> tuple[Any, Any]:
    """Return softmax(q kᵀ / √d + hidden) v and the shares (Vaswani et al. 2017, eq. 1).

    Parameters
    ----------
    query
        Shape (n, heads, T, d).
    key, value
        Shape (n, heads, S, d).
    hidden
        Broadcasts to the scores' shape (n, heads, T, S).

    Returns
    -------
    read
        Shape (n, heads, T, d).
    shares
        Shape (n, heads, T, S); each query's sum to one.
    """
    scale = 1.0 / math.sqrt(query.shape[-1])
    scores = (query * scale) @ ad.transpose(key, (0, 1, 3, 2))
    shares = ad.softmax(scores + hidden, axis=-1)
    return shares @ value, shares


def split_heads(x: Any, heads: int) -> Any:
    """Return (n, T, heads · d) as (n, heads, T, d)."""
    n, length, width = x.shape
    return ad.transpose(x.reshape(n, length, heads, width // heads), (0, 2, 1, 3))


def join_heads(x: Any) -> Any:
    """Return (n, heads, T, d) as (n, T, heads · d)."""
    n, heads, length, size = x.shape
    return ad.transpose(x, (0, 2, 1, 3)).reshape(n, length, heads * size)


def multi_head(queries: Any, keys_and_values: Any, heads: int, hidden: Any) -> tuple[Any, Any]:
    """Return what each of several heads reads, side by side, and their shares.

    Parameters
    ----------
    queries
        Shape (n, T, width).
    keys_and_values
        Shape (n, S, 2 · width), keys first.
    heads
        Number of heads, a divisor of the width.
    hidden
        Broadcasts to (n, heads, T, S).
    """
    width = queries.shape[-1]
    key = split_heads(keys_and_values[..., :width], heads)
    value = split_heads(keys_and_values[..., width:], heads)
    read, shares = attend(split_heads(queries, heads), key, value, hidden)
    return join_heads(read), shares
