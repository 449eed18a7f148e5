"""What the window knows of a workspace before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.gui.workspaces.workspace import Workspace


@dataclass(frozen=True)
class Entry:
    """A workspace on the rail.

    Attributes
    ----------
    name
        Under which it is remembered and asked for on the command line.
    title
        The short label under its icon.
    icon
        Name of its icon within the family.
    help
        What one does there, in a few words.
    made_by
        ``module:class``, imported at first sight: a start pays only for the workspace it shows.
    """

    name: str
    title: str
    icon: str
    help: str
    made_by: str

    def load(self) -> type[Workspace]:
        """Import the class."""
        module, _, name = self.made_by.partition(":")
        made_by: type[Workspace] = getattr(import_module(module), name)
        return made_by
