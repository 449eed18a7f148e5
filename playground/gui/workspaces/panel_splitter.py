"""Settings at the left, everything else right of them, and the line between that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from playground.gui.theme import scaled

PANEL_WIDTH = 328


class PanelSplitter(QSplitter):
    """Holds a panel of a fixed width and a body that takes the rest, as long as nobody drags."""

    def __init__(self, panel: QWidget, body: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._remembered: QByteArray | None = None
        self.setChildrenCollapsible(False)
        self.addWidget(panel)
        self.addWidget(body)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)

    def recall(self, stored: QSettings, key: str) -> None:
        """Take over what the last window left, for :meth:`arrange`."""
        state = stored.value(key)
        self._remembered = state if isinstance(state, QByteArray) else None

    def arrange(self, width: int) -> bool:
        """Share a width out as it was remembered; False where it was shared out anew."""
        if self._remembered is not None:
            return self.restoreState(self._remembered)
        self.share(width)
        return False

    def share(self, width: int) -> None:
        """Give the panel its first width and the body the rest."""
        panel = scaled(PANEL_WIDTH)
        self.setSizes([panel, max(width - panel, panel)])
