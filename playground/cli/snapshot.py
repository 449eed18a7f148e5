"""``playground snapshot``."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from playground.cli.choosing import ExperimentName, open_experiment
from playground.errors import SpecError


class _Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


def snapshot(
    experiment: ExperimentName,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="The picture to write.")],
    steps: Annotated[int, typer.Option(min=0, help="Updates to do first.")] = 500,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="Width and height in pixels.")
    ] = "1600x1000",
    theme: Annotated[_Theme, typer.Option(help="Colours of the window.")] = _Theme.LIGHT,
    curves: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write the curves into this folder."),
    ] = None,
) -> None:
    """Show an experiment in the real window, train it, and write a picture of the window."""
    width, height = _parsed_size(size)
    chosen = open_experiment(experiment)
    from playground.gui.snapshot import render

    render(chosen, steps, out, size=(width, height), theme=theme.value, curves=curves)
    typer.echo(f"written to {out}" + (f" and {curves}" if curves else ""))


def _parsed_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text)
    if match is None or not all(200 <= int(side) <= 10_000 for side in match.groups()):
        raise SpecError(f"--size: must be WIDTHxHEIGHT, each 200 … 10000, got {text}")
    return int(match[1]), int(match[2])
