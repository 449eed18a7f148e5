import pytest
from PySide6.QtGui import QColor, QImage

from playground.gui import theme
from playground.gui.widgets.mathematics import LEAST_SCALE, Mathematics
from playground.gui.widgets.typesetting import typeset
from playground.objectives.surface import SURFACES

ADAM = r"\theta_{t+1} = \theta_t - \eta \frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}"


def shown(qtbot, latex, **settings):
    label = Mathematics(latex, **settings)
    qtbot.addWidget(label)
    label.resize(label.sizeHint())
    label.show()
    return label


def ink(widget):
    """Return the colours that differ much from the background, darkest or lightest first."""
    image = widget.grab().toImage()
    back = image.pixelColor(0, 0).lightness()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return sorted(
        (p for p in pixels if abs(p.lightness() - back) > 60),
        key=lambda p: -abs(p.lightness() - back),
    )


def test_a_formula_is_drawn_in_the_themes_colour(qtbot):
    label = shown(qtbot, ADAM)
    assert ink(label)[0] == QColor(theme.current_theme().text)
    theme.set_theme("dark")
    assert ink(label)[0] == QColor(theme.current_theme().text)


def test_a_formula_grows_with_the_scale_of_the_window(qtbot):
    label = shown(qtbot, ADAM)
    before = label.sizeHint()
    theme.set_scale(2.0)
    after = label.sizeHint()
    assert after.width() == pytest.approx(2 * before.width(), rel=0.05)
    assert after.height() == pytest.approx(2 * before.height(), rel=0.05)


def test_it_is_crisp_at_the_pixels_of_a_fine_screen(qtbot):
    label = shown(qtbot, "x^2")
    coarse = QImage(label.size(), QImage.Format.Format_RGB32)
    fine = QImage(label.size() * 4, QImage.Format.Format_RGB32)
    fine.setDevicePixelRatio(4)
    for image in (coarse, fine):
        image.fill(QColor("white"))
        label.render(image)
    enlarged = coarse.scaled(fine.size())
    enlarged.setDevicePixelRatio(4)

    def n_grey(image):
        rows, columns = range(image.height()), range(image.width())
        levels = (image.pixelColor(x, y).lightness() for x in columns for y in rows)
        return sum(60 < level < 200 for level in levels)

    assert n_grey(fine) < n_grey(enlarged) / 2


def test_a_formula_is_typeset_once(qtbot):
    first, second = shown(qtbot, ADAM), shown(qtbot, ADAM)
    assert first.formula is second.formula
    second.set_latex("x")
    assert second.formula is not first.formula


def test_a_long_formula_shrinks_to_its_place_as_far_as_it_can_be_read(qtbot):
    label = shown(qtbot, " + ".join([ADAM] * 3))
    assert label.drawn_scale() == 1.0
    full = label.width()
    label.resize(round(full * 0.8), label.height())
    assert label.drawn_scale() == pytest.approx(0.8, abs=0.01)
    label.resize(round(full * 0.1), label.height())
    assert label.drawn_scale() == LEAST_SCALE
    assert label.minimumSizeHint().width() < full / 2


@pytest.mark.parametrize(
    "bad", [r"\frac{1}", r"\left( x", "{", "x^", "&", r"\begin{matrix} a", "_"]
)
def test_what_cannot_be_typeset_is_shown_as_it_is_written(qtbot, bad):
    with pytest.raises(ValueError, match="cannot be typeset"):
        typeset(bad, 20, "#000000")
    label = shown(qtbot, bad)
    assert label.formula is None
    assert label.toolTip()
    assert ink(label)
    label.set_latex("x")
    assert label.formula is not None
    assert not label.toolTip()


def test_nothing_is_shown_of_nothing(qtbot):
    label = shown(qtbot, "")
    assert label.formula is None
    assert not label.toolTip()


def test_a_screen_reader_has_words(qtbot):
    label = shown(qtbot, "x^2")
    assert label.accessibleName() == "x^2"
    label.set_latex("x^2", "x squared")
    assert label.accessibleName() == "x squared"


@pytest.mark.parametrize("surface", SURFACES.names())
def test_every_surface_can_be_typeset(qapp, surface):
    formula = typeset(SURFACES[surface]().formula, 16.0, "#000000")
    assert formula.size.width() > 80
