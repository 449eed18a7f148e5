import numpy as np
import pytest

from playground.gui.plots import regions
from playground.gui.theme import DARK, LIGHT

EXTENT = (-6.0, 6.0, -3.0, 9.0)


def plane(function, width=100, height=80):
    x0, x1, y0, y1 = EXTENT
    x = x0 + (np.arange(width) + 0.5) * (x1 - x0) / width
    y = y0 + (np.arange(height) + 0.5) * (y1 - y0) / height
    return function(*np.meshgrid(x, y))


def test_between_cell_centres_values_are_interpolated():
    points = np.random.default_rng(0).uniform([-5.9, -2.8], [5.9, 8.8], (200, 2))
    values = plane(lambda x, y: 2 * x - 3 * y + 1)
    expected = 2 * points[:, 0] - 3 * points[:, 1] + 1
    assert regions.sampled(values, EXTENT, points) == pytest.approx(expected)


def test_class_shares_are_interpolated_together():
    values = plane(lambda x, y: np.stack([x, y, x + y], axis=-1))
    got = regions.sampled(values, EXTENT, np.array([[1.0, 2.0]]))
    assert got == pytest.approx(np.array([[1.0, 2.0, 3.0]]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_two_classes_run_from_orange_over_neutral_to_blue(theme):
    table = regions.diverging_table(theme).astype(int)
    blue, orange = regions.rgb(theme.diverging[0]), regions.rgb(theme.diverging[2])
    assert np.abs(table[-1] - blue).sum() < np.abs(table[-1] - orange).sum()
    assert np.abs(table[0] - orange).sum() < np.abs(table[0] - blue).sum()
    assert np.ptp(table[128]) < np.ptp(table[0])


def test_sure_classes_get_their_colour_and_doubt_gets_a_mixture():
    colors = ["#ff0000", "#00ff00", "#0000ff"]
    shares = np.array([[[1.0, 0, 0], [0, 1.0, 0], [0.5, 0.5, 0]]])
    image = regions.share_colors(shares, colors, "#000000").astype(int)
    assert np.argmax(image[0, 0]) == 0
    assert np.argmax(image[0, 1]) == 1
    assert image[0, 2, 0] == image[0, 2, 1] > image[0, 2, 2]


def test_a_decision_goes_to_the_likeliest_class():
    assert regions.decided(np.array([[0.2, 0.5, 0.3]])).tolist() == [[0, 1, 0]]


def test_what_is_not_finite_is_drawn_all_the_same():
    table = regions.diverging_table(LIGHT)
    image = regions.value_colors(np.array([np.nan, np.inf, -np.inf]), -1.0, 1.0, table)
    assert image.shape == (3, 3)
