"""Asking for a file, in the folder that was used last for the purpose."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from playground.gui import memory


def file_to_open(parent: QWidget, title: str, purpose: str, kinds: str) -> Path | None:
    """Ask for a file that is there; None where the user thinks better of it.

    Parameters
    ----------
    parent, title
        What the dialog stands over, and its heading.
    purpose
        Whose folder it begins in, and which remembers the choice (see :mod:`memory`).
    kinds
        Names and patterns of files, as Qt writes them: ``"Races (*.toml)"``.
    """
    name, _ = QFileDialog.getOpenFileName(parent, title, memory.folder(purpose), kinds)
    return _remembered(Path(name), purpose) if name else None


def file_to_save(
    parent: QWidget, title: str, purpose: str, suggestion: str, kinds: str
) -> Path | None:
    """Ask where to write; the suffix of the suggested name is added where it is missing.

    The dialog asks before an existing file is replaced; where only the suffix makes it an existing
    one, it is asked here. Parameters as for :func:`file_to_open`.
    """
    suggested = Path(memory.folder(purpose)) / suggestion
    name, _ = QFileDialog.getSaveFileName(parent, title, str(suggested), kinds)
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() != suggested.suffix:
        path = path.with_name(path.name + suggested.suffix)
        if path.exists() and not _may_replace(parent, title, path):
            return None
    return _remembered(path, purpose)


def _may_replace(parent: QWidget, title: str, path: Path) -> bool:
    question = f"{path.name} already exists. Replace it?"
    answer = QMessageBox.question(parent, title, question)
    return answer == QMessageBox.StandardButton.Yes


def _remembered(path: Path, purpose: str) -> Path:
    memory.remember_folder(purpose, path.parent)
    return path
