"""``playground find-rate``: which learning rates suit an experiment."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playground.cli.choosing import Changes, ExperimentName, open_experiment, with_changes
from playground.cli.messages import show_json
from playground.errors import SpecError

if TYPE_CHECKING:
    from playground.training.rate_finder import RangeTest


def find_rate(
    experiment: ExperimentName,
    changes: Changes = None,
    low: Annotated[float, typer.Option(help="The first rate.")] = 1e-6,
    high: Annotated[float, typer.Option(help="The last rate.")] = 10.0,
    n_rates: Annotated[int, typer.Option("--rates", help="How many rates are tried.")] = 150,
    after: Annotated[
        int, typer.Option(min=0, metavar="STEPS", help="Updates to train before the test.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every loss.")] = False,
) -> None:
    """Try ever higher learning rates and name those that matter.

    Each is used for one update: the steepest and the largest stable one are named, and 2/λmax.
    """
    from playground.training.rate_finder import RateFinder, check_rates
    from playground.training.trainer import Trainer

    check_rates(low, high, n_rates)
    trainer = Trainer(with_changes(open_experiment(experiment), changes or []))
    ending = trainer.run(after) if after else None
    if ending is not None and trainer.step < after:
        raise SpecError(f"--after {after}: the run ends at step {trainer.step}")
    *_, found = RateFinder(trainer, low, high, n_rates).run()
    if as_json:
        show_json(_plain(found))
        return
    _show("steepest", found.steepest, "the loss falls most here", "the loss never fell")
    _show(
        "largest",
        found.largest_stable,
        "the loss is lowest here; above it rises",
        f"the loss had not risen at {found.rates[-1]:g} yet" if len(found.rates) else "none",
    )
    _show(
        "2/λmax",
        found.stability_limit,
        "plain gradient descent is unstable above",
        "known for full batches without dropout only",
    )
    ended = "the loss diverged" if found.has_diverged else "the last rate was tried"
    typer.echo(f"{len(found.rates)} of {found.n_rates} rates: {ended}")


def _show(name: str, rate: float | None, meaning: str, otherwise: str) -> None:
    shown = "–" if rate is None else f"{rate:.3g}"
    typer.echo(f"{name:<10}{shown:<12}{otherwise if rate is None else meaning}")


def _plain(found: RangeTest) -> dict[str, Any]:
    values = {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in asdict(found).items()
        if name != "is_done"
    }
    return {"steepest": found.steepest, "largest_stable": found.largest_stable} | values
