import json

import pytest

from playground.autodiff.graph import PRIMITIVES
from playground.cli import main


def test_right_gradients_end_with_0(capsys):
    assert main(["check", "xor"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in out[:3]] == ["layer", "hidden1", "output"]
    assert "every layer is within the bound of 1e-05" in out[-1]


def test_a_wrong_rule_ends_with_1(capsys, monkeypatch):
    monkeypatch.setattr(PRIMITIVES["tanh"], "rules", (lambda g, y, x: g,))
    assert main(["check", "default"]) == 1
    out = capsys.readouterr().out
    assert out.count("WRONG") == 2
    assert "2 of 3 layers exceed the bound" in out


def test_json_says_the_same(capsys):
    assert main(["check", "xor", "--set", "model.hidden=[{units = 3}]", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["passed"] is True
    assert [layer["n_parameters"] for layer in said["layers"]] == [9, 4]
    assert all(layer["error"] < said["bound"] for layer in said["layers"])


@pytest.mark.parametrize(
    "arguments", [["no-such-preset"], ["xor", "--set", "model.hidden=3"], ["xor", "--set", "x=1"]]
)
def test_mistakes_end_with_2(arguments, capsys):
    assert main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("playground: ")
