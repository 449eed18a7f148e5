import sys
from types import ModuleType
from unittest.mock import Mock

import pytest


@pytest.fixture
def window(monkeypatch) -> Mock:
    """Stands in for the room that knows Qt."""
    mock = Mock()
    mock.main.return_value = 0
    for name in ("playground.gui.app", "playground.gui.snapshot"):
        module = ModuleType(name)
        module.main, module.render = mock.main, mock.render  # type: ignore[attr-defined]
        module.render_workspace = mock.render_workspace  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
    return mock
