"""Formulas to try, and random expressions."""

import numpy as np
from hypothesis import strategies as st

from playground.calculus import expressions as ex
from playground.calculus.evaluation import Calculation
from playground.calculus.operations import COMPARISONS, FUNCTIONS
from playground.calculus.undefined import undefined_part

FORMULAS = (
    "x^2",
    "-x^2",
    "sin(x)/x",
    "|x|",
    "relu(x)",
    "sigmoid(3x)",
    "x^2*sin(1/x)",
    "if(x<0, -x, x^3)",
    "exp(-x^2/2)/sqrt(2pi)",
    "x^x",
    "2^x + x^2.5 - 3^(-x)",
    "(x+1)(x-1)/(x^2+1)",
    "tan(x) + asin(x/3) acos(x/4) + atan(x)",
    "sinh(x) cosh(x) tanh(x)",
    "asinh(x) + acosh(x + 2) + atanh(x/5)",
    "log(x) log2(x) log10(x) log1p(x) expm1(x)",
    "sqrt(x) cbrt(x)",
    "gelu(x) + silu(x) - elu(x) leaky_relu(x)",
    "softplus(x) erf(x) sign(x)",
    "min(x, x^2, 1) max(2x, 1 - x)",
    "1/(1 + 1/(1 + 1/(1 + x^2)))",
    "sin(cos(sin(cos(x))))",
    "0.01x + 1e-3 x^-2",
    "if(0 < x < 1 or x > 2 and not x > 3, x^2, 1/(x + 7))",
    "√(x²+1) · π − ³".replace("³", "3³"),
)

_numbers = st.one_of(
    st.integers(-9, 9).map(float), st.floats(-1e20, 1e20, allow_nan=False, allow_infinity=False)
).map(ex.number)
_leaves = st.one_of(
    _numbers,
    st.sampled_from(["x", "y"]).map(ex.variable),
    st.sampled_from(["pi", "e"]).map(ex.constant),
)
_UNARY = [name for name, f in FUNCTIONS.items() if f.arity == 1]


_BINARY = ["add", "sub", "mul", "div", "pow", "min", "max"]


@st.composite
def _conditions(draw, depth):
    kind = draw(st.sampled_from(["compared", "compared", "not", "and", "or"]))
    if depth == 0 or kind == "compared":
        operands = [draw(numbers(max(depth - 1, 0))) for _ in range(2)]
        return ex.apply(draw(st.sampled_from(list(COMPARISONS))), *operands)
    return ex.apply(kind, *[draw(_conditions(depth - 1)) for _ in range(1 if kind == "not" else 2)])


@st.composite
def numbers(draw, depth):
    """Draw expressions of x and y, up to some levels deep, as the parser would make them."""
    kind = draw(st.sampled_from(["leaf", "unary", "binary", "binary", "if"])) if depth else "leaf"
    if kind == "leaf":
        return draw(_leaves)
    if kind == "unary":
        return ex.apply(draw(st.sampled_from(["neg", *_UNARY])), draw(numbers(depth - 1)))
    operands = [draw(numbers(depth - 1)) for _ in range(2)]
    if kind == "binary":
        return ex.apply(draw(st.sampled_from(_BINARY)), *operands)
    return ex.apply("if", draw(_conditions(depth - 1)), *operands)


EXPRESSIONS = numbers(4).filter(lambda expression: undefined_part(expression) is None)


def is_tame(expression, x, y):
    """Whether doubles suffice: no part is large, whose sine or difference would have few digits."""
    parts = Calculation(ex.postorder(expression), ("x", "y"))(np.float64(x), np.float64(y))
    return bool(np.all(np.abs(parts) < 1e4))
