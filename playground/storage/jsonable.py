"""Plain data as JSON can hold it."""

from __future__ import annotations

import math
from typing import Any


def jsonable(value: Any) -> Any:
    """Return dicts, lists and tuples with null for every number that is not finite."""
    if isinstance(value, dict):
        return {key: jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
