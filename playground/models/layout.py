"""Names for the parts of the flat parameter vector."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Role: TypeAlias = str
"""What a segment is within its layer: ``weight``, ``bias`` or a longer name without a dot."""

Part: TypeAlias = tuple[str, Role, tuple[int, ...], bool]
"""Layer, role, shape and whether penalties act on it; what a layout is made from."""


@dataclass(frozen=True)
class Segment:
    """One array inside θ.

    Attributes
    ----------
    layer, role
        ``hidden1`` and ``weight``, for example; the segment's name joins them with a dot.
    shape
        Shape of the array that the segment holds.
    start, stop
        Where it lies on θ's last axis.
    decayed
        Whether penalties act on it.
    """

    layer: str
    role: Role
    shape: tuple[int, ...]
    start: int
    decayed: bool

    @property
    def name(self) -> str:
        """Layer and role, joined by a dot."""
        return f"{self.layer}.{self.role}"

    @property
    def stop(self) -> int:
        """One past the last entry."""
        return self.start + math.prod(self.shape)


class Layout:
    """The segments of a θ of shape (…, n), in order."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.segments: tuple[Segment, ...] = ()
        start = 0
        for layer, role, shape, decayed in parts:
            segment = Segment(layer, role, shape, start, decayed)
            self.segments += (segment,)
            start = segment.stop
        self.size = start

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers' names from input to output."""
        return tuple(dict.fromkeys(s.layer for s in self.segments))

    def span(self, layer: str) -> slice:
        """Return where a layer's segments, which are neighbours, lie in θ."""
        own = [s for s in self.segments if s.layer == layer]
        return slice(own[0].start, own[-1].stop)

    def index(self, path: str) -> int:
        """Return where ``hidden1.weight.0.3`` lies in θ.

        Raises
        ------
        KeyError
            Where there is no such segment or entry; its text says what there is.
        """
        name, indices = ".".join(path.split(".")[:2]), path.split(".")[2:]
        segment = next((s for s in self.segments if s.name == name), None)
        if segment is None:
            raise KeyError(f"no such segment (one of: {', '.join(s.name for s in self.segments)})")
        if len(indices) != len(segment.shape) or not all(i.isdecimal() for i in indices):
            raise KeyError(f"needs one index for each axis of {segment.shape}")
        entry = tuple(map(int, indices))
        if any(i >= n for i, n in zip(entry, segment.shape, strict=True)):
            raise KeyError(f"outside of the shape {segment.shape}")
        return segment.start + int(np.ravel_multi_index(entry, segment.shape))

    def unpack(self, theta: Any) -> dict[str, Any]:
        """Return every segment by name, as views of an array or nodes of a graph."""
        lead = tuple(theta.shape[:-1])
        return {
            s.name: theta[..., s.start : s.stop].reshape((*lead, *s.shape)) for s in self.segments
        }

    def pack(self, arrays: Mapping[str, NDArray[Any]], dtype: Any = np.float64) -> NDArray[Any]:
        """Return a new θ of shape (n,) from every segment's array.

        Raises
        ------
        ValueError
            Where a name is missing, unknown or of another shape.
        """
        names = [s.name for s in self.segments]
        if set(arrays) != set(names):
            raise ValueError(f"needs exactly {', '.join(names)}; got {', '.join(arrays)}")
        theta = np.empty(self.size, dtype)
        for segment in self.segments:
            array = np.asarray(arrays[segment.name])
            if array.shape != segment.shape:
                raise ValueError(
                    f"{segment.name}: must be of shape {segment.shape}, got {array.shape}"
                )
            theta[segment.start : segment.stop] = array.ravel()
        return theta
