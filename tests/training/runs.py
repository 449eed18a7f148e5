"""Experiments by their differences from the default one, and runs compared."""

import numpy as np

from playground.declarations import with_value
from playground.training import Experiment


def experiment(**values):
    base = Experiment()
    for path, value in values.items():
        base = with_value(base, path.replace("__", "."), value)
    return base


def assert_same(a, b):
    """Everything that was measured is equal bit for bit, the clock left out."""
    assert len(a.history) == len(b.history)
    for name in a.history.columns:
        if name != "elapsed_s":
            np.testing.assert_array_equal(a.history[name], b.history[name], err_msg=name)
    np.testing.assert_array_equal(a.theta, b.theta)
    assert a.edits == b.edits
