"""The workspaces of the window; a new one is one line in ``WORKSPACES``."""

from playground.gui.workspaces.entry import Entry
from playground.gui.workspaces.workspace import Offer, Workspace

__all__ = ["WORKSPACES", "Entry", "Offer", "Workspace"]

WORKSPACES = (
    Entry(
        name="train",
        title="Train",
        icon="tree-structure",
        help="Watch an optimizer train a model on data",
        made_by="playground.gui.workspaces.train:TrainWorkspace",
    ),
    Entry(
        name="descent",
        title="Descent",
        icon="path",
        help="Race optimizers down a surface",
        made_by="playground.gui.labs.descent.workspace:DescentWorkspace",
    ),
    Entry(
        name="derivative",
        title="Derivative",
        icon="math-operations",
        help="See what the derivative of a typed formula is",
        made_by="playground.gui.labs.derivative.workspace:DerivativeWorkspace",
    ),
)
"""In the order of the rail and of their keys, Ctrl+1 first."""
