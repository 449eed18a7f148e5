"""The legend goes where it hides least."""

import itertools

import numpy as np
import pytest

from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.legend import parted
from playground.gui.plots.marks import Mark
from playground.gui.plots.overlay import CORNERS, Row

PLACES = {
    "bottom left": (0.02, 0.05),
    "top left": (0.02, 0.95),
    "top right": (0.98, 0.95),
    "bottom right": (0.98, 0.05),
}


@pytest.mark.parametrize("free", CORNERS)
def test_the_free_corner_is_taken(qtbot, free):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    plot = canvas.add_plot(Plot(), 0)
    canvas.resize(600, 400)
    with qtbot.waitExposed(canvas):
        canvas.show()
    plot.show_range(x=(0.0, 1.0), y=(0.0, 1.0))
    plot.overlay.rows = [Row("#000000", "a name", "1.5")]
    taken = parted([np.array([PLACES[corner]]) for corner in CORNERS if corner != free])
    plot.overlay.take_corner(taken, np.ones(6))
    assert plot.overlay.corner == free
    # What weighs less is hidden where something has to be.
    everywhere = parted([np.array([PLACES[corner]]) for corner in CORNERS])
    weights = np.repeat([0.5 if corner == free else 1.0 for corner in CORNERS], 2)
    plot.overlay.take_corner(everywhere, weights)
    assert plot.overlay.corner == free
    # What hides a little less is no reason to move.
    plot.overlay.take_corner(everywhere, np.ones(8) - 0.4 * (weights == 1.0), patience=0.5)
    assert plot.overlay.corner == free


@pytest.fixture
def small(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.add_plot(Plot(), 0).show_range(x=(0.0, 1.0), y=(0.0, 1.0))
    canvas.resize(220, 160)
    with qtbot.waitExposed(canvas):
        canvas.show()
    return canvas


def test_a_line_between_two_points_is_seen_too(small):
    overlay = small.plots()[0].overlay
    overlay.rows = [Row("#000000", "a")]
    # Neither point lies in a corner, the line goes through two of them.
    overlay.take_corner(np.array([[-1.0, 0.1], [2.0, 0.1]]), np.ones(2))
    assert overlay.corner.startswith("top")
    overlay.take_corner(np.array([[-1.0, 0.9], [2.0, 0.9]]), np.ones(2))
    assert overlay.corner.startswith("bottom")


def test_what_lies_infinitely_high_is_nowhere_in_sight(small):
    overlay = small.plots()[0].overlay
    overlay.rows = [Row("#000000", "a")]
    with np.errstate(all="raise"):
        overlay.take_corner(np.array([[0.9, np.inf], [0.9, np.inf], [0.1, 0.1]]), np.ones(3))
    assert overlay.corner != "bottom left"


def test_names_of_marks_stand_where_no_curve_goes_and_within_the_plot(small):
    overlay, width = small.plots()[0].overlay, small.plots()[0].view.width()
    overlay.marks = [Mark(at, "", name="a rather long name") for at in (0.02, 0.5, 0.98)]
    overlay.take_corner(np.array([[0.0, 0.1], [1.0, 0.1]]), np.ones(2))
    assert overlay.name_side.startswith("top")
    overlay.take_corner(np.array([[0.0, 0.9], [1.0, 0.9]]), np.ones(2))
    assert overlay.name_side.startswith("bottom")
    boxes = overlay.name_boxes()
    assert all(box.left() >= 0 and box.right() <= width + 1 for box in boxes)
    assert not any(a.intersects(b) for a, b in itertools.combinations(boxes, 2))


def test_a_legend_stays_within_a_plot_that_is_too_small_for_it(small):
    overlay = small.plots()[0].overlay
    overlay.rows = [Row("#000000", "a name that is much too long to be shown here", "1.23456")]
    overlay.heading = "and a heading that says even more than there is room for"
    box = overlay.legend_box("top right")
    assert overlay.boundingRect().contains(box)
