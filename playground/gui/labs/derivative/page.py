"""A page of the workspace: plots in docks, beside a panel, with something that can be played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from playground.gui.dock_area import Arrangement, DockArea
from playground.gui.labs.derivative.playing import Ticker
from playground.gui.labs.derivative.study import Study
from playground.gui.plots.view_dock import ViewDock
from playground.gui.workspaces.workspace import Offer

Table = Mapping[str, NDArray[Any]]
"""Columns of equal length."""


class Page(QObject):
    """One tab of the workspace, made at first sight.

    Attributes
    ----------
    area
        Its docks.
    ticker
        What play does.
    """

    offers_changed = Signal()
    crashed = Signal(object)
    """An exception that is a defect of the program."""

    TITLE: ClassVar[str]
    HELP: ClassVar[str]
    IS_PLANE: ClassVar[bool] = False
    """Whether it is about the function of two variables."""

    PERIOD_MS: ClassVar[int]
    """Time between two steps of playing."""
    ARRANGEMENT: ClassVar[Arrangement]

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        docks = self.make_docks()
        self.ticker = Ticker(self.PERIOD_MS, self.tick, docks[0])
        self.area = DockArea(docks, self.ARRANGEMENT)

    def make_docks(self) -> Sequence[ViewDock]:
        """Return its docks."""
        raise NotImplementedError

    def tick(self) -> bool:
        """Take one step of playing; False when it was the last."""
        raise NotImplementedError

    @classmethod
    def name(cls) -> str:
        """Return the name under which its layout is remembered."""
        return cls.__name__.removesuffix("Page").lower()

    def offers(self) -> Mapping[str, Offer]:
        """Return what play, step, step back and reset do here."""
        raise NotImplementedError

    def tables(self) -> Mapping[str, Table]:
        """Return the numbers that its plots are drawn from: by file, by column."""
        raise NotImplementedError

    def show_after(self, steps: int) -> None:
        """Show what there is to see after some steps, for a picture."""

    def is_settled(self) -> bool:
        """Whether everything that it shows is there."""
        return True

    def close(self) -> None:
        """Stop its threads."""

    def first_focus(self) -> QWidget | None:
        """Return what has the keyboard when the page is shown."""
        return None
