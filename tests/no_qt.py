"""Pytest plugin (``-p tests.no_qt -p no:pytest-qt``): the machine has no Qt.

Proves that everything but the window works where PySide6 is not installed.
"""

import sys
from importlib.machinery import ModuleSpec

import pytest

BLOCKED = {"PySide6", "pyqtgraph", "qtawesome", "qtpy", "shiboken6"}


class _NoQt:
    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{name} is blocked by tests.no_qt", name=name)
        return None


def pytest_addoption(parser: pytest.Parser) -> None:
    # pytest-qt is off, and pytest refuses settings that nobody has declared.
    for setting in ("qt_api", "qt_log_level_fail"):
        parser.addini(setting, "see pytest-qt")
    parser.addini("qt_log_ignore", "see pytest-qt", type="linelist")


def pytest_configure() -> None:
    loaded = BLOCKED & set(sys.modules)
    if loaded:
        raise pytest.UsageError(f"already imported: {', '.join(sorted(loaded))}")
    sys.meta_path.insert(0, _NoQt)
