"""Which dtype operands of several take together."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.autodiff.graph import FUNCTIONS, Node, Value
from playground.autodiff.shapes import DTypeError, user_line


def promote(name: str, operands: tuple[Value, ...], floating: bool) -> tuple[Value, ...]:
    """Return operands of one dtype.

    Scalars are weak: a Python number or a 0-d operand takes the dtype of the arrays that it meets,
    and a Python number that of 0-d operands. Among 0-d operands alone numpy's promotion holds.
    Integers and booleans become floats where they meet floats or where ``floating`` asks for it.
    Arrays of two float dtypes are an error, because one of them was meant to be the other.
    """
    dtype = common_dtype(name, operands, floating)
    if dtype is None:
        return operands
    cast = FUNCTIONS["cast"]
    result = []
    for x in operands:
        if isinstance(x, Node):
            result.append(x if x.dtype == dtype else cast(x, dtype))
        else:
            array = np.asarray(x)
            result.append(array if array.dtype == dtype else array.astype(dtype))
    return tuple(result)


def common_dtype(name: str, operands: tuple[Value, ...], floating: bool) -> np.dtype[Any] | None:
    """Return the dtype that operands take together; None leaves object arrays as they are."""
    arrays: set[np.dtype[Any]] = set()
    scalars: set[np.dtype[Any]] = set()
    numbers: set[np.dtype[Any]] = set()
    for x in operands:
        if isinstance(x, (Node, np.ndarray, np.generic)):
            if x.dtype.kind == "O":
                return None
            (arrays if x.shape else scalars).add(x.dtype)
        else:
            numbers.add(np.asarray(x).dtype)
    for group in (arrays, scalars, numbers):
        floats = [d for d in group if d.kind in "fc"]
        if len(floats) == 1:
            return floats[0]
        if floats:
            if group is arrays:
                listed = " and ".join(sorted(map(str, floats)))
                raise DTypeError(f"{name}: arrays of {listed} do not mix; cast one{user_line()}")
            return np.result_type(*floats)
    if floating:
        return np.dtype(np.float64)
    return np.result_type(*(arrays or scalars or numbers))
