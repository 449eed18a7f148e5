import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.declarations import Hints, Setting
from playground.gui.widgets.stops import (
    is_allowed,
    number_text,
    read_number,
    step_from,
    stops_of,
    value_text,
)

positive = st.floats(1e-9, 1e6)
ranges = st.tuples(positive, st.floats(1.5, 1e8)).map(lambda pair: (pair[0], pair[0] * pair[1]))
whole_ranges = st.tuples(st.integers(1, 50), st.integers(1, 100_000)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)


def number(slider, scale="linear", form="number", **facts):
    hints = Hints("", slider=slider, scale=scale, unit=facts.pop("unit", ""))
    return Setting("x", form, facts.pop("default", None), hints, **facts)


def stops(*arguments, **facts):
    found = stops_of(number(*arguments, **facts))
    assert found is not None
    return found


@given(ranges, st.sampled_from(["linear", "log"]))
def test_stops_rise_from_one_end_of_the_slider_to_the_other(slider, scale):
    values = stops(slider, scale).values
    assert (values[0], values[-1]) == slider
    assert all(low < high for low, high in pairwise(values))
    assert 2 <= len(values) < 1000


@given(whole_ranges, st.sampled_from(["linear", "log"]))
def test_stops_of_an_integer_are_distinct_integers(slider, scale):
    values = stops(slider, scale, "integer").values
    assert (values[0], values[-1]) == slider
    assert all(isinstance(value, int) for value in values)
    assert all(low < high for low, high in pairwise(values))


def test_small_integers_and_powers_of_two_can_all_be_reached_on_a_log_scale():
    values = stops((1, 1024), "log", "integer").values
    assert set(range(1, 11)) <= set(values)
    assert {2**power for power in range(11)} <= set(values)


@given(st.integers(-9, 3), st.integers(2, 12))
def test_a_log_slider_is_even_in_the_logarithm(exponent, decades):
    low = 10.0**exponent
    values = stops((low, low * 10.0**decades), "log").values
    for position, value in enumerate(values):
        even = exponent + decades * position / (len(values) - 1)
        assert math.log10(value) == pytest.approx(even, abs=0.04)


@given(ranges, st.sampled_from(["linear", "log"]), st.data())
def test_every_stop_is_nearest_to_itself_and_position_rises_with_value(slider, scale, data):
    found = stops(slider, scale)
    assert [found.index(value) for value in found.values] == list(range(len(found.values)))
    low, high = sorted(data.draw(st.tuples(st.floats(-1e9, 1e15), st.floats(-1e9, 1e15))))
    assert found.index(low) <= found.index(high)


@given(ranges)
def test_the_nearest_stop_is_nearest_by_ratio_on_a_log_scale(slider):
    found = stops(slider, "log")
    value = math.sqrt(slider[0] * slider[1])
    nearest = min(found.values, key=lambda stop: abs(math.log(stop / value)))
    assert found.values[found.index(value)] == pytest.approx(nearest)


def test_the_leftmost_stop_is_zero_where_zero_is_allowed():
    assert stops((1e-6, 1), "log", minimum=0).values[:2] == (0, 1e-6)
    assert stops((0, 1), "log", minimum=0).values[0] == 0
    assert stops((1e-6, 1), "log", minimum=0, exclusive_minimum=True).values[0] == 1e-6


def test_values_outside_pin_to_the_ends():
    found = stops((1e-5, 10.0), "log")
    assert found.index(-1) == found.index(0) == found.index(1e-9) == 0
    assert found.index(1e9) == len(found.values) - 1


@given(
    st.floats(0, 1e12, exclude_min=True),
    st.sampled_from([-1, 1]),
    st.sampled_from(["log", "linear"]),
)
def test_a_step_moves_the_right_way_and_never_leaves_the_bounds(value, direction, scale):
    setting = number((1e-5, 10.0), scale, minimum=0, exclusive_minimum=True)
    stepped = step_from(value, setting, stops_of(setting), direction)
    assert is_allowed(stepped, setting)
    assert (stepped - value) * direction >= 0


@given(st.integers(1, 10**9), st.sampled_from([-1, 1]))
def test_a_step_of_an_integer_is_an_integer(value, direction):
    setting = number((1, 512), "log", "integer", minimum=1)
    stepped = step_from(value, setting, stops_of(setting), direction)
    assert isinstance(stepped, int)
    assert stepped >= 1
    assert stepped != value or value == 1


@given(st.floats(allow_nan=False, allow_infinity=False).map(lambda x: float(f"{x:.6g}")))
def test_a_shown_number_reads_back(value):
    assert read_number(number_text(value), number(None)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("0,5", 0.5),
        (" 3 ", 3.0),
        ("−2", -2.0),
        ("50 %", 50.0),
        (".25", 0.25),
        ("1E2", 100.0),
    ],
)
def test_people_write_numbers_in_many_ways(text, value):
    assert read_number(text, number(None, unit="%")) == value


@pytest.mark.parametrize(("value", "text"), [(0.001, "0.001"), (3e-5, "3e-05"), (1000, "1000")])
def test_numbers_are_shown_short(value, text):
    assert number_text(value) == text


def test_a_large_integer_keeps_every_digit():
    setting = number(None, form="integer", maximum=2**63, exclusive_maximum=True)
    assert read_number(str(2**63 - 1), setting) == 2**63 - 1
    assert read_number("1e3", setting) == 1000


def test_only_a_short_unit_stands_behind_the_number():
    assert value_text(80, number(None, unit="%")) == "80 %"
    assert value_text(80, number(None, unit="samples")) == "80"


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e999", "1 2", "--1", "0x10"])
def test_nonsense_is_no_number(text):
    with pytest.raises(ValueError, match="must be a number, got"):
        read_number(text, number(None))


def test_a_fraction_is_no_integer():
    with pytest.raises(ValueError, match="must be a whole number, got '2.5'"):
        read_number("2.5", number(None, form="integer"))


@pytest.mark.parametrize(
    ("facts", "text", "bounds"),
    [
        ({"minimum": 0, "exclusive_minimum": True}, "0", "> 0"),
        ({"minimum": 0, "maximum": 1, "exclusive_maximum": True}, "1", "≥ 0 and < 1"),
        ({"maximum": 4096}, "4097", "≤ 4096"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_the_bounds(facts, text, bounds):
    with pytest.raises(ValueError, match=f"must be {bounds}, got {text}"):
        read_number(text, number(None, **facts))


def test_an_optional_number_may_be_empty():
    assert read_number(" ", number(None, optional=True)) is None
