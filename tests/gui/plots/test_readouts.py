import math

import numpy as np
import pytest

from playground.gui.plots.axes import Axis
from playground.gui.plots.curve_picture import is_linear, written
from playground.gui.plots.formats import count, number, percent, power_of_ten
from playground.gui.plots.marks import edit_label, edit_marks, ending_mark
from playground.gui.plots.svg import flattened
from playground.models.mlp import HiddenLayer, MultilayerPerceptron
from playground.optimizers.adaptive import Adam
from playground.training.experiment import Experiment
from playground.training.snapshots import Edit, Ending, Outcome


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123456, "0.01235"),
        (-4.0, "−4"),
        (1.5e-7, "1.5·10⁻⁷"),
        (1e-7, "10⁻⁷"),
        (2e20, "2·10²⁰"),
        (math.nan, "NaN"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_counts_and_powers():
    assert count(1_234_567) == "1\u2009234\u2009567"
    assert power_of_ten(-3) == "10⁻³"
    assert count(1_234.56, 1) == "1\u2009234.6"
    assert (percent(0.934), percent(0.934, 1)) == ("93 %", "93.4 %")


@pytest.fixture
def log_axis(qapp):
    axis = Axis("left")
    axis.setLogMode(y=True)
    return axis


def labels(axis, low, high, size=300):
    return [
        text
        for spacing, values in axis.tickValues(low, high, size)
        for text in axis.tickStrings(values, 1.0, spacing)
    ]


def test_decades_are_labelled_as_powers(log_axis):
    assert labels(log_axis, -5.2, 0.3) == ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]


def test_few_decades_are_labelled_plainly(log_axis):
    assert labels(log_axis, -2.0, 1.0) == ["0.01", "0.1", "1", "10"]


def test_within_a_decade_round_values_are_labelled(log_axis):
    assert labels(log_axis, math.log10(0.9), math.log10(6)) == ["1", "2", "5"]


def test_a_huge_range_has_few_labels(log_axis):
    assert 3 <= len(labels(log_axis, -120, 2)) <= 10


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, "0.5"), (0, 50_000, "20\u2009000"), (0, 2e-5, "10⁻⁵"), (-1.0, 1.0, "−0.5")],
)
def test_linear_labels(qapp, low, high, expected):
    assert expected in labels(Axis("left"), low, high, 200)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.45, 0.45, ["−0.4", "0.0", "0.4"]),
        (-1.8, 1.8, ["−1", "0", "1"]),
        (-3.0, 3.0, ["−2", "0", "2"]),
        (0.7, 1.9, ["0.8", "1.6"]),
    ],
)
def test_a_narrow_axis_has_more_than_one_label(qapp, low, high, expected):
    assert labels(Axis("bottom"), low, high, 150) == expected


def test_less_than_two_decades_have_more_than_one_label(log_axis):
    assert labels(log_axis, -0.8, 0.9) == ["0.2", "0.5", "1", "2", "5"]
    assert labels(log_axis, -0.8, 0.9, 120) == ["0.3", "1", "3"]


def test_an_edit_says_what_changed_and_when():
    edit = Edit(1200, "optimizer.learning_rate", 0.01, 0.003)
    assert edit_label(edit) == "learning rate 0.01 → 0.003 at step 1\u2009200"
    assert edit_label(Edit(0, "optimizer", Adam(), Adam())) == "optimizer adam → adam at step 0"
    given = Edit(3, "schedule", {"kind": "constant"}, {"kind": "drawn", "points": []})
    assert edit_label(given) == "schedule constant → drawn at step 3"
    points = Edit(4, "schedule.points", [{"at": 0.0}], [{"at": 0.0}, {"at": 0.5}])
    assert edit_label(points) == "points 1 entry → 2 entries at step 4"


def test_changes_at_one_step_make_one_mark():
    edits = [Edit(5, "a.b", 1.0, 2.0), Edit(5, "a.b", 2.0, 3.0), Edit(6, "a.b", 3.0, 4.0)]
    marks = edit_marks(edits, float)
    assert [mark.x for mark in marks] == [5.0, 6.0]
    assert marks[0].label == "b 1 → 3 at step 5"


def test_only_a_divergence_is_marked():
    assert ending_mark(None, float) == []
    assert ending_mark(Ending(Outcome.FINISHED, 9, ""), float) == []
    (mark,) = ending_mark(Ending(Outcome.DIVERGED, 9, "", "hidden2"), float)
    assert mark.is_danger
    assert mark.label == "diverged in hidden2 at step 9"


def test_a_formula_is_written_as_in_a_textbook():
    assert written(np.array([1.8, -0.2]), ["x₁"], "y") == "y = 1.8 x₁ − 0.2"
    assert written(np.array([-1.0, 2.0, 0.5]), ["x₁", "x₁²"], "y") == "y = − 1 x₁ + 2 x₁² + 0.5"


def test_linear_models_are_told():
    layer = HiddenLayer(activation="linear")
    assert is_linear(Experiment(model=MultilayerPerceptron(hidden=())))
    assert is_linear(Experiment(model=MultilayerPerceptron(hidden=(layer,))))
    assert not is_linear(Experiment())
    bent = MultilayerPerceptron(hidden=(), output_activation="tanh")
    assert not is_linear(Experiment(model=bent))


def test_outlines_in_an_svg_are_moved_to_the_page():
    svg = (
        '<g stroke="#000" transform="matrix(2,0,0,-10,5,100)"\nfont-size="9" \n>\n'
        '<polyline vector-effect="non-scaling-stroke" points="0,0 1,2.5 " />\n'
        '<path vector-effect="non-scaling-stroke" d="M3,1 L4,-1 Z "/>\n</g>'
    )
    flat = flattened(svg)
    assert 'points="5.00,100.00 7.00,75.00 "' in flat
    assert 'd="M11.00,90.00 L13.00,110.00 Z "' in flat
    assert "matrix(1,0,0,1,0,0)" in flat
    assert "vector-effect" not in flat


def test_other_groups_of_an_svg_stay():
    svg = '<g transform="matrix(2,0,0,2,5,5)"><rect x="1" y="1" width="2" height="2"/></g>'
    assert flattened(svg) == svg
