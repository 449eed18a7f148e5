"""A dock with a view: what views of every workspace share, and how they are exported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QDockWidget, QWidget

from playground.gui.plots.header import Header
from playground.gui.plots.images import write_picture


class ViewDock(QDockWidget):
    """A view under a header with controls; it costs nothing while nobody can see it."""

    def __init__(self, name: str, title: str, view: QWidget) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.header = Header(self, title)
        self.setTitleBarWidget(self.header)
        self.setWidget(view)
        self._is_shown = self._is_exporting = False
        self.visibilityChanged.connect(self._on_visibility_changed)

    @property
    def is_shown(self) -> bool:
        """Whether somebody can see it: neither closed nor behind another tab."""
        return self._is_shown

    def export_image(self, path: Path) -> None:
        """Write what is seen as a PNG or SVG file, by the path's suffix.

        Raises
        ------
        ValueError
            Where the suffix is another one.
        OSError
            Where the file cannot be written.
        """
        with self._exporting():
            write_picture(path, self.pictured(), self.windowTitle(), self.paint_picture)

    # --- for each kind of view ------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Draw the present moment again, if somebody can see it."""
        raise NotImplementedError

    def pictured(self) -> QWidget:
        """Return the widget that an exported picture shows."""
        return self.widget()

    def paint_picture(self, painter: QPainter) -> None:
        """Paint what an exported picture shows."""
        self.pictured().render(painter, QPoint())

    @contextmanager
    def _exporting(self) -> Iterator[None]:
        """Draw as if nothing moved."""
        self._is_exporting = True
        try:
            yield
        finally:
            self._is_exporting = False

    # --------------------------------------------------------------------------------------------

    @Slot(bool)
    def _on_visibility_changed(self, visible: bool) -> None:
        self._is_shown = visible
        self.refresh()
