"""A mouse, and keys, for the canvases of the laboratories."""

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def drag(canvas, view, start, end):
    """Press the mouse at one point of a view, move it to another and let it go."""
    first, last = pixel_of(canvas, view, *start), pixel_of(canvas, view, *end)
    mouse(canvas, QEvent.Type.MouseMove, first, NONE, NONE)
    mouse(canvas, QEvent.Type.MouseButtonPress, first, LEFT, LEFT)
    for share in (0.1, 0.4, 0.8, 1.0):
        mouse(canvas, QEvent.Type.MouseMove, first + (last - first) * share, NONE, LEFT)
    mouse(canvas, QEvent.Type.MouseButtonRelease, last, LEFT, NONE)


def click(canvas, view, x, y):
    at = pixel_of(canvas, view, x, y)
    mouse(canvas, QEvent.Type.MouseMove, at, NONE, NONE)
    mouse(canvas, QEvent.Type.MouseButtonPress, at, LEFT, LEFT)
    mouse(canvas, QEvent.Type.MouseButtonRelease, at, LEFT, NONE)


def pixel_of(canvas, view, x, y):
    return canvas.mapFromScene(view.mapViewToScene(QPointF(x, y)))


def mouse(canvas, kind, position, button, buttons):
    viewport = canvas.viewport()
    place = QPointF(viewport.mapToGlobal(position))
    modifiers = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, QPointF(position), place, button, buttons, modifiers)
    QApplication.sendEvent(viewport, event)


def retype(qtbot, field, text):
    """Replace the text of a formula box, key by key."""
    field.box.setFocus()
    field.box.selectAll()
    qtbot.keyClicks(field.box, text)
