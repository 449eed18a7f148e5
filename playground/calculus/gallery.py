"""Functions worth looking at, by group, each with an interval and what to see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from playground.calculus.derivation import differentiate
from playground.calculus.formula import Formula, parse


@dataclass(frozen=True)
class Example:
    """A function of the gallery.

    Attributes
    ----------
    title : str
    text : str
        The formula as it is typed.
    interval : tuple of float
        Where to look; for two variables that of both axes.
    remark : str
        One line on what to see.
    variables : tuple of str
    kind : str
        Kind of the activation or loss that it is, else empty.
    """

    title: str
    text: str
    interval: tuple[float, float]
    remark: str
    variables: tuple[str, ...] = ("x",)
    kind: str = ""

    @cached_property
    def formula(self) -> Formula:
        """The function."""
        return parse(self.text, self.variables)

    @cached_property
    def derivative(self) -> Formula:
        """Its derivative by the first variable."""
        return differentiate(self.formula)

    @property
    def latex(self) -> str:
        """The function as LaTeX."""
        return self.formula.to_latex()


_CURVES = (
    Example("Parabola", "x^2", (-3, 3), "The slope is 2x: it grows as fast as x does."),
    Example("Cubic", "x^3", (-2, 2), "The slope at 0 is zero, but there is no extremum."),
    Example("Two valleys", "x^4 - 2x^2 + x/4", (-2, 2), "Two minima, and only one is the lowest."),
    Example("Sine", "sin(x)", (-7, 7), "Its derivative is itself, a quarter of a wave earlier."),
    Example("Exponential", "exp(x)", (-3, 3), "It is its own derivative."),
    Example("Logarithm", "log(x)", (-1, 5), "Defined for positive x only; its slope is 1/x."),
    Example("Bell curve", "exp(-x^2/2)/sqrt(2pi)", (-4, 4), "Its inflections lie at ±1."),
    Example("Power of itself", "x^x", (-1, 3), "A variable base and exponent; least at 1/e."),
    Example("Wave packet", "exp(-x^2/4) cos(5x)", (-6, 6), "A product: both factors change."),
    Example("Rational", "(x^2 - 1)/(x^2 + 1)", (-5, 5), "The quotient rule, and two asymptotes."),
)
_BREAKS = (
    Example("Absolute value", "|x|", (-3, 3), "A kink: slopes −1 and 1 meet, there is no f′(0)."),
    Example("Line and cubic", "if(x < 0, -x, x^3)", (-2, 2), "A kink between two branches."),
    Example("Jump", "if(x < 1, x/2, x^2)", (-1, 2), "The branches do not meet."),
    Example("Sinc", "sin(x)/x", (-15, 15), "0/0 at 0, but the limit is 1: a removable gap."),
    Example("Hyperbola", "1/x", (-4, 4), "A pole, with −∞ on one side and ∞ on the other."),
    Example("Tangent", "tan(x)", (-5, 5), "A pole every π."),
    Example("Square root", "sqrt(x)", (-1, 4), "At the edge of the domain the slope is infinite."),
    Example("Cube root", "cbrt(x)", (-3, 3), "A vertical tangent: f is continuous, f′ is not."),
    Example(
        *("Tame oscillation", "x^2*sin(1/x)", (-0.5, 0.5)),
        "f tends to 0 at the gap, but f′ has no limit there.",
    ),
    Example(
        *("Wild oscillation", "sin(1/x)", (-0.5, 0.5)),
        "Infinitely many waves before 0, and no limit.",
    ),
    Example(
        "Flat at 0",
        "exp(-1/x^2)",
        (-2, 2),
        "Its slopes of every order tend to 0 at the gap, yet f is not 0.",
    ),
)
_ACTIVATIONS = (
    Example("Linear", "x", (-4, 4), "No activation: layers of it are one layer.", kind="linear"),
    Example("ReLU", "relu(x)", (-4, 4), "Slope 0 or 1; 0 at the kink by convention.", kind="relu"),
    Example(
        *("Leaky ReLU", "leaky_relu(x)", (-4, 4), "A slope of 0.01 keeps dead units alive."),
        kind="leaky_relu",
    ),
    Example("ELU", "elu(x)", (-4, 4), "Smooth at 0, tends to −1.", kind="elu"),
    Example("GELU", "gelu(x)", (-4, 4), "x times the normal distribution function.", kind="gelu"),
    Example("SiLU", "silu(x)", (-6, 6), "x times its sigmoid; dips below zero.", kind="silu"),
    Example("Sigmoid", "sigmoid(x)", (-6, 6), "Its slope is at most 1/4.", kind="sigmoid"),
    Example("tanh", "tanh(x)", (-4, 4), "Its slope is 1 at 0 and fades outside.", kind="tanh"),
    Example("Softplus", "softplus(x)", (-6, 6), "A smooth ReLU; its slope is σ.", kind="softplus"),
    Example("Sine", "sin(x)", (-7, 7), "Periodic: its slope changes sign for ever.", kind="sine"),
)
_LOSSES = (
    Example(
        *("Squared error of a residual", "x^2", (-3, 3), "The slope grows with the residual."),
        kind="mean_squared_error",
    ),
    Example(
        *("Half squared error of a residual", "x^2/2", (-3, 3), "The slope is the residual."),
        kind="half_mean_squared_error",
    ),
    Example(
        *("Absolute error of a residual", "|x|", (-3, 3), "Slope ±1, however large the residual."),
        kind="mean_absolute_error",
    ),
    Example(
        *("Huber loss of a residual", "if(|x| < 1, x^2/2, |x| - 1/2)", (-3, 3)),
        "Square within 1, a line beyond: outliers pull no harder.",
        kind="huber",
    ),
    Example(
        *("Binary cross-entropy, class 1", "softplus(-x)", (-6, 6)),
        "Of the logit: the slope is σ(x) − 1.",
        kind="binary_cross_entropy",
    ),
    Example(
        *("Cross-entropy of three classes", "log(exp(x) + 2) - x", (-6, 6)),
        "Of the true class's logit, the other two at 0.",
        kind="cross_entropy",
    ),
    Example(
        *("Hinge loss of a margin", "relu(1 - x)", (-3, 3)),
        "Zero beyond the margin of 1: such samples teach nothing.",
        kind="hinge",
    ),
)
_SURFACES = (
    Example("Bowl", "x^2 + y^2", (-2, 2), "The gradient points away from the minimum.", ("x", "y")),
    Example("Ravine", "x^2 + 20y^2", (-2, 2), "Steep across, gentle along.", ("x", "y")),
    Example("Saddle", "x^2 - y^2", (-2, 2), "A minimum one way, a maximum the other.", ("x", "y")),
    Example("Monkey saddle", "x^3 - 3x y^2", (-2, 2), "Three ways down; H is zero.", ("x", "y")),
    Example("Waves", "sin(x) cos(y)", (-4, 4), "Hills, valleys and saddles in turn.", ("x", "y")),
    Example(
        *("Rosenbrock", "(1 - x)^2 + 100(y - x^2)^2", (-2, 2)),
        "A curved valley: the gradient points across it.",
        ("x", "y"),
    ),
    Example("Cone", "sqrt(x^2 + y^2)", (-2, 2), "No gradient at the tip.", ("x", "y")),
    Example("Bell", "exp(-x^2 - y^2)", (-2, 2), "Curved down at the top, up outside.", ("x", "y")),
)


def gallery() -> dict[str, tuple[Example, ...]]:
    """Return the functions of one variable by group."""
    return {
        "Curves": _CURVES,
        "Kinks, gaps and poles": _BREAKS,
        "Activations": _ACTIVATIONS,
        "Losses": _LOSSES,
    }


def surfaces() -> dict[str, tuple[Example, ...]]:
    """Return the functions of two variables by group."""
    return {"Surfaces": _SURFACES}
