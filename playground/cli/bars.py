"""Progress bars on the error output, where somebody looks at it."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


def bar() -> Progress:
    """Return a bar that is shown on terminals only and refreshed by whoever updates it.

    Its tasks have a field ``note``, a text beside the numbers. rich's own refreshing thread would
    take the interpreter from the work that is shown.
    """
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    )
