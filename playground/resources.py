"""Where the files that ship with the application lie: icons, presets, example data."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# A wheel carries them inside the package; a checkout (also installed editable) has them beside it.
_SHIPPED = _PACKAGE / "_resources"
_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent / "resources"


def resource_path(*parts: str) -> Path:
    """Path of a shipped file or folder.

    Parameters
    ----------
    *parts : str
        Names below ``resources/``, as in ``resource_path("presets", "default.toml")``. None gives
        the folder itself.

    Returns
    -------
    Path
        An absolute path, whether or not something stands there.
    """
    return _ROOT.joinpath(*parts)
