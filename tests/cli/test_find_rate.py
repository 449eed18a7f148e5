import json
from unittest.mock import Mock

from playground.cli import main
from playground.training.trainer import Trainer


def test_it_names_the_rates_that_matter(capsys):
    assert main(["find-rate", "linear-regression"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["steepest", "largest", "2/λmax", "123"]
    assert lines[-1].endswith("the loss diverged")


def test_json_has_every_loss(capsys):
    arguments = ["--low", "1e-5", "--high", "1e-3", "--rates", "12", "--after", "3", "--json"]
    assert main(["find-rate", "digits", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"]) == 12
    assert found["largest_stable"] is None
    assert found["stability_limit"] is None


def test_mistakes_are_named(capsys):
    assert main(["find-rate", "iris", "--set", "optimizer.kind=steepest_descent"]) == 2
    assert "no learning rate" in capsys.readouterr().err
    assert main(["find-rate", "iris", "--low", "1", "--high", "0.1"]) == 2
    assert "low < high" in capsys.readouterr().err
    assert main(["find-rate", "iris", "--high", "inf"]) == 2
    assert "must be finite and 0 < low < high, got 1e-06 and inf" in capsys.readouterr().err


def test_mistakes_are_known_before_it_trains(capsys, monkeypatch):
    monkeypatch.setattr(Trainer, "run", Mock(side_effect=AssertionError("trained for nothing")))
    assert main(["find-rate", "iris", "--after", "5", "--rates", "1"]) == 2
    assert "rates: must be 5 to 10000 of them, got 1" in capsys.readouterr().err
