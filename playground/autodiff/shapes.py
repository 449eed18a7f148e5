"""Shapes, axes and memory layouts of arrays, and the errors that name them."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]

_PACKAGE = str(Path(__file__).parent)


class ShapeError(ValueError):
    """Operands whose shapes do not fit together."""


class DTypeError(TypeError):
    """Operands whose dtypes do not fit together or the operation."""


def user_line() -> str:
    """Return `` (in file:line: source)`` of the innermost frame outside this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    if frame is None:
        return ""
    path, line = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(path, line).strip()
    return f" (in {Path(path).name}:{line}: {source})" if source else f" (in {path}:{line})"


class Strided(NamedTuple):
    """How the entries of an array lie in a buffer; all numbers count entries, not bytes."""

    offset: int
    shape: Shape
    strides: tuple[int, ...]

    @classmethod
    def contiguous(cls, shape: Shape, offset: int = 0) -> Strided:
        """Return the C order of a shape."""
        return cls(offset, shape, row_major(shape))

    @property
    def is_contiguous(self) -> bool:
        """Whether the entries follow each other in C order."""
        if 0 in self.shape:
            return True
        expected = 1
        for n, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if n != 1:
                if stride != expected:
                    return False
                expected *= n
        return True


def size_of(shape: Shape) -> int:
    """Return the number of entries of a shape."""
    size = 1
    for n in shape:
        size *= n
    return size


def row_major(shape: Shape) -> tuple[int, ...]:
    """Return the strides, in entries, of a shape in C order."""
    strides = []
    step = 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


def broadcast_shapes(name: str, *shapes: Shape) -> Shape:
    """Return the shape that numpy broadcasts to, or raise :class:`ShapeError`."""
    first = shapes[0]
    for shape in shapes[1:]:
        if shape != first and shape:
            break
    else:
        return first
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join(map(str, shapes))
        raise ShapeError(f"{name}: shapes {listed} do not broadcast{user_line()}") from None


def normalize_axes(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """Return axes as a sorted tuple of non-negative numbers; None means all."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    for a in axes:
        if not -ndim <= a < ndim:
            raise ShapeError(f"{name}: axis {a} is out of range for {ndim} axes{user_line()}")
    normal = tuple(sorted(int(a) % ndim for a in axes))
    if len(set(normal)) != len(normal):
        raise ShapeError(f"{name}: axes {axes} repeat{user_line()}")
    return normal
