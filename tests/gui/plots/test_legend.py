"""The legend goes where it hides least."""

import numpy as np
import pytest

from playground.gui.plots.canvas import Canvas, Plot
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
    taken = np.array([PLACES[corner] for corner in CORNERS if corner != free])
    plot.overlay.take_corner(taken, np.ones(3))
    assert plot.overlay.corner == free
    # What weighs less is hidden where something has to be.
    everywhere = np.array([PLACES[corner] for corner in CORNERS])
    weights = np.array([0.5 if corner == free else 1.0 for corner in CORNERS])
    plot.overlay.take_corner(everywhere, weights)
    assert plot.overlay.corner == free
