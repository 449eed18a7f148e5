"""What the command line says beside its results."""

import typer


def tell(message: str) -> None:
    """Show one line on the error output."""
    typer.echo(f"playground: {message}", err=True)
