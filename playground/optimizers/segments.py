"""Rules that treat layers by themselves: θ taken apart by its layout and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from playground import autodiff as ad
from playground.models.layout import Layout, Segment


def by_segment(layout: Layout, f: Callable[..., Any], *arrays: Any) -> Any:
    """Return what a function makes of each segment, joined along the last axis.

    Parameters
    ----------
    layout
        Names of the arrays' segments.
    f
        Called with a segment and its part of each array, of shape (…, n_segment); returns a node
        of that shape.
    arrays
        Nodes of shape (…, n).
    """
    return joined([f(s, *(part(s, a) for a in arrays)) for s in layout])


def part(segment: Segment, array: Any) -> Any:
    """Return a segment's part of a node of shape (…, n)."""
    if array.shape[-1] == segment.stop - segment.start:
        return array
    return array[..., segment.start : segment.stop]


def joined(parts: Sequence[Any]) -> Any:
    """Return nodes one after the other along their last axis."""
    return parts[0] if len(parts) == 1 else ad.concatenate(parts, axis=-1)


def pieces(array: Any, sizes: Iterable[int]) -> list[Any]:
    """Return consecutive parts of a node along its last axis."""
    parts, start = [], 0
    for size in sizes:
        parts.append(array[..., start : start + size])
        start += size
    return parts


def norm(x: Any) -> Any:
    """Return Euclidean norms along the last axis, of shape (…, 1)."""
    return ad.sqrt(ad.sum(ad.square(x), axis=-1, keepdims=True))


def is_matrix(segment: Segment) -> bool:
    """Whether a segment maps inputs to outputs, its last axis: a weight matrix or a kernel."""
    return segment.decayed and len(segment.shape) > 1


def fan_in(segment: Segment) -> tuple[int, int]:
    """Return a weight's shape as a matrix: (inputs of a neuron, neurons)."""
    neurons = segment.shape[-1]
    return (segment.stop - segment.start) // neurons, neurons


def as_matrix(segment: Segment, array: Any) -> Any:
    """Return a weight's part of shape (…, n_segment) as (…, inputs of a neuron, neurons)."""
    return ad.reshape(array, (*array.shape[:-1], *fan_in(segment)))
