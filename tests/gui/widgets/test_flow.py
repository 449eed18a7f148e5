import pytest
from PySide6.QtWidgets import QLabel, QWidget

from playground.gui.widgets.flow import FlowLayout

SPACING = 6


@pytest.fixture
def flow(qtbot):
    home = QWidget()
    layout = FlowLayout(home, SPACING)
    for i in range(7):
        label = QLabel("x" * (1 + i % 3), home)
        label.setFixedSize(40 + 10 * i, 20 + 5 * (i % 2))
        layout.addWidget(label)
    qtbot.addWidget(home)
    home.show()
    return home


def places(home):
    shown = (label for label in home.findChildren(QLabel) if label.isVisible())
    return [label.geometry() for label in shown]


@pytest.mark.parametrize("width", [110, 200, 333, 1000])
def test_nothing_overlaps_or_is_cut_off_at_any_width(flow, width):
    height = flow.layout().heightForWidth(width)
    flow.resize(width, height)
    flow.layout().activate()
    rects = places(flow)
    assert all(flow.rect().contains(r) for r in rects)
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
    assert max(r.bottom() for r in rects) == height - 1


def test_lines_are_filled_before_another_begins(flow):
    assert flow.layout().heightForWidth(10_000) == 25
    assert flow.layout().heightForWidth(100) > 7 * 20


def test_what_is_hidden_takes_no_room(flow):
    before = flow.layout().heightForWidth(120)
    for label in flow.findChildren(QLabel)[:3]:
        label.hide()
    assert flow.layout().heightForWidth(120) < before
