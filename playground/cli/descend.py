"""``playground descend``: optimizers race down a surface."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playground.cli.choosing import (
    check_agreement,
    listed_optimizers,
    named_path,
    open_race,
    with_changes,
)
from playground.cli.messages import show_json
from playground.errors import FormulaError, SpecError

if TYPE_CHECKING:
    from playground.descent.race import Race
    from playground.descent.report import Result
    from playground.descent.run import RaceRun
    from playground.objectives.surface import Surface

SHOWN_EVERY_S = 0.1
"""Time between two looks at how far a race is."""


def descend(
    surface: Annotated[
        str | None, typer.Option(metavar="NAME", help="A surface; 'playground list surfaces'.")
    ] = None,
    formula: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="A surface of your own, as in 'x^2 + 3*y^2'."),
    ] = None,
    race: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.toml",
            help="A race that was saved, or a ready one; 'playground list races'.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="X,Y", help="Where all begin; else where the surface says."),
    ] = None,
    optimizers: Annotated[
        str | None,
        typer.Option(
            metavar="LIST", help="Who races, as in 'sgd(learning_rate=1e-3), adam'; or with ';'."
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="How far each goes.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the surface's noise and the optimizers' chance.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Change a setting, as in surface.condition=50; may be given many times.",
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Distance to a known minimum that counts as arrived; else a thousandth of the "
            "domain's diagonal."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=named_path,
            metavar="DIR",
            help="Folder for paths.csv, race.toml and summary.json.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Let optimizers descend a surface and show how far they came.

    Without options it is the window's first race. What --set changes comes after the other
    options, from left to right, and must not contradict them.
    """
    if sum(given is not None for given in (surface, formula, race)) > 1:
        raise SpecError("--surface, --formula, --race: must be one of them, got several")
    if tolerance is not None and not 0 < tolerance < math.inf:
        raise SpecError(f"--tolerance: must be finite and > 0, got {tolerance:g}")
    chosen = _with_racers(_race(surface, formula, race), optimizers)
    given: dict[str, dict[str, Any]] = {}
    if surface is not None:
        given[f"--surface {surface}"] = {"surface.kind": surface}
    if formula is not None:
        given[f"--formula {formula}"] = {"surface.kind": "formula", "surface.expression": formula}
    if start is not None:
        chosen = chosen.starting_at(*_point(start))
        given[f"--start {start}"] = {"start": chosen.start}
    if steps:
        chosen = with_changes(chosen, [f"steps={steps}"])
        given[f"--steps {steps}"] = {"steps": steps}
    if seed is not None:
        chosen = with_changes(chosen, [f"seed={seed}"])
        given[f"--seed {seed}"] = {"seed": seed}
    chosen = with_changes(chosen, changes or [])
    check_agreement(chosen, given)
    _check(chosen)
    if out is not None:
        from playground.storage.files import check_folder

        check_folder(out)
    run = _run(chosen)
    _finish(run, tolerance, out, as_json=as_json)


def _race(surface: str | None, formula: str | None, name: str | None) -> Race:
    from playground.descent.race import Race

    if name is not None:
        return open_race(name)
    if formula is not None:
        return Race().on(_typed(formula))
    if surface is not None:
        from playground.objectives.surface import SURFACES

        return Race().on(SURFACES[surface]())
    return Race()


def _typed(formula: str) -> Surface:
    from playground.objectives.surfaces.typed import TypedFormula

    try:
        return TypedFormula.reading(formula)
    except FormulaError as error:
        raise FormulaError(f"--formula: {error}") from None


def _with_racers(race: Race, optimizers: str | None) -> Race:
    from playground.descent.race import racers_of

    if optimizers is None:
        return race
    return race.model_copy(update={"racers": racers_of(*listed_optimizers(optimizers))})


def _point(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        x, y = (float(part) for part in parts)
    except ValueError:
        raise SpecError(f"--start: must be two numbers, as in -1.2,1, got {text!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise SpecError(f"--start: must be two finite numbers, got {text!r}")
    return x, y


def _check(race: Race) -> None:
    """Refuse a race in which somebody cannot take part."""
    if not race.racers:
        raise SpecError("racers: needs at least one")
    refusals = [(racer.name, race.refusal(racer)) for racer in race.racers]
    lines = [f"{name} cannot descend this: {why}" for name, why in refusals if why]
    if lines:
        raise SpecError("\n".join(lines))


def _run(race: Race) -> RaceRun:
    from playground.cli.bars import bar
    from playground.descent.run import RaceRun

    run = RaceRun(race)
    with bar() as progress:
        task = progress.add_task("steps", total=race.steps, note="")
        while run.advance(SHOWN_EVERY_S):
            progress.update(task, completed=run.n_known, refresh=True)
    run.take_times()
    return run


def _finish(run: RaceRun, tolerance: float | None, out: Path | None, *, as_json: bool) -> None:
    from playground.storage.races import save_race, summary

    if as_json:
        show_json(summary(run, tolerance))
    else:
        _show(run, tolerance)
    if out is not None:
        save_race(run, out, tolerance)
        if not as_json:
            typer.echo(f"written to {out}")


def _show(run: RaceRun, tolerance: float | None) -> None:
    from playground.descent.report import results
    from playground.storage.races import names

    found = results(run, tolerance)
    labels = names(run.race)
    width = max(len("optimizer"), *map(len, labels))

    def line(label: str, *cells: str) -> None:
        typer.echo(f"{label:<{width}}" + "".join(f"  {cell:>12}" for cell in cells).rstrip())

    x, y = run.race.start
    surface = run.race.surface
    what = getattr(surface, "expression", surface.label())
    typer.echo(f"{what} from ({x:g}, {y:g}), {run.race.steps:,} steps")
    line("optimizer", "loss", "distance", "gradient", "evaluations", "steps to", "evaluations")
    line("", "", "", "", "", "tolerance", "to tolerance")
    for label, result in zip(labels, found.racers, strict=True):
        line(label, *_cells(result))
    if surface.minima:
        typer.echo(f"tolerance: within {found.tolerance:g} of a known minimum")
    for label, result in zip(labels, found.racers, strict=True):
        if result.ending == "diverged":
            typer.echo(f"{label} diverged: {result.reason}")


def _cells(result: Result) -> list[str]:
    def text(value: Any) -> str:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "–"
        return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"

    return [
        text(result.loss),
        text(result.distance),
        text(result.gradient_norm),
        text(result.evaluations),
        text(result.steps_to_tolerance),
        text(result.evaluations_to_tolerance),
    ]
