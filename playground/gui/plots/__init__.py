"""The plots, each in a dock of its own."""

from playground.gui.plots.dock import PlotDock
from playground.gui.plots.gradient_norms import GradientNorms
from playground.gui.plots.histograms import HistogramsDock
from playground.gui.plots.inside_view import InsideDock
from playground.gui.plots.internals import InternalsDock
from playground.gui.plots.loss_curves import LossCurves
from playground.gui.plots.network_view import NetworkDock
from playground.gui.plots.pacing import Pacer
from playground.gui.plots.task_view import TaskDock
from playground.gui.session import Session

__all__ = ["PlotDock", "docks"]


def docks(session: Session) -> list[PlotDock]:
    """Return a dock for each plot, in the default order; the session feeds them from now on."""
    made: list[PlotDock] = [
        TaskDock(session),
        LossCurves(session),
        HistogramsDock(session),
        GradientNorms(session),
        NetworkDock(session),
        InsideDock(session),
        InternalsDock(session),
    ]
    Pacer(session, made, parent=made[0])
    return made
