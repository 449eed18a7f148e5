"""Where the log of the program's own defects lies."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from pathlib import Path


def log_file() -> Path:
    """Return the path of the log, in the folder that the system has for such files."""
    home = Path.home()
    if sys.platform == "darwin":
        folder = home / "Library" / "Logs"
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        folder = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return folder / "optimization-playground" / "playground.log"


def log_defect(error: BaseException) -> Path:
    """Append an error's traceback to the log and return the log's path."""
    path = log_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n")
        file.writelines(traceback.format_exception(error))
    return path
