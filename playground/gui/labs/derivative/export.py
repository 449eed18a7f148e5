"""The export of the derivative workspace: pictures, and the numbers behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QWidget

from playground.gui.dialogs.export_dialog import Choice, ExportDialog
from playground.gui.dialogs.exporting import Job

if TYPE_CHECKING:
    from playground.gui.labs.derivative.page import Page, Table


class DerivativeExportDialog(ExportDialog):
    """Exports what the page shows now."""

    CHOICES: ClassVar = (
        Choice("numbers.csv", "Numbers", "CSV, what the plots are drawn from"),
        Choice("plots.png", "Plots in sight", "PNG"),
        Choice("plots.svg", "Plots in sight", "SVG"),
    )
    FIRST: ClassVar = ("numbers.csv", "plots.png")
    MEMORY: ClassVar = "derivative_export"

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        self._page = page
        super().__init__(page.area.docks, parent)

    def has(self, key: str) -> bool:
        return key != "numbers.csv" or bool(self._page.tables())

    def jobs(self) -> list[Job]:
        if not self.is_on("numbers.csv"):
            return []
        folder = self.chosen_folder()
        return [
            _table_job(folder / f"{name}.csv", table) for name, table in self._page.tables().items()
        ]


def _table_job(path: Path, table: Table) -> Job:
    def write() -> None:
        from playground.storage.races import write_table

        write_table(path, list(table), zip(*table.values(), strict=True))

    return Job((path,), write)
