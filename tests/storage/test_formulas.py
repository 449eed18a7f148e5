import tomllib

import pytest

from playground.calculus.situation import Situation
from playground.errors import SpecError, StorageError
from playground.storage.formulas import SavedFormula, read_formula, write_formula


@pytest.mark.parametrize(
    "saved",
    [
        SavedFormula(),
        SavedFormula(formula="sin(1/x)", point=-1 / 3, step=1e-16, low=-1e-3, high=1e6),
        SavedFormula(page="plane", surface="x*y", x=0.1, y=-7.0, direction_deg=360.0),
        SavedFormula(page="ways", from_left=True, reach=1e-9),
    ],
)
def test_what_is_saved_is_read_again(saved, tmp_path):
    write_formula(tmp_path / "formula.toml", saved)
    assert read_formula(tmp_path / "formula.toml") == saved


def test_a_file_says_what_is_looked_at_and_leaves_other_defaults_out(tmp_path):
    write_formula(tmp_path / "formula.toml", SavedFormula(low=-1.0))
    values = tomllib.loads((tmp_path / "formula.toml").read_text())
    assert list(values) == ["page", "formula", "point", "surface", "x", "y", "low"]
    assert values["formula"] == Situation().formula


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('formula = "sin(x))"', "formula: column 7: expected an operator"),
        ('formula = "x*y"', "formula: column 3: "),
        ('formula = "x"\nsurface = "x +"', "surface: "),
        ('formula = "x"\nlow = 3.0', "high: must be > low, which is 3, got 3"),
        ('formula = "x"\nlow = -1e308\nhigh = 1e308', "high: must be > low"),
        ('formula = "x"\npage = "limits"', "page: must be 'limit', 'rules', 'ways' or 'plane'"),
        ('formula = "x"\npiont = 1', "piont: unknown setting; did you mean 'point'"),
        ('formula = "x"\npoint = nan', "point: must be a finite number"),
        ('formula = "x"\nstep = 2.0', "step: must be ≤ 1, got 2.0"),
        ("formula = 3", "formula: "),
        ("point = 3", "formula: is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, said, tmp_path):
    path = tmp_path / "formula.toml"
    path.write_text(text)
    with pytest.raises(SpecError) as wrong:
        read_formula(path)
    assert str(wrong.value).startswith(f"{path}: {said}")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(StorageError, match="there is no such file"):
        read_formula(tmp_path / "formula.toml")
