from pathlib import Path

import pytest

from playground.cli import main


def test_compare_writes_tables(tmp_path: Path, capsys) -> None:
    words = ["compare", "default", "--optimizers", "sgd, adam(learning_rate=0.02)"]
    assert main([*words, "--steps", "30", "--seeds", "2", "--out", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[1].startswith("sgd ")
    assert out.count("±") == 2 * 3
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"curves.csv", "summary.csv", "compare.toml"}
    assert main([*words, "--steps", "5"]) == 0
    assert "±" not in capsys.readouterr().out


def test_a_comparison_is_repeated_from_its_file(tmp_path: Path, capsys) -> None:
    words = ["compare", "xor", "--optimizers", "sgd(learning_rate=0.5), adam", "--seeds", "2"]
    sweep = ["--sweep", "learning_rate=0.01..0.1:2", "--set", "training.batch_size=7"]
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*words, *sweep, "--steps", "20", "--out", str(first)]) == 0
    shown = capsys.readouterr().out.replace(str(first), "")
    saved = str(first / "compare.toml")
    assert main(["compare", saved, "--out", str(second)]) == 0
    assert capsys.readouterr().out.replace(str(second), "") == shown
    assert (second / "compare.toml").read_bytes() == (first / "compare.toml").read_bytes()
    assert main(["compare", saved, "--seeds", "1", "--optimizers", "sgd", "--steps", "3"]) == 0
    out = capsys.readouterr().out
    assert "adam" not in out
    assert "±" not in out
    # What is trained can be trained alone.
    assert main(["train", saved, "--steps", "3"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--optimizers: must be given, as in --optimizers sgd,adam"),
        (["--optimizers", "sgd", "--set", "optimizer=adam"], "a comparison has those of --optimiz"),
        (["--optimizers", "sgd", "--steps", "3", "--set", "stop.steps=4"], "contradicts --set"),
        (["--optimizers", "adam(beta1=2)"], "--optimizers: column 12: adam.beta1: must be < 1"),
        (["--optimizers", "sgd, nelder_mead"], "nelder_mead cannot train this"),
        (["--optimizers", "sgd", "--sweep", "rate"], "sweep: must be SETTING=LOW..HIGH:COUNT"),
    ],
)
def test_compare_refuses(capsys, words: list[str], message: str) -> None:
    assert main(["compare", "default", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
