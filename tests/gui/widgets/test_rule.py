import pytest

from playground.declarations import settings_of
from playground.declarations.symbols import symbol_pattern
from playground.gui.theme import current_theme, set_theme
from playground.gui.widgets.rule import RuleView, formulas_of, lit, parts_of
from playground.gui.widgets.typesetting import typeset
from playground.optimizers import OPTIMIZERS


@pytest.mark.parametrize(
    ("symbol", "latex", "found"),
    [
        ("β₁", r"m \leftarrow \beta_1 m + (1 - \beta_1)\, g", [r"\beta_1", r"\beta_1"]),
        ("β₁", r"\hat m = m / (1 - \beta_1^t) + \beta_{10}", [r"\beta_1^t"]),
        ("β₂", r"\beta_{2} v", [r"\beta_{2}"]),
        ("η", r"\theta - \eta \eta_0 \eta^{+} \eta^2", [r"\eta", r"\eta^2"]),
        ("η⁺", r"\eta \eta^+ \eta^{+}", [r"\eta^+", r"\eta^{+}"]),
        ("Δmin", r"\Delta_{\min} \Delta_{\max} \Delta", [r"\Delta_{\min}"]),
        ("c", r"\frac{c}{2} \cdot \cos c_1", ["c"]),
        ("f*", r"f - f^*", ["f^*"]),
        ("ε", r"\sqrt{v} + \varepsilon", [r"\varepsilon"]),
    ],
)
def test_a_symbol_is_found_wherever_it_stands(symbol, latex, found):
    assert [match.group() for match in symbol_pattern(symbol).finditer(latex)] == found


RULES = [(kind.name(), kind) for kind in OPTIMIZERS if kind.RULE]


@pytest.mark.parametrize(("name", "kind"), RULES, ids=[name for name, _ in RULES])
def test_every_rule_can_be_typeset_and_lit(qapp, name, kind):
    symbols = {s.symbol for s in settings_of(kind)} - {""}
    for line in formulas_of(kind.RULE):
        plain = typeset(line, 14.0, "#101010")
        for symbol in symbols:
            bright = typeset(lit(line, symbol, "#0b62c4"), 14.0, "#101010")
            has_symbol = symbol_pattern(symbol).search(line) is not None
            assert ("#0b62c4" in bright.svg) == has_symbol
            assert bright.size.height() == pytest.approx(plain.size.height(), rel=0.02)
            assert bright.size.width() == pytest.approx(plain.size.width(), rel=0.06)


def test_the_light_follows_the_theme(qtbot):
    view = RuleView()
    qtbot.addWidget(view)
    view.show_rule("v \\leftarrow \\beta v + g\n\\theta \\leftarrow \\theta - \\eta v")
    assert len(view.lines) == 2
    view.light("η")
    assert current_theme().accent in view.lines[1].latex
    assert "color" not in view.lines[0].latex
    set_theme("dark")
    assert current_theme().accent in view.lines[1].latex
    view.light("")
    assert "color" not in view.lines[1].latex
    view.show_rule(r"\theta \leftarrow \theta - \eta g")
    assert [line.isHidden() for line in view.lines] == [False, True]


def test_what_is_too_wide_is_shown_on_several_lines(qtbot):
    view = RuleView()
    qtbot.addWidget(view)
    short, long = r"a = b, \quad c = d", "a = " + " + ".join("bcdefgh") * 6 + r",\quad c = d"
    view.show_rule(short)
    assert [line.latex for line in view.lines] == [short]
    view.show_rule(long)
    assert [line.latex for line in view.lines] == [long.split(",")[0], "c = d"]
    assert parts_of(r"\frac{a \quad b}{c}") == [r"\frac{a \quad b}{c}"]
