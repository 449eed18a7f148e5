"""The page of rules: the derivation step by step, and the same on a computation graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from playground.gui.dock_area import Arrangement
from playground.gui.labs.derivative.graph_dock import GraphDock
from playground.gui.labs.derivative.page import Page, Table
from playground.gui.labs.derivative.steps_dock import StepsDock
from playground.gui.plots.view_dock import ViewDock
from playground.gui.workspaces.workspace import Offer


class RulesPage(Page):
    """The derivation above the computation graph."""

    TITLE: ClassVar[str] = "Rules"
    HELP: ClassVar[str] = "The rules of differentiation, and automatic differentiation node by node"
    PERIOD_MS: ClassVar[int] = 900
    ARRANGEMENT: ClassVar[Arrangement] = Arrangement(
        columns=(("derivative_steps", "derivative_graph"),),
        otherwise="derivative_steps",
        widths=(100,),
        heights=((48, 52),),
    )

    def make_docks(self) -> Sequence[ViewDock]:
        self.steps, self.graph = StepsDock(self.study), GraphDock(self.study)
        self.graph.moved.connect(self.offers_changed)
        return [self.steps, self.graph]

    def tick(self) -> bool:
        if self.graph.n_steps == len(self.graph.steps):
            self.graph.rewind()
            return True
        self.graph.step(1)
        return self.graph.n_steps < len(self.graph.steps)

    def offers(self) -> Mapping[str, Offer]:
        graph = self.graph
        is_first, is_last = not graph.n_steps, graph.n_steps >= len(graph.steps)
        return {
            "play": Offer(self.ticker.toggle, help="Carry the derivative from node to node"),
            "step": Offer(
                lambda: graph.step(1), "Next node", "Derive the next node", is_possible=not is_last
            ),
            "step_back": Offer(
                lambda: graph.step(-1), "Node before", "Go a node back", is_possible=not is_first
            ),
            "reset": Offer(graph.rewind, "First node", "Begin again at the first node"),
        }

    def tables(self) -> Mapping[str, Table]:
        nodes = self.graph.trace.nodes
        names = ("name", "operation", "value", "tangent", "adjoint")
        columns = {name: np.array([getattr(node, name) for node in nodes]) for name in names}
        columns["expression"] = np.array([str(node.expression) for node in nodes])
        return {"nodes": columns}

    def show_after(self, steps: int) -> None:
        self.graph.step(steps)

    def is_settled(self) -> bool:
        return self.steps.is_settled

    def close(self) -> None:
        self.steps.close_simplifier()
