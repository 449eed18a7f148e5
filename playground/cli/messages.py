"""What the command line says beside its results."""

import json
from typing import Any

import typer


def tell(message: str) -> None:
    """Show one line on the error output."""
    typer.echo(f"playground: {message}", err=True)


def show_json(value: Any) -> None:
    """Show plain data as JSON; a number that is not finite is null, which every reader takes."""
    from playground.storage.jsonable import jsonable

    typer.echo(json.dumps(jsonable(value), indent=2, allow_nan=False))
