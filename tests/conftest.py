import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the tested windows on the display")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Small matrices: a second BLAS thread costs more than it brings.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
