import json
import math

import pytest

from playground.cli import main
from playground.storage.formulas import SavedFormula, write_formula


def _json(capsys, *arguments):
    assert main(["derive", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_formulas_and_methods_are_shown(capsys):
    assert main(["derive", "sin(x)/x", "--at", "1.0"]) == 0
    out = capsys.readouterr().out
    assert "f′(x) = (x*cos(x) - sin(x))/x^2" in out
    assert "f′ to 50 digits: -0.301168678939756789251565714187322395890" in out
    for method in ("symbolic", "forward difference", "central difference", "complex step"):
        assert out.count(f"\n{method}") == 2
    assert out.count("reverse mode") == 2


def test_a_saved_formula_brings_its_point(capsys, tmp_path):
    path = tmp_path / "formula.toml"
    saved = SavedFormula(formula="x^2", point=3.0, surface="x*y", x=2.0, y=5.0)
    write_formula(path, saved)
    said = _json(capsys, str(path))
    assert (said["formula"], said["at"], said["value"]) == ("x^2", 3.0, 9.0)
    assert _json(capsys, str(path), "--at", "4")["value"] == 16.0
    assert _json(capsys, str(path), "--at", "1,2")["gradient"]["symbolic"] == [2.0, 1.0]
    write_formula(path, saved.model_copy(update={"page": "plane"}))
    assert _json(capsys, str(path))["at"] == [2.0, 5.0]
    assert _json(capsys, str(path), "--at", "4")["value"] == 16.0
    assert main(["derive", str(path), "--variables", "u"]) == 2
    assert "--variables" in capsys.readouterr().err
    assert main(["derive", str(tmp_path / "other.toml")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_json_holds_every_number(capsys):
    said = _json(capsys, "x^3", "--at", "2")
    first, second = said["derivatives"]
    assert (said["value"], said["kind"]) == (8.0, "smooth")
    assert (first["formula"], second["formula"]) == ("3*x^2", "6*x")
    assert float(first["reference"]) == 12.0
    values = {m["method"]: m["value"] for m in first["methods"]}
    assert values["symbolic"] == values["reverse mode"] == values["forward mode"] == 12.0
    assert all(m["error"] < 1e-5 for m in first["methods"])
    assert min(m["error"] for m in second["methods"]) == 0.0


def test_a_removable_gap_is_told_truly(capsys):
    said = _json(capsys, "sin(x)/x", "--at", "0")
    assert said["value"] is None
    assert said["kind"] == "removable gap"
    assert "tends to 1 from both sides" in said["explanation"]
    assert said["left"]["limit"] == said["right"]["limit"] == 1.0
    assert float(said["derivatives"][1]["reference"]) == pytest.approx(-1 / 3)
    assert said["derivatives"][0]["methods"][0]["value"] is None


def test_at_a_kink_there_is_no_derivative(capsys):
    assert main(["derive", "|x|", "--at", "0"]) == 0
    out = capsys.readouterr().out
    assert "the slope is -1 on the left and 1 on the right" in out
    assert "f′ does not exist there" in out


def test_an_infinite_limit_is_null_in_json_and_named_in_words(capsys):
    said = _json(capsys, "1/x", "--at", "0")
    assert said["kind"] == "pole"
    assert (said["left"]["limit"], said["right"]["limit"]) == (None, None)
    assert "tends to -inf on the left and inf on the right" in said["explanation"]


def test_two_numbers_give_gradient_and_hessian(capsys):
    said = _json(capsys, "x^2 y + y^3", "--at", "1,2")
    assert said["gradient"]["symbolic"] == said["gradient"]["reverse mode"] == [4.0, 13.0]
    assert said["gradient"]["formulas"] == ["2*x*y", "x^2 + 3*y^2"]
    hessian = said["hessian"]
    assert hessian["symbolic"] == hessian["forward over reverse mode"] == [[4, 2], [2, 12]]
    assert sum(hessian["eigenvalues"]) == pytest.approx(16)
    assert hessian["shape"] == "valley"
    assert main(["derive", "x^2 y", "--at", "1,2"]) == 0
    assert "∂²f/∂x∂y = 2*x" in capsys.readouterr().out


def test_points_names_and_steps_can_be_chosen(capsys):
    assert _json(capsys, "sin(x)", "--at", "pi/2")["at"] == math.pi / 2
    assert _json(capsys, "-x^2", "--at", "-3")["value"] == -9.0
    assert _json(capsys, "u^2", "--at", "3", "--variables", "u")["value"] == 9.0
    step = _json(capsys, "x^2", "--at", "1", "--h", "0.5")["derivatives"][0]["methods"][1]
    assert (step["h"], step["value"]) == (0.5, 2.5)


@pytest.mark.parametrize("step", ["1e300", "1e-300"])
def test_a_step_out_of_all_proportion_is_no_defect(step, capsys):
    first, second = _json(capsys, "x^2", "--at", "1", "--h", step)["derivatives"]
    assert [first["methods"][i]["value"] for i in (0, 4, 5)] == [2.0, 2.0, 2.0]
    assert second["methods"][0]["value"] == 2.0


def test_sympy_may_look_for_shorter_forms(capsys):
    said = _json(capsys, "(x^2 - 1)/(x - 1)", "--at", "3", "--simplify")
    assert [d["formula"] for d in said["derivatives"]] == ["1", "0"]
    assert said["derivatives"][0]["methods"][0]["value"] == 1.0
    said = _json(capsys, "sin(x y)^2 + cos(x y)^2 + x", "--at", "1,2", "--simplify")
    assert said["gradient"]["formulas"] == ["1", "0"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["sin(x))/x"], ["column 7: expected an operator or the end, got ')'", "sin(x))/x\n"]),
        (["x +"], ["column 4", "x +\n"]),
        (["y"], ["column 1: unknown name 'y'"]),
        (["x", "--at", "1,2,3"], ["--at: must be one or two numbers, got 3"]),
        (["x", "--at", "foo"], ["--at foo: column 1: unknown name 'foo'"]),
        (["x", "--at", "1/0"], ["--at 1/0: column 1: 1/0 has no value\n"]),
        (["x", "--at", "exp(1000)"], ["--at exp(1000): must be a finite number"]),
        (["1/0"], ["column 1: 1/0 has no value, so the formula is undefined everywhere\n"]),
        (["x y + log(-1)", "--at", "1,2"], ["column 7: log(-1) has no value, so the formula is"]),
        (["x", "--variables", "pi"], ["variable 'pi': means something else"]),
        (["x", "--variables", "a,b"], ["--variables: must be 1 for 1 numbers in --at, got 2"]),
        (["x", "--variables", "2a"], ["must be letters, digits and _"]),
        (["a", "--at", "1,2", "--variables", "a,a"], ["must be distinct"]),
        (["x", "--h", "-1"], ["--h: must be finite and > 0, got -1"]),
    ],
)
def test_mistakes_end_with_2(arguments, parts, capsys):
    assert main(["derive", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("playground: ")
    assert all(part in err for part in parts)


def test_a_mistake_is_marked_under_its_column(capsys):
    assert main(["derive", "2x + sim(x)"]) == 2
    _, formula, mark = capsys.readouterr().err.splitlines()
    assert formula[mark.index("^") :] == "sim(x)"
