"""Messages above the plots; each stays until somebody has read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from playground.gui.icons import icon, set_icon
from playground.gui.theme import current_theme, scaled, theme_signals

Level = Literal["error", "notice", "success"]

MOST = 3

_ICONS = {"error": "warning-circle", "notice": "info", "success": "check-circle"}
_COLORS = {"error": "danger", "notice": "warning", "success": "success"}


class MessageBar(QWidget):
    """A stack of at most three messages; it takes no room when there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.messages: list[Message] = []
        self.hide()

    def show_message(
        self,
        text: str,
        level: Level = "error",
        buttons: dict[str, Callable[[], None]] | None = None,
        topic: str = "",
    ) -> Message:
        """Show a message; one with the same text or topic is replaced.

        Parameters
        ----------
        text
            What happened and what helps, as plain text.
        level
            Its colour and icon.
        buttons
            What can be done about it at once; each also dismisses the message.
        topic
            What it is about, for :meth:`dismiss_topic`.
        """
        for old in list(self.messages):
            if old.text == text or (topic and old.topic == topic):
                self.dismiss(old)
        message = Message(self, text, level, buttons or {}, topic)
        self.messages.append(message)
        self._layout.addWidget(message)
        if len(self.messages) > MOST:
            self.dismiss(self.messages[0])
        self.show()
        return message

    def dismiss(self, message: Message) -> None:
        """Take a message away."""
        if message in self.messages:
            self.messages.remove(message)
            self._layout.removeWidget(message)
            message.hide()
            message.deleteLater()
        self.setVisible(bool(self.messages))

    def dismiss_topic(self, topic: str) -> None:
        """Take away what was said about a topic that is over."""
        for message in [m for m in self.messages if m.topic == topic]:
            self.dismiss(message)


class Message(QFrame):
    """One line with an icon, what can be done about it, and a cross."""

    def __init__(
        self,
        bar: MessageBar,
        text: str,
        level: Level,
        buttons: dict[str, Callable[[], None]],
        topic: str,
    ) -> None:
        super().__init__(bar)
        self.setObjectName("message")
        self._bar, self.text, self.level, self.topic = bar, text, level, topic
        self._icon = QLabel(self)
        self.label = QLabel(text, self)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(scaled(16), scaled(8), scaled(8), scaled(8))
        row.setSpacing(scaled(12))
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name, action in buttons.items():
            button = self.buttons[name] = QPushButton(name, self)
            button.clicked.connect(action)
            button.clicked.connect(self.dismiss)
            row.addWidget(button)
        self.cross = QToolButton(self)
        self.cross.setToolTip("Dismiss")
        set_icon(self.cross, "x")
        self.cross.clicked.connect(self.dismiss)
        row.addWidget(self.cross)
        theme_signals.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def dismiss(self) -> None:
        """Take this message away."""
        self._bar.dismiss(self)

    @Slot()
    def _restyle(self) -> None:
        theme = current_theme()
        back = {
            "error": theme.danger_soft,
            "notice": theme.warning_soft,
            "success": theme.accent_soft,
        }[self.level]
        self.setStyleSheet(
            f"#message {{ background: {back}; border-bottom: 1px solid {theme.border}; }}"
        )
        size = scaled(18)
        self._icon.setPixmap(icon(_ICONS[self.level], _COLORS[self.level]).pixmap(size, size))
