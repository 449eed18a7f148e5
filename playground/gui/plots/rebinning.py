"""Histograms with edges of their own, brought onto common ones for a heat map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rebinned(edges: Floats, counts: NDArray[np.int64], onto: Floats) -> Floats:
    """Share counts among other bins by overlap, as if each old bin were filled evenly.

    Parameters
    ----------
    edges, counts
        Arrays of shape (n_bins + 1,) and (n_bins,).
    onto
        Ascending edges of shape (m_bins + 1,); what lies beyond them is left out.

    Returns
    -------
    ndarray of shape (m_bins,)
        Counts, whose sum is kept where ``onto`` covers ``edges``.
    """
    below = np.concatenate([[0.0], np.cumsum(counts)])
    return np.diff(np.interp(onto, edges, below))


def column_at(steps: NDArray[np.int64], positions: Floats) -> NDArray[np.int64]:
    """Return which of the ascending logged ``steps`` lies nearest to each position, as indices."""
    middles = (steps[1:] + steps[:-1]) / 2
    return np.searchsorted(middles, positions)
