import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from playground.gui.plots.rebinning import column_at, rebinned

counts = arrays(np.int64, 12, elements=st.integers(0, 1000))


def by_overlap(edges, counts, onto):
    shares = np.zeros(len(onto) - 1)
    for i, count in enumerate(counts):
        for j in range(len(shares)):
            overlap = min(edges[i + 1], onto[j + 1]) - max(edges[i], onto[j])
            shares[j] += count * max(overlap, 0) / (edges[i + 1] - edges[i])
    return shares


@given(counts, st.floats(-3, 3), st.floats(0.1, 5), st.integers(1, 30))
def test_counts_are_shared_by_overlap(counts, low, width, n):
    edges = np.linspace(-1, 1, 13)
    onto = np.linspace(low, low + width, n + 1)
    assert rebinned(edges, counts, onto) == pytest.approx(by_overlap(edges, counts, onto), abs=1e-6)


@given(counts)
def test_nothing_is_lost_between_wider_edges(counts):
    edges = np.linspace(-1, 1, 13)
    assert rebinned(edges, counts, np.linspace(-2, 2, 8)).sum() == pytest.approx(counts.sum())


@given(st.sets(st.integers(0, 1000), min_size=1), st.floats(-10, 1010))
def test_the_nearest_moment_is_drawn(steps, position):
    steps = np.array(sorted(steps))
    index = int(column_at(steps, np.array([position]))[0])
    assert abs(steps[index] - position) == np.abs(steps - position).min()
