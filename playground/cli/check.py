"""``playground check``: whether the gradient of an experiment is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from playground.cli.choosing import Changes, ExperimentName, open_experiment, with_changes
from playground.cli.messages import show_json

if TYPE_CHECKING:
    from playground.training.gradient_check import GradientCheck, LayerCheck


def check(
    experiment: ExperimentName,
    changes: Changes = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, when all is done.")] = False,
) -> None:
    """Check an experiment's gradient against differences.

    Compared are reverse mode, forward mode and differences at the first weights, layer by layer.
    Ends with 1 where the relative error of a layer exceeds its bound.
    """
    from playground.training.gradient_check import GradientCheck
    from playground.training.trainer import Trainer

    chosen = with_changes(open_experiment(experiment), changes or [])
    made = GradientCheck.of(Trainer(chosen))
    results = _as_json(made) if as_json else _as_table(made)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _whole_layers(check: GradientCheck) -> Iterator[LayerCheck]:
    return (result for result in check.run() if result.is_done)


def _as_table(check: GradientCheck) -> list[LayerCheck]:
    """Write a line as soon as a layer is checked."""
    from playground.training.gradient_check import BOUND

    width = max(len("layer"), *map(len, check.layers))

    def line(layer: str, checked: str, error: str, *rest: str) -> None:
        numbers = "".join(f"  {cell:<13}" for cell in rest)
        typer.echo(f"{layer:<{width}}  {checked:>15}  {error:>9}{numbers}".rstrip())

    line("layer", "checked", "error", "reverse mode", "compared", "at")
    results = []
    for result in _whole_layers(check):
        results.append(result)
        checked = f"{result.n_done:,} of {result.n_parameters:,}"
        cells = [f"{result.analytic:.6g}", f"{result.numeric:.6g}", result.entry]
        verdict = "" if result.passed else "  WRONG"
        line(result.layer, checked, f"{result.error:.1e}", *cells, verdict)
    n_kinks, n_wrong = sum(r.n_kinks for r in results), sum(not r.passed for r in results)
    verdict = f"{n_wrong} of {len(results)} layers exceed" if n_wrong else "every layer is within"
    typer.echo(f"{verdict} the bound of {BOUND:g}; batch of {check.n_rows}, float64")
    if n_kinks:
        typer.echo(f"{n_kinks} entries compared with forward mode alone: the loss has a kink there")
    return results


def _as_json(check: GradientCheck) -> list[LayerCheck]:
    from playground.training.gradient_check import BOUND

    results = list(_whole_layers(check))
    whole = {
        "passed": all(result.passed for result in results),
        "bound": BOUND,
        "n_rows": check.n_rows,
        "layers": [asdict(result) | {"passed": result.passed} for result in results],
    }
    show_json(whole)
    return results
