import json

import pytest

from playground.cli import main


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("datasets", "breast_cancer"),
        ("optimizers", "adam"),
        ("activations", "relu"),
        ("initializers", "he_normal"),
        ("losses", "huber"),
        ("models", "mlp"),
        ("presets", "tf-playground"),
        ("races", "ravine-momentum"),
        ("surfaces", "rosenbrock"),
    ],
)
def test_lists_are_for_people_and_programs(noun: str, name: str, capsys) -> None:
    assert main(["list", noun]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["list", noun, "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [line.split()[0] for line in lines] == [entry["name"] for entry in entries]
    assert name in [entry["name"] for entry in entries]
    assert all(entry["summary"] for entry in entries)


def test_a_listed_surface_has_formula_and_minima(capsys) -> None:
    main(["list", "surfaces", "--json"])
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    rosenbrock = entries["rosenbrock"]
    assert rosenbrock["source"] == "Rosenbrock 1960"
    assert rosenbrock["domain"] == [-2, 2, -1, 3]
    (minimum,) = rosenbrock["minima"]
    assert (minimum["x"], minimum["y"], minimum["value"]) == (1, 1, 0)
    assert all(entry["formula"] for entry in entries.values())


def test_a_listed_setting_has_its_declaration(capsys) -> None:
    main(["list", "optimizers", "--json"])
    (adam,) = [entry for entry in json.loads(capsys.readouterr().out) if entry["name"] == "adam"]
    settings = {setting["name"]: setting for setting in adam["settings"]}
    rate = settings["learning_rate"]
    assert (rate["default"], rate["minimum"], rate["bounds"]) == (0.001, 0, "> 0")
    assert (rate["type"], rate["scale"], rate["live"]) == ("number", "log", True)
    assert rate["help"]
    main(["list", "models", "--json"])
    (mlp,) = [entry for entry in json.loads(capsys.readouterr().out) if entry["name"] == "mlp"]
    settings = {setting["name"]: setting for setting in mlp["settings"]}
    assert "he_normal" in settings["initializer"]["choices"]
    units = settings["hidden"]["settings"][0]
    assert (units["name"], units["minimum"], units["maximum"]) == ("units", 1, 4096)
