"""The engine and the command line do without Qt."""

import subprocess
import sys

import pytest

QT = ("PySide6", "pyqtgraph", "qtawesome")


@pytest.mark.parametrize(
    "module", ["playground.cli", "playground.training", "playground.descent", "playground.storage"]
)
def test_import_leaves_qt_alone(module: str) -> None:
    code = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert module in loaded
    assert not [name for name in loaded if name.partition(".")[0] in QT]
