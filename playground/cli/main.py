"""The command ``playground``: its parts, and how it ends."""

from __future__ import annotations

import errno
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from playground import __version__
from playground.cli.check import check
from playground.cli.choosing import is_there
from playground.cli.compare import compare
from playground.cli.derive import derive
from playground.cli.descend import descend
from playground.cli.find_rate import find_rate
from playground.cli.listing import list_kinds
from playground.cli.messages import tell
from playground.cli.snapshot import snapshot
from playground.cli.training import replay, train
from playground.errors import PlaygroundError, StorageError

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(train)
app.command()(replay)
app.command()(check)
app.command()(compare)
app.command()(descend)
# A formula may begin with a minus.
app.command(context_settings={"ignore_unknown_options": True})(derive)
app.command("find-rate")(find_rate)
app.command("list")(list_kinds)
app.command()(snapshot)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    A user's mistake gives a line or more on the error output and 2, an interruption 130, a defect
    of the program its traceback, a log file and 1.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if len(given) == 1 and is_there(given[0]) and Path(given[0]).is_file():
            return _open_window(given)
        # No command has a suffix.
        if len(given) == 1 and not given[0].startswith("-") and Path(given[0]).suffix:
            raise StorageError(f"{given[0]}: there is no such file")
        with _interruptible():
            typer.main.get_command(app).main(given, prog_name="playground")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except _Interruption:
        tell("interrupted")
        return 130
    except PlaygroundError as error:
        for line in str(error).splitlines():
            tell(line)
        return 2
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            tell("the output cannot be written: the disk is full")
        else:
            _report(error)
        return 1
    return 0


class _Interruption(BaseException):
    """Ctrl+C; a KeyboardInterrupt is for typer to end on, in a way that its version decides."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl+C raise; commands that keep what is done handle it themselves."""

    def interrupt(*_: object) -> None:
        raise _Interruption

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _report(defect: Exception) -> None:
    from playground.storage.logs import log_defect

    traceback.print_exception(defect)
    try:
        where = f"its traceback is also in {log_defect(defect)}"
    except OSError as error:
        where = f"its traceback could not be logged: {error}"
    tell(f"this is a defect of the program, not a mistake of yours; {where}")


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Watch derivatives train models. Without a command, or with a file, the window opens."""
    if version:
        typer.echo(f"playground {__version__}")
    elif context.invoked_subcommand is None:
        raise typer.Exit(_open_window([]))


def _open_window(arguments: Sequence[str]) -> int:
    from playground.gui.app import main as open_window

    return open_window(arguments)
