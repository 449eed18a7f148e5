"""A box for a typed formula, read at every keystroke."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from playground.calculus.formula import Formula, parse
from playground.calculus.gallery import Example
from playground.errors import FormulaError
from playground.gui.icons import set_icon
from playground.gui.theme import current_theme, scaled, tabular_font, theme_signals
from playground.gui.widgets.editor import TextBox

HINT = "log is the natural logarithm, −x^2 is −(x²), 2x and 3sin(x) are products"
FACTOR = 1.25
"""Size of the typed letters, as a multiple of the surrounding text: it is read by a whole room."""


class FormulaField(QWidget):
    """A formula with its name before it, a gallery behind it, and what is wrong with it below.

    While the text cannot be read the last good formula stays.

    Parameters
    ----------
    name
        What stands before the box, such as ``f(x) =``.
    variables
        The arguments that a formula may use.
    formula
        What it shows first.
    gallery
        Returns the examples by group; called when the menu opens for the first time; None for no
        gallery.

    Attributes
    ----------
    formula
        The last good one.
    error
        Why the text cannot be read; None where it can.
    """

    edited = Signal(object)
    """A new good formula was typed; showing one does not emit."""
    example_chosen = Signal(object)
    """An example of the gallery, whose formula is shown now."""

    def __init__(
        self,
        name: str,
        variables: Sequence[str],
        formula: str,
        gallery: Callable[[], Mapping[str, Sequence[Example]]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._variables = tuple(variables)
        self._gallery = gallery
        self.formula: Formula = parse(formula, self._variables)
        self.error: FormulaError | None = None
        self.name = QLabel(name, self)
        self.box = FormulaBox(self)
        self.box.setAccessibleName(f"Formula {name.removesuffix('=').strip()}")
        self.box.textEdited.connect(self._on_typed)
        self.box.given_up.connect(self._restore)
        self.note = QLabel(HINT, self)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.gallery = QToolButton(self)
        self.gallery.setVisible(gallery is not None)
        self.gallery.setText("Gallery")
        self.gallery.setToolTip("Functions worth a look")
        self.gallery.setMenu(self.menu)
        self.gallery.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.gallery.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.gallery, "books")
        self._lay_out()
        theme_signals.changed.connect(self._fit)
        # Before its style is asked for: that would bring the font of the time back.
        self._fit()
        self._restore()

    def show_formula(self, formula: Formula) -> None:
        """Show a formula that is good already, as after taking a change back."""
        self.formula = formula
        if self.error is not None or self.box.text() != formula.text:
            self._restore()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.box, 0, 1)
        grid.addWidget(self.gallery, 0, 2)
        grid.addWidget(self.note, 1, 1, 1, 2)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        # A long message must not make the window wide; in a narrow place it takes two lines.
        self.note.setWordWrap(True)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._grid = grid

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        try:
            formula = parse(text, self._variables)
        except FormulaError as error:
            self._show_error(error)
            return
        self._show_error(None)
        is_new = formula != self.formula
        self.formula = formula
        if is_new:
            self.edited.emit(formula)

    @Slot()
    def _restore(self) -> None:
        self.box.show_text(self.formula.text)
        self.box.end(False)
        self._show_error(None)

    def _show_error(self, error: FormulaError | None) -> None:
        self.error = error
        self.box.mark(error.column if error else None, is_invalid=error is not None)
        text = str(error) if error else HINT
        self.note.setText(text)
        self.note.setToolTip(text if error else "")
        self.note.setObjectName("danger" if error else "muted")
        self.note.style().polish(self.note)
        self.box.setAccessibleDescription(text)

    @Slot()
    def _fill_menu(self) -> None:
        if self.menu.actions() or self._gallery is None:
            return
        for group, examples in self._gallery().items():
            menu = self.menu.addMenu(group)
            menu.setToolTipsVisible(True)
            for example in examples:
                action = menu.addAction(f"{example.title}\t{example.text}")
                action.setToolTip(example.remark)
                action.setData(example)
                action.triggered.connect(self._on_chosen)
        self.menu.addSeparator()
        self.menu.addAction("All with their derivatives…").triggered.connect(self._open_table)

    @Slot()
    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.choose(action.data())

    @Slot(object)
    def choose(self, example: Example) -> None:
        """Take an example of the gallery over."""
        self.formula = example.formula
        self._restore()
        self.example_chosen.emit(example)

    @Slot()
    def _open_table(self) -> None:
        from playground.gui.dialogs.gallery import GalleryDialog

        assert self._gallery is not None
        dialog = GalleryDialog(self._gallery(), self)
        dialog.chosen.connect(self.choose)
        dialog.open()

    @Slot()
    def _fit(self) -> None:
        for widget in (self.name, self.box):
            widget.setFont(tabular_font(widget, FACTOR))
        self._grid.setHorizontalSpacing(scaled(8))


class FormulaBox(TextBox):
    """Marks the column at which reading failed; Escape gives up what was typed."""

    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column: int | None = None
        self.setMaxLength(2000)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def mark(self, column: int | None, *, is_invalid: bool) -> None:
        """Mark a column, from 1, or none."""
        self.column = column
        self.setProperty("invalid", is_invalid)
        font = self.font()
        self.style().polish(self)
        # Polishing brings back the font of the first time.
        self.setFont(font)
        self.update()

    def marked_x(self) -> float | None:
        """Return where the marked column begins, in pixels from the left."""
        if self.column is None:
            return None
        metrics, before = self.fontMetrics(), self.text()[: self.column - 1]
        to_cursor = metrics.horizontalAdvance(self.text()[: self.cursorPosition()])
        origin = self.cursorRect().center().x() - to_cursor
        return float(origin + metrics.horizontalAdvance(before))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undoing = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
            if any(event.matches(key) for key in undoing):
                # Every good text is a change of the workspace, which takes it back with the rest.
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a wave under the marked column."""
        super().paintEvent(event)
        x = self.marked_x()
        if x is None or self.column is None:
            return
        marked = self.text()[self.column - 1 : self.column] or " "
        width = max(self.fontMetrics().horizontalAdvance(marked), scaled(8))
        base = self.height() - scaled(6)
        step, height = scaled(3), scaled(2)
        points = [
            QPointF(x + i * step, base - (i % 2) * height) for i in range(round(width / step) + 1)
        ]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(current_theme().danger), max(1.5, scaled(1.5))))
        painter.drawPolyline(QPolygonF(points))
