"""Shipped files are found in a checkout and in an installed wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from playground.resources import resource_path

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that an installed wheel leaves on the path."""
    built, site = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_a_checkout_has_them_beside_the_package() -> None:
    assert resource_path() == REPOSITORY / "resources"
    assert resource_path("presets", "default.toml").is_file()


def test_a_wheel_carries_every_one(installed_wheel: Path) -> None:
    code = "from playground.resources import resource_path; print(resource_path())"
    # `-c` puts the working folder before the checkout on the path.
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=installed_wheel,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    shipped = Path(printed.strip())
    assert shipped == installed_wheel / "playground" / "_resources"
    read_by_programs = {
        name for name in _files(REPOSITORY / "resources") if not name.startswith("pictures/")
    }
    assert _files(shipped) == read_by_programs


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
