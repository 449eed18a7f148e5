"""Functions compiled at their first call for each kind of arguments."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

import numpy as np

from playground.autodiff import tree
from playground.autodiff.graph import Node
from playground.autodiff.lowering import lower
from playground.autodiff.numpy_backend import BoundProgram
from playground.autodiff.program import Spec

CACHED_PROGRAMS = 16
"""Programs that a compiled function keeps; the one unused for longest is dropped."""


def compile(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``f`` as a compiled function.

    The first call with arguments of some nesting, shapes and dtypes traces ``f`` and lowers its
    graph; later ones only copy the arguments in, run, and copy the results out. Arrays that ``f``
    captures are constants. Safe to call from several threads, one at a time runs.

    Parameters
    ----------
    f
        Function of arrays, numbers or nested lists and dicts of them; may contain derivatives.
    """
    cache: OrderedDict[Any, BoundProgram] = OrderedDict()
    lock = Lock()

    @wraps(f)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = tree.flatten((args, kwargs))
        if any(isinstance(leaf, Node) for leaf in leaves):
            return f(*args, **kwargs)
        arrays = [np.asarray(leaf) for leaf in leaves]
        key = structure, tuple([(a.shape, a.dtype) for a in arrays])
        with lock:
            bound = cache.pop(key, None) or _bound(f, structure, arrays)
            cache[key] = bound
            if len(cache) > CACHED_PROGRAMS:
                cache.popitem(last=False)
            targets, _ = tree.flatten((bound.inputs["args"], bound.inputs["kwargs"]))
            for target, array in zip(targets, arrays, strict=True):
                target[...] = array
            bound.run()
            return tree.map_leaves(lambda out: out.copy()[()], bound.outputs["value"])

    return compiled


def _bound(f: Callable[..., Any], structure: tree.Structure, arrays: list[Any]) -> BoundProgram:
    args, kwargs = tree.unflatten(structure, [Spec.of(a) for a in arrays])
    program = lower(
        lambda args, kwargs: {"value": f(*args, **kwargs)}, {"args": args, "kwargs": kwargs}
    )
    return BoundProgram(program, {})
