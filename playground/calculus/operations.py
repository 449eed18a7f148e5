"""Every operation of a formula in one table: its value over each number type, and its derivative.

Numbers are real: where a function has no real value the result is NaN, so ``sqrt(-1)``,
``log(-1)`` and ``(-8)^(1/3)`` are NaN and ``cbrt(-8)`` is -2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from playground import autodiff as ad
from playground.models import activations

Function = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """What one operation computes.

    Attributes
    ----------
    name : str
        As it is typed.
    title : str
        The field's word for it, as in "derivative of the sine".
    arity : int
    on_arrays, on_nodes : callable
        Its value on numpy arrays, and on nodes of a graph.
    on_complex : callable or None
        Its analytic continuation near the real line; None where it has none.
    precise : callable
        ``precise(context, *operands)`` on the numbers of an mpmath context.
    symbolic : callable
        ``symbolic(sympy, *operands)`` on sympy expressions.
    derivative : str
        By its only argument u, as a formula; empty where a rule of its own is needed.
    latex : str
        With ``#`` for the argument between parentheses, or ``@`` for it as it is.
    """

    name: str
    title: str
    arity: int
    on_arrays: Function
    on_nodes: Function
    on_complex: Function | None
    precise: Function
    symbolic: Function
    derivative: str = ""
    latex: str = ""


OPERATIONS: dict[str, Operation] = {}
FUNCTIONS: dict[str, Operation] = {}
"""Those that are typed as a name and parentheses."""

ALIASES = {
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "swish": "silu",
    "sgn": "sign",
}


def _operator(
    name: str,
    title: str,
    arity: int,
    on_arrays: Function,
    on_nodes: Function,
    symbolic: Function,
    *,
    is_analytic: bool = False,
    precise: Function | None = None,
) -> None:
    OPERATIONS[name] = Operation(
        name,
        title,
        arity,
        on_arrays,
        on_nodes,
        on_arrays if is_analytic else None,
        precise or (lambda m, *operands: on_nodes(*operands)),
        symbolic,
    )


def _quotient(m: Any, a: Any, b: Any) -> Any:
    """Divide as floating point does: by zero gives an infinity, 0/0 NaN."""
    return a / b if b != 0 else a * m.inf


def _power(m: Any, a: Any, b: Any) -> Any:
    if a == 0 and b < 0:
        return m.inf
    return a**b


def _symbolic_if(s: Any, condition: Any, a: Any, b: Any) -> Any:
    return s.Piecewise((a, condition), (b, True))


_operator("add", "sum", 2, np.add, lambda a, b: a + b, lambda s, a, b: a + b, is_analytic=True)
_operator(
    "sub", "difference", 2, np.subtract, lambda a, b: a - b, lambda s, a, b: a - b, is_analytic=True
)
_operator(
    "mul", "product", 2, np.multiply, lambda a, b: a * b, lambda s, a, b: a * b, is_analytic=True
)
_operator(
    *("div", "quotient", 2, np.divide, lambda a, b: a / b, lambda s, a, b: a / b),
    is_analytic=True,
    precise=_quotient,
)
_operator("neg", "negation", 1, np.negative, lambda a: -a, lambda s, a: -a, is_analytic=True)
_operator("pow", "power", 2, np.power, ad.pow, lambda s, a, b: a**b, precise=_power)
OPERATIONS["pow"] = Operation(**{**vars(OPERATIONS["pow"]), "on_complex": np.power})

COMPARISONS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
COMPARISONS |= {"equal": "==", "not_equal": "!="}
LOGIC = ("and", "or", "not")

for _name, _sign, _symbolic in (
    ("less", lambda m, a, b: a < b, lambda s, a, b: s.StrictLessThan(a, b)),
    ("less_equal", lambda m, a, b: a <= b, lambda s, a, b: s.LessThan(a, b)),
    ("greater", lambda m, a, b: a > b, lambda s, a, b: s.StrictGreaterThan(a, b)),
    ("greater_equal", lambda m, a, b: a >= b, lambda s, a, b: s.GreaterThan(a, b)),
    ("equal", lambda m, a, b: a == b, lambda s, a, b: s.Equality(a, b)),
    ("not_equal", lambda m, a, b: a != b, lambda s, a, b: s.Unequality(a, b)),
):
    _operator(
        *(_name, "comparison", 2, getattr(np, _name), getattr(ad, _name), _symbolic), precise=_sign
    )
_operator(
    *("and", "both", 2, np.logical_and, ad.minimum, lambda s, a, b: s.And(a, b)),
    precise=lambda m, a, b: a and b,
)
_operator(
    *("or", "either", 2, np.logical_or, ad.maximum, lambda s, a, b: s.Or(a, b)),
    precise=lambda m, a, b: a or b,
)
_operator(
    *("not", "not", 1, np.logical_not, lambda a: ad.equal(a, False), lambda s, a: s.Not(a)),
    precise=lambda m, a: not a,
)
_operator(
    *("if", "choice", 3, np.where, ad.where, _symbolic_if),
    precise=lambda m, condition, a, b: a if condition else b,
)


def _function(
    name: str,
    title: str,
    on_arrays: Function,
    on_nodes: Function,
    derivative: str,
    *,
    on_complex: Function | None = None,
    is_analytic: bool = True,
    precise: Function | None = None,
    symbolic: Function | None = None,
    latex: str = "",
) -> None:
    FUNCTIONS[name] = OPERATIONS[name] = Operation(
        name,
        title,
        1,
        on_arrays,
        on_nodes,
        on_complex or (on_arrays if is_analytic else None),
        precise or (lambda m, u: getattr(m, name)(u)),
        symbolic or (lambda s, u: getattr(s, name)(u)),
        derivative,
        latex or rf"\{name}#",
    )


def _named(name: str) -> str:
    return rf"\operatorname{{{name}}}#"


def _cbrt(u: Any) -> Any:
    return ad.sign(u) * ad.pow(ad.abs(u), 1.0 / 3.0)


def _complex_cbrt(z: Any) -> Any:
    return np.where(np.real(z) < 0, -np.power(-z, 1.0 / 3.0), np.power(z, 1.0 / 3.0))


def _complex_softplus(z: Any) -> Any:
    is_positive = np.real(z) > 0
    return np.where(is_positive, z, 0.0) + np.log1p(np.exp(np.where(is_positive, -z, z)))


def _sigmoid(u: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-u))


_LN2, _LN10 = float(np.log(2.0)), float(np.log(10.0))

_function("sin", "sine", np.sin, ad.sin, "cos(u)")
_function("cos", "cosine", np.cos, ad.cos, "-sin(u)")
_function("tan", "tangent", np.tan, ad.tan, "1 + tan(u)^2")
_function("asin", "arcsine", np.arcsin, ad.arcsin, "1/sqrt(1 - u^2)", latex=r"\arcsin#")
_function("acos", "arccosine", np.arccos, ad.arccos, "-1/sqrt(1 - u^2)", latex=r"\arccos#")
_function("atan", "arctangent", np.arctan, ad.arctan, "1/(1 + u^2)", latex=r"\arctan#")
_function("sinh", "hyperbolic sine", np.sinh, ad.sinh, "cosh(u)")
_function("cosh", "hyperbolic cosine", np.cosh, ad.cosh, "sinh(u)")
_function("tanh", "hyperbolic tangent", np.tanh, ad.tanh, "1 - tanh(u)^2")
_function(
    *("asinh", "inverse hyperbolic sine", np.arcsinh, ad.arcsinh, "1/sqrt(1 + u^2)"),
    latex=_named("arsinh"),
)
_function(
    *("acosh", "inverse hyperbolic cosine", np.arccosh, ad.arccosh, "1/sqrt(u^2 - 1)"),
    latex=_named("arcosh"),
)
_function(
    *("atanh", "inverse hyperbolic tangent", np.arctanh, ad.arctanh, "1/(1 - u^2)"),
    latex=_named("artanh"),
)
_function("exp", "exponential", np.exp, ad.exp, "exp(u)", latex="e^{@}")
_function(
    *("expm1", "exponential less one", np.expm1, ad.expm1, "exp(u)"),
    symbolic=lambda s, u: s.exp(u) - 1,
    latex=_named("expm1"),
)
_function("log", "natural logarithm", np.log, ad.log, "1/u", latex=r"\ln#")
_function(
    *("log1p", "logarithm of one more", np.log1p, ad.log1p, "1/(1 + u)"),
    symbolic=lambda s, u: s.log(1 + u),
    latex=_named("log1p"),
)
_function(
    *("log2", "binary logarithm", np.log2, lambda u: ad.log(u) / _LN2, "1/(u log(2))"),
    precise=lambda m, u: m.log(u, 2),
    symbolic=lambda s, u: s.log(u) / s.log(2),
    latex=r"\log_{2}#",
)
_function(
    *("log10", "decimal logarithm", np.log10, lambda u: ad.log(u) / _LN10, "1/(u log(10))"),
    symbolic=lambda s, u: s.log(u) / s.log(10),
    latex=r"\log_{10}#",
)
_function("sqrt", "square root", np.sqrt, ad.sqrt, "1/(2 sqrt(u))", latex=r"\sqrt{@}")
_function(
    *("cbrt", "cube root", np.cbrt, _cbrt, "1/(3 cbrt(u)^2)"),
    on_complex=_complex_cbrt,
    precise=lambda m, u: m.sign(u) * m.cbrt(abs(u)),
    symbolic=lambda s, u: s.sign(u) * s.Abs(u) ** s.Rational(1, 3),
    latex=r"\sqrt[3]{@}",
)
_function(
    *("abs", "absolute value", np.abs, ad.abs, "sign(u)"),
    is_analytic=False,
    precise=lambda m, u: abs(u),
    symbolic=lambda s, u: s.Abs(u),
    latex=r"\left|@\right|",
)
_function("sign", "sign", np.sign, ad.sign, "0", is_analytic=False, latex=_named("sign"))
_function(*("erf", "error function", ad.erf, ad.erf, "2/sqrt(pi) exp(-u^2)"), latex=_named("erf"))
_function(
    *("sigmoid", "logistic function", _sigmoid, ad.sigmoid, "sigmoid(u) (1 - sigmoid(u))"),
    precise=lambda m, u: 1 / (1 + m.exp(-u)),
    symbolic=lambda s, u: 1 / (1 + s.exp(-u)),
    latex=r"\sigma#",
)
_function(
    *("softplus", "softplus", partial(np.logaddexp, 0.0), ad.softplus, "sigmoid(u)"),
    on_complex=_complex_softplus,
    precise=lambda m, u: (u if u > 0 else 0) + m.log1p(m.exp(-abs(u))),
    symbolic=lambda s, u: s.log(1 + s.exp(u)),
    latex=_named("softplus"),
)
_function(
    *("relu", "rectifier", partial(np.maximum, 0.0), ad.relu, "if(u > 0, 1, 0)"),
    is_analytic=False,
    precise=lambda m, u: u if u > 0 else 0 * u,
    symbolic=lambda s, u: s.Piecewise((u, u > 0), (0, True)),
    latex=_named("ReLU"),
)
_function(
    "leaky_relu",
    "leaky rectifier",
    activations.LeakyReLU(),
    activations.LeakyReLU(),
    "if(u > 0, 1, 0.01)",
    is_analytic=False,
    # The slope is the double nearest to 0.01, as everywhere else.
    precise=lambda m, u: u if u > 0 else m.mpf(0.01) * u,
    symbolic=lambda s, u: s.Piecewise((u, u > 0), (u / 100, True)),
    latex=_named("leakyReLU"),
)
_function(
    *("elu", "exponential linear unit", activations.ELU(), activations.ELU()),
    "if(u > 0, 1, exp(u))",
    is_analytic=False,
    precise=lambda m, u: u if u > 0 else m.expm1(u),
    symbolic=lambda s, u: s.Piecewise((u, u > 0), (s.exp(u) - 1, True)),
    latex=_named("ELU"),
)
_function(
    *("gelu", "Gaussian error linear unit", activations.GELU(), activations.GELU()),
    "(1 + erf(u/sqrt(2)))/2 + u exp(-u^2/2)/sqrt(2 pi)",
    precise=lambda m, u: u * (1 + m.erf(u / m.sqrt(2))) / 2,
    symbolic=lambda s, u: u * (1 + s.erf(u / s.sqrt(2))) / 2,
    latex=_named("GELU"),
)
_function(
    *("silu", "sigmoid linear unit", activations.SiLU(), activations.SiLU()),
    "sigmoid(u) (1 + u (1 - sigmoid(u)))",
    precise=lambda m, u: u / (1 + m.exp(-u)),
    symbolic=lambda s, u: u / (1 + s.exp(-u)),
    latex=_named("SiLU"),
)


def _extremum(choose: Function, m: Any, a: Any, b: Any) -> Any:
    return m.nan if m.isnan(a) or m.isnan(b) else choose(a, b)


for _name, _title, _choose in (("min", "minimum", min), ("max", "maximum", max)):
    OPERATIONS[_name] = FUNCTIONS[_name] = Operation(
        name=_name,
        title=_title,
        arity=2,
        on_arrays=getattr(np, _title),
        on_nodes=getattr(ad, _title),
        on_complex=None,
        precise=partial(_extremum, _choose),
        symbolic=partial(lambda name, s, a, b: getattr(s, name)(a, b), _name.capitalize()),
        latex=rf"\{_name}#",
    )
FUNCTIONS["if"] = OPERATIONS["if"]
