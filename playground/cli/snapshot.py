"""``playground snapshot``."""

from __future__ import annotations

import os
import re
import signal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playground.cli.choosing import named_path, open_experiment, open_race
from playground.cli.messages import tell
from playground.errors import SpecError

if TYPE_CHECKING:
    from playground.descent.race import Race
    from playground.storage.formulas import SavedFormula


PICTURES = (".png", ".jpg", ".jpeg", ".webp")


class _Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class _Workspace(StrEnum):
    TRAIN = "train"
    DESCENT = "descent"
    DERIVATIVE = "derivative"


def snapshot(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="A preset or an experiment's file; for the descent workspace a surface, a ready "
            "race or a race's file, for the derivative one a formula of x, or of x and y, or its "
            "file.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(parser=named_path, metavar="FILE.png", help="The picture to write.")
    ],
    steps: Annotated[
        int, typer.Option(min=0, help="Updates, or steps of a race, to do first.")
    ] = 500,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="Width and height in pixels.")
    ] = "1600x1000",
    theme: Annotated[_Theme, typer.Option(help="Colours of the window.")] = _Theme.LIGHT,
    workspace: Annotated[
        _Workspace, typer.Option(help="Which workspace to show.")
    ] = _Workspace.TRAIN,
    page: Annotated[
        str, typer.Option(help="Of the derivative workspace: limit, rules, ways or plane.")
    ] = "",
    curves: Annotated[
        Path | None,
        typer.Option(
            parser=named_path, metavar="DIR", help="Also write the curves into this folder."
        ),
    ] = None,
) -> None:
    """Write a picture of the window with something in it."""
    width, height = _parsed_size(size)
    if page and workspace is not _Workspace.DERIVATIVE:
        raise SpecError(f"--page: only derivative has pages, got --workspace {workspace}")
    if curves is not None and workspace is not _Workspace.TRAIN:
        raise SpecError(f"--curves: only training has curves, got --workspace {workspace}")
    _check_targets(out, curves)
    signal.signal(signal.SIGINT, _interrupt)
    if workspace is _Workspace.TRAIN:
        chosen = open_experiment(subject)
        from playground.gui.snapshot import render

        render(chosen, steps, out, size=(width, height), theme=theme.value, curves=curves)
    else:
        start = _race(subject) if workspace is _Workspace.DESCENT else _formula(subject)
        from playground.gui.snapshot import render_workspace

        render_workspace(workspace.value, start, steps, out, (width, height), theme.value, page)
    typer.echo(f"written to {out}" + (f" and {curves}" if curves else ""))


def _interrupt(*_: object) -> None:
    tell("interrupted")
    # Qt swallows what is raised within its calls, and nothing is written yet.
    os._exit(130)


def _check_targets(out: Path, curves: Path | None) -> None:
    from playground.storage.files import check_file, check_folder

    if out.suffix.lower() not in PICTURES:
        raise SpecError(f"--out: must end in one of {', '.join(PICTURES)}, got {out}")
    check_file(out)
    if curves is not None:
        check_folder(curves)


def _race(subject: str) -> Race:
    from playground import presets
    from playground.declarations import suggest
    from playground.descent.race import Race
    from playground.objectives.surface import SURFACES

    if subject in SURFACES.names():
        return Race().on(SURFACES[subject]())
    known = (*SURFACES.names(), *presets.race_names())
    if not subject.endswith(".toml") and subject not in known:
        raise SpecError(f"unknown surface or race {subject!r}{suggest(subject, known)}")
    return open_race(subject)


def _formula(subject: str) -> SavedFormula | str:
    if not subject.endswith(".toml"):
        return subject
    from playground.storage.formulas import read_formula

    return read_formula(Path(subject))


def _parsed_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text)
    if match is None or not all(200 <= int(side) <= 10_000 for side in match.groups()):
        raise SpecError(f"--size: must be WIDTHxHEIGHT, each 200 … 10000, got {text}")
    return int(match[1]), int(match[2])
