import os

import pytest
from hypothesis import HealthCheck, settings

# Nothing that a test says depends on seconds: a slow machine, or one that does something else as
# well, is no defect.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the tested windows on the display")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Small matrices: a second BLAS thread costs more than it brings.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def refuses(capsys, tmp_path, monkeypatch):
    """Runs a command that must fail with one message, and leave nothing behind."""
    monkeypatch.chdir(tmp_path)

    from playground.cli import main

    def check(*arguments: str) -> str:
        before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
        assert main(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("playground: ")
        assert "Traceback" not in err
        after = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
        assert after == before
        return err

    return check
