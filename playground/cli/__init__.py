"""The command line: the same engine without a window, and the way to open the window."""

from playground.cli.main import main

__all__ = ["main"]
