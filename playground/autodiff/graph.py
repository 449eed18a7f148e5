"""Graph nodes, the primitives that connect them, and the order of both.

A :class:`Node` stands for an array that is not known yet: it has an operation, inputs, a shape and
a dtype. Calling a Python function on nodes *traces* it: every operator and every function of this
package appends a node, and what comes out is the graph of the computation. A :class:`Primitive` is
an operation of such a graph together with its numpy forward and its derivative rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.autodiff.shapes import Shape, Strided, size_of, user_line

Array: TypeAlias = NDArray[Any]
Params: TypeAlias = dict[str, Any]
Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
Value: TypeAlias = Any
"""An operand or a result: a node while tracing, an array or number otherwise."""

_next_index = count().__next__


class Node:
    """One array in a graph, known by its shape and dtype only.

    Attributes
    ----------
    op : Primitive or None
        What computes it; None for inputs and constants.
    inputs : tuple of Node
    params : dict
        Static settings of the operation, such as axes; hashable values.
    shape : tuple of int
    dtype : numpy.dtype
    index : int
        Order of creation, which is a topological order.
    """

    __slots__ = ("dtype", "index", "inputs", "op", "params", "shape")

    # Makes ``ndarray + node`` call Node.__radd__ instead of looping over the array.
    __array_ufunc__ = None

    def __init__(
        self,
        op: Primitive | None,
        inputs: tuple[Node, ...],
        params: Params,
        shape: Shape,
        dtype: np.dtype[Any],
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.params = params
        self.shape = shape
        self.dtype = dtype
        self.index = _next_index()

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return size_of(self.shape)

    @property
    def T(self) -> Value:
        """The array with its axes reversed."""
        return FUNCTIONS["transpose"](self)

    def reshape(self, *shape: Any) -> Value:
        """Return the same entries in another shape; one size may be -1."""
        return FUNCTIONS["reshape"](self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Value:
        """Return the array with its axes permuted (reversed by default)."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return FUNCTIONS["transpose"](self, order or None)

    def astype(self, dtype: Any) -> Value:
        """Return the array in another dtype."""
        return FUNCTIONS["cast"](self, dtype)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Value:
        """Return the sum over axes."""
        return FUNCTIONS["sum"](self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Value:
        """Return the mean over axes."""
        return FUNCTIONS["mean"](self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Value:
        """Return the largest entry over axes."""
        return FUNCTIONS["max"](self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Value:
        """Return the smallest entry over axes."""
        return FUNCTIONS["min"](self, axis, keepdims)

    def __getitem__(self, key: Any) -> Value:
        return FUNCTIONS["getitem"](self, key)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a scalar node")
        return self.shape[0]

    def __add__(self, other: Value) -> Value:
        return PRIMITIVES["add"](self, other)

    def __radd__(self, other: Value) -> Value:
        return PRIMITIVES["add"](other, self)

    def __sub__(self, other: Value) -> Value:
        return PRIMITIVES["sub"](self, other)

    def __rsub__(self, other: Value) -> Value:
        return PRIMITIVES["sub"](other, self)

    def __mul__(self, other: Value) -> Value:
        return PRIMITIVES["mul"](self, other)

    def __rmul__(self, other: Value) -> Value:
        return PRIMITIVES["mul"](other, self)

    def __truediv__(self, other: Value) -> Value:
        return PRIMITIVES["div"](self, other)

    def __rtruediv__(self, other: Value) -> Value:
        return PRIMITIVES["div"](other, self)

    def __pow__(self, other: Value) -> Value:
        return PRIMITIVES["pow"](self, other)

    def __rpow__(self, other: Value) -> Value:
        return PRIMITIVES["pow"](other, self)

    def __matmul__(self, other: Value) -> Value:
        return FUNCTIONS["matmul"](self, other)

    def __rmatmul__(self, other: Value) -> Value:
        return FUNCTIONS["matmul"](other, self)

    def __neg__(self) -> Value:
        return PRIMITIVES["neg"](self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return PRIMITIVES["abs"](self)

    def __lt__(self, other: Value) -> Value:
        return PRIMITIVES["less"](self, other)

    def __le__(self, other: Value) -> Value:
        return PRIMITIVES["less_equal"](self, other)

    def __gt__(self, other: Value) -> Value:
        return PRIMITIVES["greater"](self, other)

    def __ge__(self, other: Value) -> Value:
        return PRIMITIVES["greater_equal"](self, other)

    def __eq__(self, other: object) -> Value:
        return PRIMITIVES["equal"](self, other)

    def __ne__(self, other: object) -> Value:
        return PRIMITIVES["not_equal"](self, other)

    # Identity: nodes are keys of dictionaries, where identity is compared before equality.
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise self._refusal(
            "bool()", "a branch would be taken once, while tracing; use where(…) instead"
        )

    def __float__(self) -> float:
        raise self._refusal(
            "float()", "keep computing with the node, or convert the program's result"
        )

    def __int__(self) -> int:
        raise self._refusal(
            "int()", "keep computing with the node, or convert the program's result"
        )

    def __iter__(self) -> Any:
        raise self._refusal("iteration", "index it, or loop over range(len(node))")

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise self._refusal("numpy", "use the function of the same name from playground.autodiff")

    def _refusal(self, what: str, advice: str) -> TypeError:
        return TypeError(
            f"{what} needs numbers, but {self!r} has none while it is traced: {advice}{user_line()}"
        )

    def __repr__(self) -> str:
        name = self.op.name if self.op is not None else type(self).__name__.lower()
        return f"<{name} {self.dtype}{list(self.shape)}>"


class Input(Node):
    """A leaf whose value is given when a program runs."""

    __slots__ = ("name",)

    def __init__(self, shape: Shape, dtype: Any, name: str = "") -> None:
        super().__init__(None, (), NO_PARAMS, tuple(shape), np.dtype(dtype))
        self.name = name


class Constant(Node):
    """A leaf whose value is known while tracing."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value: Array = np.asarray(value)
        super().__init__(None, (), NO_PARAMS, self.value.shape, self.value.dtype)


class Tracer(Node):
    """An argument under differentiation: the identity of a node, with a life of its own.

    While it is open, its function is still being traced: a derivative taken inside of that
    function must stay a graph, because the outer derivative will pass through it.
    """

    __slots__ = ("is_open",)

    def __init__(self, value: Node) -> None:
        super().__init__(PRIMITIVES["alias"], (value,), NO_PARAMS, value.shape, value.dtype)
        self.is_open = True


class Primitive:
    """An operation with its numpy forward and its derivative rules.

    A family overrides what differs: :meth:`infer`, :meth:`evaluate`, :meth:`calls` and the two
    rules. Rules are written in terms of functions of this package, so that a derivative is a graph
    again and can be differentiated again.
    """

    elementwise = False
    """Whether entry i of the output depends on entry i of the inputs only."""

    commutative = False

    analytic = True
    """Whether complex arguments give what the function's power series gives."""

    overwrites: tuple[int, ...] | None = ()
    """Which inputs :meth:`calls` lets the output share memory with; None for all."""

    def __init__(self, name: str) -> None:
        self.name = name
        PRIMITIVES[name] = self

    def __call__(self, *operands: Value, **params: Any) -> Value:
        """Append a node, or compute at once when no operand is a node."""
        operands = self.promote(operands)
        for operand in operands:
            if isinstance(operand, Node):
                inputs = tuple([as_node(x) for x in operands])
                return Node(self, inputs, params, *self.infer(*inputs, **params))
        return self.evaluate(*[np.asarray(x) for x in operands], **params)

    def promote(self, operands: tuple[Value, ...]) -> tuple[Value, ...]:
        """Return the operands in dtypes that the operation takes."""
        return operands

    def infer(self, *inputs: Value, **params: Any) -> tuple[Shape, np.dtype[Any]]:
        """Return the output's shape and dtype, or raise where the inputs do not fit."""
        raise NotImplementedError

    def evaluate(self, *arrays: Array, **params: Any) -> Array:
        """Return a new array; takes other number types (complex, objects), too."""
        out = np.empty(*self.infer(*arrays, **params))
        for function, arguments in self.calls(out, *arrays, **params):
            function(*arguments)
        return out

    def calls(self, out: Array, *arrays: Array, **params: Any) -> list[Call]:
        """Return the numpy calls that write the result into ``out`` without allocating."""
        raise NotImplementedError

    def expand(self, *inputs: Value, **params: Any) -> Value:
        """Return the operation in terms of simpler ones, or None where it is simple itself."""
        return None

    def vjp(self, argument: int, g: Value, out: Node, *inputs: Node, **params: Any) -> Value | None:
        """Return the cotangent of one input from the output's; None where it is zero."""
        return None

    def jvp(
        self, tangents: Sequence[Value | None], out: Node, *inputs: Node, **params: Any
    ) -> Value | None:
        """Return the output's tangent from the inputs' (None is zero)."""
        return None

    def accepts(self, layout: Strided) -> bool:
        """Whether :meth:`calls` takes an input that lies so without copying it."""
        return True

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _primitive, (self.name,)


class ViewPrimitive(Primitive):
    """Another way to look at the same memory."""

    def view(self, layout: Strided, **params: Any) -> Strided | None:
        """Return how the output lies in the input's buffer; None where it needs a copy."""
        raise NotImplementedError


NO_PARAMS: Params = {}
PRIMITIVES: dict[str, Primitive] = {}
FUNCTIONS: dict[str, Callable[..., Value]] = {}
"""Functions that are methods of :class:`Node`, too, by the method's name."""


def _primitive(name: str) -> Primitive:
    return PRIMITIVES[name]


def node_method(function: Callable[..., Value]) -> Callable[..., Value]:
    """Make a function available to the methods of :class:`Node`."""
    FUNCTIONS[function.__name__] = function
    return function


def as_node(value: Value) -> Node:
    """Return a node as it is and anything else as a constant."""
    return value if isinstance(value, Node) else Constant(value)


def as_value(value: Value) -> Value:
    """Return a node as it is and anything else as an array."""
    return value if isinstance(value, Node) else np.asarray(value)


def topological(outputs: Iterable[Node], done: Any = ()) -> list[Node]:
    """Return the ancestors of ``outputs`` and themselves in order of creation.

    Nodes in ``done`` are left out, and so is what only they depend on.
    """
    seen: set[Node] = set()
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in seen and node not in done:
            seen.add(node)
            stack.extend(node.inputs)
    return sorted(seen, key=_by_index)


def _by_index(node: Node) -> int:
    return node.index
