"""Parts of a panel that fold away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from playground.gui.icons import set_icon
from playground.gui.theme import scaled
from playground.gui.widgets.labels import column


class Fold(QWidget):
    """A title that opens and closes what is below it.

    Parameters
    ----------
    title
        What the part is called.
    is_section
        Whether it is a main part, with a strong title and an indented body; otherwise a quiet
        "More" within one.
    """

    toggled = Signal(bool)

    def __init__(
        self, title: str, parent: QWidget | None = None, *, is_section: bool = False
    ) -> None:
        super().__init__(parent)
        self.title = title
        self._is_open = False
        self._forced = False
        self.header = FoldHeader(title, self)
        self.header.setObjectName("section" if is_section else "more")
        self.header.clicked.connect(self._toggle)
        self.summary = QLabel(self.header)
        self.summary.setObjectName("muted")
        self.summary.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self.header)
        row.setContentsMargins(0, 0, scaled(16), 0)
        row.addStretch(1)
        row.addWidget(self.summary)
        self.body = QWidget(self)
        self.content = column(self.body, 6)
        if is_section:
            self.content.setContentsMargins(scaled(16), scaled(4), scaled(16), scaled(12))
        layout = column(self, 0 if is_section else 4)
        layout.addWidget(self.header)
        layout.addWidget(self.body)
        self._show()

    @property
    def is_open(self) -> bool:
        """Whether the user wants the body to be seen."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Open or close."""
        if is_open != self._is_open:
            self._is_open = is_open
            self._show()
            self.toggled.emit(is_open)

    def force_open(self, forced: bool) -> None:
        """Show the body whatever the user chose, while something is searched for."""
        self._forced = forced
        self._show()

    @Slot()
    def _toggle(self) -> None:
        self.set_open(not self._is_open)

    def _show(self) -> None:
        is_visible = self._is_open or self._forced
        self.body.setVisible(is_visible)
        set_icon(self.header, "caret-down" if is_visible else "caret-right", "muted")


class FoldHeader(QToolButton):
    """The clickable title; Return toggles, the arrow keys open and close."""

    def __init__(self, title: str, parent: Fold) -> None:
        super().__init__(parent)
        self._fold = parent
        self.setText(title)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(scaled(12), scaled(12)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Right:
                self._fold.set_open(True)
            case Qt.Key.Key_Left:
                self._fold.set_open(False)
            case _:
                super().keyPressEvent(event)
