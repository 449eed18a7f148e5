"""Mistakes are named while tracing: shapes, dtypes and the user's line."""

from __future__ import annotations

import numpy as np
import pytest

from playground import autodiff as ad

X = np.ones((2, 3))


def trace(f):
    return ad.grad(lambda x: ad.sum(f(x)))(X)


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (
            lambda x: x @ np.ones((4, 2)),
            ad.ShapeError,
            r"\(2, 3\) @ \(4, 2\): 3 columns meet 4 rows",
        ),
        (lambda x: x @ np.ones(2), ad.ShapeError, r"\(2, 3\) @ \(2,\)"),
        (lambda x: x @ 2.0, ad.ShapeError, "use \\* for scalars"),
        (lambda x: x + np.ones(4), ad.ShapeError, r"add: shapes \(2, 3\) and \(4,\) do not"),
        (lambda x: x + np.ones(3, "f"), ad.DTypeError, "float32 and float64 do not mix"),
        (
            lambda x: x.reshape(4, 2),
            ad.ShapeError,
            r"\(2, 3\) does not hold the entries of \(4, 2\)",
        ),
        (lambda x: ad.sum(x, axis=2), ad.ShapeError, "axis 2 is out of range for 2 axes"),
        (lambda x: ad.sum(x, axis=(0, 0)), ad.ShapeError, "repeat"),
        (lambda x: x.transpose(0, 0), ad.ShapeError, "no order of 2 axes"),
        (lambda x: ad.concatenate([x, x[:, :1]]), ad.ShapeError, r"\(2, 3\), \(2, 1\) differ"),
        (lambda x: ad.broadcast_to(x, (3, 2)), ad.ShapeError, "does not broadcast to"),
        (lambda x: x[::2], ad.ShapeError, "step 1, got 2"),
        (lambda x: x[5], IndexError, "index 5 is out of range for 2 entries"),
        (lambda x: x[0, 0, 0], IndexError, "3 indices for 2 axes"),
        (lambda x: ad.take(x, np.ones(2)), ad.ShapeError, "must be integers, got float64"),
        (lambda x: ad.max(x[:0]), ad.ShapeError, "no entries"),
        (lambda x: x if x else -x, TypeError, r"bool\(\) needs numbers.*where"),
        (lambda x: x * float(x[0, 0]), TypeError, r"float\(\) needs numbers"),
        (lambda x: np.tanh(x), TypeError, "does not support ufuncs"),
        (lambda x: np.sum(np.array([x])), TypeError, "numpy needs numbers"),
        (lambda x: next(iter(x)), TypeError, "iteration needs numbers"),
    ],
    ids=[str(i) for i in range(21)],
)
def test_message_names_the_mistake(mistake, error, message):
    with pytest.raises(error, match=message):
        trace(mistake)


def test_message_shows_the_users_line():
    def wrong(x):
        return x @ np.ones((7, 2))  # this very line

    with pytest.raises(ad.ShapeError, match=r"test_errors\.py:\d+: .*this very line"):
        trace(wrong)


def test_gradient_needs_one_real_scalar():
    with pytest.raises(ad.ShapeError, match=r"one scalar, got shapes \[\(2, 3\)\]"):
        ad.grad(ad.tanh)(X)
    with pytest.raises(ad.DTypeError, match="real arguments, got complex128"):
        ad.grad(ad.sum)(X + 1j)


def test_tangents_and_cotangents_must_fit():
    with pytest.raises(ad.ShapeError, match=r"tangent must be of shape \(2, 3\), got \(3,\)"):
        ad.jvp(ad.tanh, (X,), (np.ones(3),))
    with pytest.raises(ad.ShapeError, match="not nested"):
        ad.vjp(ad.tanh, X)[1]([X])
    with pytest.raises(ad.ShapeError, match="1 primals but 2 tangents"):
        ad.jvp(ad.tanh, (X,), (X, X))
