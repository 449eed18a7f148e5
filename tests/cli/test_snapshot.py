from pathlib import Path
from unittest.mock import Mock

import pytest

from playground import presets
from playground.cli import main


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("", "Invalid value for '--out'"),
        ("window", "--out: must end in one of .png, .jpg, .jpeg, .webp, got window"),
        ("file/x.png", "a part of its path is a file"),
        ("folder.png", "must be a file, got a folder"),
    ],
)
def test_where_a_picture_cannot_be_written_is_known_before_it_is_made(
    window: Mock, tmp_path: Path, monkeypatch, capsys, out: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    assert main(["snapshot", "default", "--out", out]) == 2
    assert message in capsys.readouterr().err
    window.render.assert_not_called()
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.png"}


def test_a_snapshot_is_rendered_by_the_window(window: Mock, tmp_path: Path, capsys) -> None:
    picture = tmp_path / "window.png"
    arguments = ["snapshot", "tf-playground", "--steps", "7", "--out", str(picture)]
    assert main([*arguments, "--size", "800x600", "--theme", "dark", "--curves", "demo"]) == 0
    (experiment, *others), options = window.render.call_args
    assert experiment.title == "TensorFlow Playground"
    assert others == [7, picture]
    assert options == {"size": (800, 600), "theme": "dark", "curves": Path("demo")}
    assert main([*arguments, "--size", "800"]) == 2
    assert "--size: must be WIDTHxHEIGHT" in capsys.readouterr().err
    assert window.render.call_count == 1


def test_a_snapshot_of_another_workspace_opens_a_race_or_a_formula(
    window: Mock, tmp_path: Path, capsys
) -> None:
    picture = tmp_path / "window.png"
    options = ["--out", str(picture), "--size", "800x600", "--steps", "9"]
    formula = ["snapshot", "sin(x)/x", "--workspace", "derivative", "--page", "rules", *options]
    assert main(formula) == 0
    expected = ("derivative", "sin(x)/x", 9, picture, (800, 600), "light", "rules")
    assert window.render_workspace.call_args.args == expected
    surface = ["snapshot", "himmelblau", "--workspace", "descent", *options]
    assert main(surface) == 0
    (name, race, *_), _ = window.render_workspace.call_args
    assert (name, race.surface.name()) == ("descent", "himmelblau")
    assert main(["snapshot", "noisy-bowl", "--workspace", "descent", *options]) == 0
    assert window.render_workspace.call_args.args[1] == presets.load_race("noisy-bowl")
    assert main(["snapshot", "noisy-bow", "--workspace", "descent", *options]) == 2
    assert "unknown surface or race 'noisy-bow'; did you mean" in capsys.readouterr().err
    assert (
        main(["snapshot", "himmelblau", "--workspace", "descent", "--curves", "x", *options]) == 2
    )
    assert "--curves" in capsys.readouterr().err
    assert main(["snapshot", "himmelblau", "--workspace", "descent", "--page", "x", *options]) == 2
    assert main(["snapshot", "default", "--page", "limit", *options]) == 2
    assert capsys.readouterr().err.count("--page: only derivative has pages") == 2
    assert window.render_workspace.call_count == 3
    window.render.assert_not_called()
