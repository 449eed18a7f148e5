"""Optimizers side by side: what is compared on the left, what comes of it on the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from playground.comparison import Results
from playground.comparison.bands import AXES
from playground.declarations import with_value
from playground.errors import PlaygroundError, SpecError
from playground.gui import memory
from playground.gui.comparison.plots import CurvesChart, SweepChart
from playground.gui.comparison.setup import Setup
from playground.gui.comparison.tables import RunsTable, SummaryTable
from playground.gui.comparison.thread import CompareThread, News
from playground.gui.file_choice import file_to_open
from playground.gui.plots.formats import count, number
from playground.gui.plots.images import write_picture
from playground.gui.session import Session
from playground.gui.theme import scaled


class CompareDialog(QDialog):
    """Compares optimizers on the session's experiment; the training window stays usable.

    Attributes
    ----------
    results
        Of the comparison that was started last; None before.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare optimizers")
        self._session = session
        self._thread: CompareThread | None = None
        self.results: Results | None = None
        self.setup = Setup(session, self)
        self.curves, self.sweep = CurvesChart(), SweepChart()
        self.summary = SummaryTable(self)
        self.runs = RunsTable(self)
        self.tabs = QTabWidget(self)
        self.axis, self.log_x, self.log_y = QComboBox(self), QCheckBox("Log x"), QCheckBox("Log y")
        self.start_button = QPushButton("Compare", self)
        self.progress = QProgressBar(self)
        self.note = QLabel(self)
        self.take_button = QPushButton("Use this one", self)
        self.open_button = QPushButton("Open…", self)
        self.export_button = QPushButton("Export…", self)
        self._build()
        self._connect()
        self._show_state()

    def _build(self) -> None:
        for axis, label in AXES.items():
            self.axis.addItem(f"by {label.rstrip('s')}", axis)
        self.log_y.setChecked(True)
        self.sweep.set_log("x", True)
        for chart in (self.curves, self.sweep):
            chart.plot.show_message("Choose optimizers and press Compare.")
        self.start_button.setDefault(True)
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.tabs.addTab(self._curves_page(), "Curves")
        self.tabs.addTab(self.sweep.canvas, "Sweep")
        self.tabs.addTab(self.summary, "Table")
        self.tabs.addTab(self.runs, "Runs")
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setChildrenCollapsible(False)
        for side, margins in ((self._left(), (0, 0, 8, 0)), (self._right(), (8, 0, 0, 0))):
            side.setContentsMargins(*map(scaled, margins))
            splitter.addWidget(side)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([scaled(380), scaled(760)])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(scaled(16),) * 4)
        layout.addWidget(splitter)
        self.resize(scaled(1180), scaled(680))

    def _curves_page(self) -> QWidget:
        page = QWidget(self)
        row = QHBoxLayout()
        row.setSpacing(scaled(12))
        for control in (self.axis, self.log_x, self.log_y):
            row.addWidget(control)
        row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, scaled(8), 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.curves.canvas, 1)
        return page

    def _left(self) -> QWidget:
        return _column(self.setup, self.start_button)

    def _right(self) -> QWidget:
        close = QPushButton("Close", self)
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(scaled(8))
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.export_button)
        buttons.addStretch(1)
        for button in (self.take_button, close):
            buttons.addWidget(button)
        for button in (self.open_button, self.export_button, self.take_button, close):
            button.setAutoDefault(False)
        page = _column(self.tabs, self.progress, self.note)
        layout = page.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addLayout(buttons)
        return page

    def _connect(self) -> None:
        self.start_button.clicked.connect(self._on_start_or_cancel)
        self.take_button.clicked.connect(self.take)
        self.open_button.clicked.connect(self._choose_file)
        self.export_button.clicked.connect(self._choose_folder)
        self.summary.itemSelectionChanged.connect(self._show_state)
        self.axis.currentIndexChanged.connect(self._on_axis)
        self.log_x.toggled.connect(self._on_axis)
        self.log_y.toggled.connect(self._on_axis)
        self.curves.canvas.restyled.connect(self.summary.restyle)

    # --- running -------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether runs are under way."""
        return self._thread is not None

    @Slot()
    def _on_start_or_cancel(self) -> None:
        if self._thread is not None:
            self._thread.cancel()
            self.start_button.setEnabled(False)
            self._say("Ending the runs …")
        else:
            self.start()

    def start(self) -> None:
        """Compare what the form says."""
        try:
            comparison = self.setup.comparison()
        except SpecError as error:
            self._say(str(error), is_error=True)
            return
        self.results = Results(comparison)
        self.runs.begin(comparison)
        self._thread = thread = CompareThread(comparison)
        thread.progressed.connect(self._on_progressed)
        thread.refused.connect(self._on_refused)
        thread.crashed.connect(self._session.crashed)
        thread.finished.connect(self._on_finished)
        self._say(f"{len(comparison.jobs)} runs of {count(comparison.steps)} steps on all cores")
        thread.start()
        self._show_state()

    @Slot(object)
    def _on_progressed(self, news: News) -> None:
        assert self.results is not None
        self.progress.setValue(round(1000 * news.share))
        has_more = len(news.curves) > len(self.results.curves)
        self.results.curves = news.curves
        self.runs.follow(news, self.results.comparison.steps)
        if has_more:
            self._show_results(self.results)

    @Slot(str)
    def _on_refused(self, message: str) -> None:
        self.results = None
        self._say(message, is_error=True)

    @Slot()
    def _on_finished(self) -> None:
        assert self._thread is not None
        self._thread.wait()
        self._thread = None
        self.start_button.setEnabled(True)
        if self.results is not None:
            curves = self.results.curves.values()
            failed = sum(c.outcome == "failed" for c in curves)
            whole = sum(c.outcome in ("finished", "diverged") for c in curves)
            text = f"{whole} of {len(self.results.comparison.jobs)} runs are done"
            self._say(f"{text}, {failed} failed: see Runs" if failed else text, bool(failed))
        self._show_state()

    # --- showing -------------------------------------------------------------------------------

    def _show_results(self, results: Results) -> None:
        self.curves.draw(results)
        self.sweep.draw(results)
        self.summary.show_results(results)
        self._show_state()

    @Slot()
    def _on_axis(self) -> None:
        self.curves.show_axis(self.axis.currentData())
        self.curves.set_log("x", self.log_x.isChecked())
        for chart in (self.curves, self.sweep):
            chart.set_log("y", self.log_y.isChecked())
            if self.summary.results is not None:
                chart.draw(self.summary.results)

    @Slot()
    def _show_state(self) -> None:
        self.start_button.setText("Cancel" if self.is_running else "Compare")
        self.setup.setEnabled(not self.is_running)
        self.progress.setVisible(self.is_running)
        self.open_button.setEnabled(not self.is_running)
        self.export_button.setEnabled(bool(self.summary.rows) and not self.is_running)
        row = self.summary.chosen()
        self.take_button.setEnabled(row is not None)
        if row is not None:
            value = "" if row.value is None else f" · {number(row.value)}"
            self.take_button.setText(f"Use {row.optimizer.partition('(')[0]}{value}")
        else:
            self.take_button.setText("Use this one")

    def _say(self, text: str, is_error: bool = False) -> None:
        self.note.setObjectName("danger" if is_error else "muted")
        self.note.style().unpolish(self.note)
        self.note.style().polish(self.note)
        self.note.setText(text)

    # --- opening, taking and exporting ---------------------------------------------------------

    @Slot()
    def take(self) -> None:
        """Give the experiment the chosen optimizer with its value of the swept setting."""
        row, results = self.summary.chosen(), self.summary.results
        if row is None or results is None:
            return
        comparison = results.comparison
        optimizer = comparison.optimizers[comparison.labels.index(row.optimizer)]
        if row.value is not None and comparison.sweep is not None:
            optimizer = with_value(optimizer, comparison.sweep.setting, row.value)
        try:
            self._session.set("optimizer", optimizer.model_dump(mode="json"))
        except SpecError as error:
            self._say(str(error), is_error=True)
        else:
            self._say(f"The experiment uses {row.optimizer} now.")

    @Slot()
    def _choose_file(self) -> None:
        path = file_to_open(self, "Open comparison", "experiments", "Comparisons (*.toml)")
        if path is not None:
            self.open_file(path)

    def open_file(self, path: Path) -> None:
        """Show the settings of a saved comparison, and open its experiment in the window."""
        from playground.storage.comparisons import read_comparison

        try:
            comparison = read_comparison(path)
        except PlaygroundError as error:
            self._say(str(error), is_error=True)
            return
        memory.remember_file(path)
        if comparison.experiment != self._session.experiment:
            self._session.load(comparison.experiment)
        self.setup.show_comparison(comparison)
        self._say(f"{path.name} and its experiment are open.")

    @Slot()
    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for tables and pictures")
        if folder:
            self.export(Path(folder))

    def export(self, folder: Path) -> None:
        """Write tables, settings and pictures into a folder."""
        from playground.storage.comparisons import save_comparison
        from playground.storage.files import replacing

        results = self.summary.results
        assert results is not None
        try:
            save_comparison(results, folder)
            charts = {"curves": self.curves} | (
                {"sweep": self.sweep} if results.comparison.sweep else {}
            )
            for name, chart in charts.items():
                for suffix in (".png", ".svg"):
                    with replacing(folder / f"{name}{suffix}") as path:
                        write_picture(path, chart.canvas, name, chart.paint)
        except (PlaygroundError, OSError) as error:
            self._say(str(error), is_error=True)
        else:
            self._say(f"Written to {folder}")

    def done(self, result: int) -> None:
        """Close once the processes have ended."""
        if self._thread is not None:
            self._thread.cancel()
            self._thread.wait()
        super().done(result)


def _column(*widgets: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(scaled(8))
    for index, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if index == 0 else 0)
    return page
