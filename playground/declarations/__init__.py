"""What every room shares: settings declared once, kinds resolved by name, edits by path.

A setting is declared where it is used, as a field of a frozen model::

    learning_rate: float = declare(0.03, gt=0, slider=(1e-5, 10), scale="log", live=True,
                                   help="Length of a step along the negative gradient.")

The form in the panel, ``--set`` on the command line, the validation and the listings are all made
from that declaration through :func:`settings_of`. A *kind* (one optimizer, one data set, one loss)
is a model with a ``kind`` literal, registered in a :class:`Registry` which finds it by name.
"""

from playground.declarations.kinds import (
    Declared,
    Kind,
    Registry,
    chosen_from,
    named_in,
    suggest,
)
from playground.declarations.paths import (
    is_on,
    live_values,
    paths_of,
    setting_at,
    switched_on,
    value_at,
    with_nodes,
    with_value,
)
from playground.declarations.settings import Form, Hints, Scale, Setting, declare, settings_of
from playground.declarations.validation import validate

__all__ = [
    "Declared",
    "Form",
    "Hints",
    "Kind",
    "Registry",
    "Scale",
    "Setting",
    "chosen_from",
    "declare",
    "is_on",
    "live_values",
    "named_in",
    "paths_of",
    "setting_at",
    "settings_of",
    "suggest",
    "switched_on",
    "validate",
    "value_at",
    "with_nodes",
    "with_value",
]
