"""Products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.autodiff.dtypes import promote
from playground.autodiff.graph import Array, Call, Node, Primitive, Value, as_value, node_method
from playground.autodiff.primitives.shaping import reshape, swap_last, unbroadcast
from playground.autodiff.shapes import Shape, ShapeError, Strided, broadcast_shapes, user_line


class MatMul(Primitive):
    """The product of two matrices, or of two stacks of them; linear in each."""

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        return promote("matmul", operands, floating=False)

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        a, b = inputs
        if a.shape[-1] != b.shape[-2]:
            raise ShapeError(
                f"matmul: {a.shape} @ {b.shape}: {a.shape[-1]} columns meet {b.shape[-2]} rows"
                f"{user_line()}"
            )
        stack = broadcast_shapes("matmul", a.shape[:-2], b.shape[:-2])
        return (*stack, a.shape[-2], b.shape[-1]), a.dtype

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        return np.matmul(*arrays)

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        a, b = arrays
        if out.ndim > 2 or out.dtype.kind not in "fc":
            return [(np.matmul, (a, b, out))]
        # np.dot starts twice as fast as np.matmul.
        if out.shape == (1, 1):
            return [(np.dot, (a[0], b[:, 0], out.reshape(())))]
        # It copies a part of a matrix, such as the rows of a lane, which np.matmul takes as it is.
        is_whole = all(x.flags.c_contiguous or x.flags.f_contiguous for x in (a, b))
        return [(np.dot if is_whole else np.matmul, (a, b, out))]

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        a, b = inputs
        if argument == 0:
            return unbroadcast(self(g, swap_last(b)), a.shape)
        return unbroadcast(self(swap_last(a), g), b.shape)

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        da, db = tangents
        a, b = inputs
        if da is None:
            return self(a, db)
        return self(da, b) if db is None else self(da, b) + self(a, db)

    def accepts(self, layout: Strided) -> bool:
        """Whether BLAS takes the matrix as it lies: its rows or its columns are contiguous."""
        rows, columns = layout.shape[-2:]
        row_step, column_step = layout.strides[-2:]
        if len(layout.shape) == 2:
            by_rows = (columns == 1 or column_step == 1) and (rows == 1 or row_step == columns)
            by_columns = (rows == 1 or row_step == 1) and (columns == 1 or column_step == rows)
            return by_rows or by_columns
        return (column_step == 1 and row_step >= columns) or (row_step == 1 and column_step >= rows)


_matmul = MatMul("matmul")


@node_method
def matmul(a: Value, b: Value) -> Value:
    """Return ``a @ b`` as ``numpy.matmul`` does, for vectors, matrices and stacks of matrices."""
    a, b = as_value(a), as_value(b)
    if not a.ndim or not b.ndim:
        raise ShapeError(f"matmul: {a.shape} @ {b.shape}: use * for scalars{user_line()}")
    if a.ndim == 1 or b.ndim == 1:
        return _with_vector(a, b)
    if a.ndim > 2 and b.ndim == 2:
        # One large product instead of a stack of small ones.
        rows = _matmul(reshape(a, (-1, a.shape[-1])), b)
        return reshape(rows, (*a.shape[:-1], b.shape[-1]))
    return _matmul(a, b)


def _with_vector(a: Value, b: Value) -> Value:
    """Return a product with vectors, which count as one row (left) or one column (right)."""
    left = reshape(a, (1, -1)) if a.ndim == 1 else a
    right = reshape(b, (-1, 1)) if b.ndim == 1 else b
    if left.shape[-1] != right.shape[-2]:
        raise ShapeError(f"matmul: {a.shape} @ {b.shape} do not fit{user_line()}")
    out = matmul(left, right)
    shape = list(out.shape)
    if b.ndim == 1:
        del shape[-1]
    if a.ndim == 1:
        del shape[-1 if b.ndim == 1 else -2]
    return reshape(out, tuple(shape))
