"""A dock with a canvas: what plots of every workspace share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QPainter

from playground.gui.plots.canvas import Canvas, Plot
from playground.gui.plots.view_dock import ViewDock
from playground.gui.theme import Theme


class CanvasDock(ViewDock):
    """A canvas under a header with controls."""

    def __init__(self, name: str, title: str, canvas: Canvas | None = None) -> None:
        self.canvas = canvas or Canvas()
        super().__init__(name, title, self.canvas)
        self.canvas.restyled.connect(self._on_restyled)
        self.canvas.autoscale_asked.connect(self.autoscale)

    def plots(self) -> list[Plot]:
        """Return the plots that it shows now."""
        return [plot for plot in self.canvas.plots() if plot.isVisible()]

    @Slot()
    def autoscale(self) -> None:
        """Let all axes follow the data again."""
        for plot in self.plots():
            plot.follow()
        self.refresh()

    # --- for each kind of plot ------------------------------------------------------------------

    def restyle(self, theme: Theme) -> None:
        """Give the items a theme's colours."""

    # --------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_restyled(self, theme: Theme) -> None:
        self.restyle(theme)
        self.refresh()

    @contextmanager
    def _exporting(self) -> Iterator[None]:
        """Draw as if nothing moved, and symbols as shapes instead of as ready pictures."""
        items = [item for item in self.canvas.items() if hasattr(item, "setExportMode")]
        self._is_exporting = True
        for plot in self.plots():
            plot.hover(None)
        self.refresh()
        for item in items:
            item.setExportMode(True, {"antialias": True, "resolutionScale": 1.0})
        try:
            yield
        finally:
            for item in items:
                item.setExportMode(False)
            self._is_exporting = False
            self.refresh()

    def paint_picture(self, painter: QPainter) -> None:
        size = self.canvas.size()
        everything = QRectF(0, 0, size.width(), size.height())
        self.canvas.render(painter, everything, self.canvas.viewport().rect())
