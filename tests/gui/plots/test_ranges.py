import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.gui.plots.ranges import Extent, Span, next_nice


@given(st.floats(1e-9, 1e12))
def test_a_nice_number_is_the_next_one(value):
    nice = next_nice(value)
    assert value <= nice * (1 + 1e-12)
    assert nice <= 1.5 * value


@pytest.mark.parametrize("is_log", [False, True])
def test_a_growing_run_moves_its_axis_seldom(is_log):
    extent = Extent(is_log)
    ranges = [extent.fit(float(end)) for end in range(1, 100_000, 7)]
    ends = [10**high if is_log else high for _, high in ranges]
    assert all(
        shown > 0.999999 * end for shown, end in zip(ends, range(1, 100_000, 7), strict=True)
    )
    assert len(set(ranges)) < 60


def test_a_much_shorter_run_gets_its_own_axis():
    extent = Extent()
    extent.fit(10_000)
    assert extent.fit(100)[1] < 200


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), min_size=1))
@example([(0.0, 5e-324)])
@example([(-5e-324, 0.0)])
@example([(1e6, 1.2e-10)])
def test_a_vertical_range_always_holds_the_data(pairs):
    span = Span()
    for low, width in pairs:
        shown = span.fit(low, low + width)
        assert shown[0] <= low
        assert shown[1] >= low + width
        assert shown[0] < shown[1]


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(0, 300)), min_size=1))
def test_a_logarithmic_range_always_holds_the_data(pairs):
    span = Span(is_log=True)
    for low, width in pairs:
        shown = span.fit(low, low + width)
        assert shown[0] <= low
        assert shown[1] >= low + width


def test_a_trembling_curve_does_not_move_its_axis():
    span = Span()
    first = span.fit(0.1, 1.0)
    assert all(span.fit(0.1 + 0.01 * math.sin(i), 1.0) == first for i in range(100))


def test_losses_are_shown_from_zero():
    assert Span().fit(0.01, 0.7)[0] == 0.0


def test_an_axis_that_is_half_empty_shrinks():
    span = Span()
    span.fit(0.0, 100.0)
    assert span.fit(0.0, 1.0)[1] < 2


def test_what_shrinks_around_zero_is_shown_larger():
    span = Span()
    span.fit(-0.5, 0.5)
    assert span.fit(-0.2, 0.3) == span.fit(-0.5, 0.5)
    low, high = span.fit(-0.01, 0.02)
    assert -0.05 < low <= -0.01
    assert 0.02 <= high < 0.05
