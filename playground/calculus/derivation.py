"""Symbolic derivatives, as the steps that one would write down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from playground.calculus import grammar, latex
from playground.calculus.algebra import (
    ONE,
    ZERO,
    add,
    build,
    choose,
    divide,
    multiply,
    negate,
    power,
    subtract,
)
from playground.calculus.expressions import (
    Expression,
    fold,
    make,
    number,
    postorder,
    variable,
    variables_of,
)
from playground.calculus.formula import Formula
from playground.calculus.operations import OPERATIONS


@dataclass(frozen=True)
class Rule:
    """A rule of differentiation.

    Attributes
    ----------
    name : str
        ``constant``, ``variable``, ``constant factor``, ``sum``, ``product``, ``quotient``,
        ``reciprocal``, ``power``, ``exponential``, ``general power``, ``function``, ``chain`` or
        ``branches``.
    statement : str
        What it says, as LaTeX; u and v are functions of the variable, c and n constants.
    """

    name: str
    statement: str


@dataclass(frozen=True, eq=False)
class Step:
    """One expression differentiated by one rule.

    Attributes
    ----------
    rule : Rule
    title : str
        The rule in words, with the function it is about: "chain rule: the sine of u = x²".
    expression : Formula
    variable : str
        What it is differentiated by.
    result : Formula
        The derivative, lightly simplified.
    substeps : tuple of Step
        What the rule needs, in the order in which it is written down.
    """

    rule: Rule
    title: str
    expression: Formula
    variable: str
    result: Formula
    substeps: tuple[Step, ...] = ()

    def to_latex(self) -> str:
        """Return the equation (d/dx expression = result) as LaTeX."""
        return rf"{self.question_latex()} = {self.result.to_latex()}"

    def question_latex(self) -> str:
        """Return the left side of the equation as LaTeX."""
        name = latex.variable_latex(self.variable)
        sign = r"\partial" if len(self.expression.variables) > 1 else r"\mathrm{d}"
        return rf"\frac{{{sign}}}{{{sign} {name}}}\left({self.expression.to_latex()}\right)"

    def __str__(self) -> str:
        return f"d/d{self.variable} ({self.expression}) = {self.result}"


def derive(formula: Formula, variable: str | None = None) -> Step:
    """Differentiate a formula once, step by step.

    Parameters
    ----------
    formula
        The function.
    variable
        One of its variables; the first by default.

    Returns
    -------
    Step
        The outermost rule; its ``result`` is the derivative. Where branches or a kink meet it is
        the derivative of one side.
    """
    name = _checked(formula, variable)
    return _Derivation(formula.variables, name).of(formula.root)


def differentiate(formula: Formula, variable: str | None = None, order: int = 1) -> Formula:
    """Return a derivative of a formula, lightly simplified.

    Raises
    ------
    ValueError
        Where the variable is not one of the formula's.
    """
    name = _checked(formula, variable)
    for _ in range(order):
        formula = derive(formula, name).result
    return formula


def simplified(formula: Formula) -> Formula:
    """Return a formula lightly simplified: numbers and equal factors and terms gathered."""

    def rebuilt(node: Expression, operands: list[Expression]) -> Expression:
        # A condition keeps its operands: what is 0/0 in it must stay so.
        if not operands or grammar.is_condition(node):
            return node
        return build(node.operation, tuple(operands))

    return formula.with_root(fold(formula.root, rebuilt))


def _checked(formula: Formula, variable: str | None) -> str:
    name = variable or formula.variables[0]
    if name not in formula.variables:
        raise ValueError(f"variable: must be one of {', '.join(formula.variables)}, got {name}")
    return name


_RULES = {
    rule.name: rule
    for rule in (
        Rule("constant", r"c' = 0"),
        Rule("variable", r"x' = 1"),
        Rule("constant factor", r"(c\,u)' = c\,u'"),
        Rule("sum", r"(u + v)' = u' + v'"),
        Rule("product", r"(u\,v)' = u'\,v + u\,v'"),
        Rule("quotient", r"\left(\frac{u}{v}\right)' = \frac{u'\,v - u\,v'}{v^2}"),
        Rule("reciprocal", r"\left(\frac{c}{v}\right)' = -\frac{c\,v'}{v^2}"),
        Rule("power", r"(x^n)' = n\,x^{n-1}"),
        Rule("exponential", r"(c^x)' = c^x \ln c"),
        Rule("general power", r"(u^v)' = u^v \left(v' \ln u + \frac{v\,u'}{u}\right)"),
        Rule("function", r"f'"),
        Rule("chain", r"f(u)' = f'(u)\,u'"),
        Rule("branches", r"\text{each branch by itself}"),
    )
}

Found = tuple[str, str, Expression, tuple[Step, ...]]
"""Name of the rule, title, result, substeps."""


_METHODS = {
    "add": "_sum",
    "sub": "_sum",
    "neg": "_negated",
    "mul": "_product",
    "div": "_quotient",
    "pow": "_power",
    "if": "_branches",
    "min": "_extremum",
    "max": "_extremum",
}


class _Derivation:
    """The steps by expression: what occurs twice is derived once."""

    def __init__(self, variables: tuple[str, ...], name: str) -> None:
        self._variables = variables
        self._name = name
        self._by = variable(name)
        self._moving: set[Expression] = set()
        self.steps: dict[Expression, Step] = {}

    def of(self, root: Expression) -> Step:
        """Return the step of an expression, having taken those of its parts."""
        for node in postorder(root):
            if node is self._by or not self._moving.isdisjoint(node.operands):
                self._moving.add(node)
            if not grammar.is_condition(node):
                self.steps[node] = self._step(node)
        return self.steps[root]

    def _step(self, node: Expression) -> Step:
        name, title, result, substeps = self._found(node)
        rule = _RULES[name]
        if name == "function":
            rule = Rule(name, _statement(node.operation, self._name))
        formula, derivative = self._formula(node), self._formula(result)
        return Step(rule, title, formula, self._name, derivative, substeps)

    def _formula(self, root: Expression) -> Formula:
        return Formula(root, self._variables)

    def _slope(self, node: Expression) -> Expression:
        return self.steps[node].result.root

    def _is_constant(self, node: Expression) -> bool:
        return node not in self._moving

    def _found(self, node: Expression) -> Found:
        if self._is_constant(node):
            return "constant", "a constant does not change", ZERO, ()
        if node is self._by:
            return "variable", "the variable itself", ONE, ()
        rule = getattr(self, _METHODS.get(node.operation, "_function"))
        found: Found = rule(node)
        return found

    def _sum(self, node: Expression) -> Found:
        terms: list[tuple[bool, Expression]] = []
        stack = [(True, node)]
        while stack:
            positive, part = stack.pop()
            if part.operation in ("add", "sub"):
                a, b = part.operands
                stack += [(positive == (part.operation == "add"), b), (positive, a)]
            else:
                terms.append((positive, part))
        slopes = [self._slope(x) if positive else negate(self._slope(x)) for positive, x in terms]
        steps = tuple(dict.fromkeys(self.steps[x] for _, x in terms))
        return "sum", "sum rule: term by term", add(*slopes), steps

    def _negated(self, node: Expression) -> Found:
        (u,) = node.operands
        return "constant factor", "a sign stays", negate(self._slope(u)), (self.steps[u],)

    def _product(self, node: Expression) -> Found:
        u, v = node.operands
        for factor, rest in ((u, v), (v, u)):
            if self._is_constant(factor):
                result = multiply(factor, self._slope(rest))
                return "constant factor", "a constant factor stays", result, (self.steps[rest],)
        result = add(multiply(self._slope(u), v), multiply(u, self._slope(v)))
        return "product", "product rule", result, self._both(u, v)

    def _both(self, u: Expression, v: Expression) -> tuple[Step, ...]:
        return tuple(dict.fromkeys((self.steps[u], self.steps[v])))

    def _quotient(self, node: Expression) -> Found:
        u, v = node.operands
        if self._is_constant(v):
            result = divide(self._slope(u), v)
            return "constant factor", "a constant divisor stays", result, (self.steps[u],)
        square = power(v, number(2.0))
        if self._is_constant(u):
            result = negate(divide(multiply(u, self._slope(v)), square))
            return "reciprocal", "reciprocal rule", result, (self.steps[v],)
        above = subtract(multiply(self._slope(u), v), multiply(u, self._slope(v)))
        return "quotient", "quotient rule", divide(above, square), self._both(u, v)

    def _power(self, node: Expression) -> Found:
        u, v = node.operands
        if self._is_constant(v):
            outer = multiply(v, power(u, subtract(v, ONE)))
            return self._chained("power", "power rule", node, 0, outer)
        if self._is_constant(u):
            outer = multiply(node, make("log", (u,)))
            return self._chained("exponential", "exponential rule", node, 1, outer)
        growth = add(
            multiply(self._slope(v), make("log", (u,))), divide(multiply(v, self._slope(u)), u)
        )
        result = multiply(node, growth)
        return "general power", "power with a variable exponent", result, self._both(u, v)

    def _function(self, node: Expression) -> Found:
        operation = OPERATIONS[node.operation]
        outer = _outer_slope(node.operation, node.operands[0])
        return self._chained("function", f"derivative of the {operation.title}", node, 0, outer)

    def _chained(
        self, name: str, title: str, node: Expression, argument: int, outer: Expression
    ) -> Found:
        """Return the rule by itself where its argument is the variable, else the chain rule."""
        inner = node.operands[argument]
        if inner is self._by:
            return name, title, outer, ()
        result = multiply(outer, self._slope(inner))
        substeps = (self._outside(node, argument), self.steps[inner])
        return "chain", f"chain rule: {title}, at an inner function", result, substeps

    def _outside(self, node: Expression, argument: int) -> Step:
        """Return the step of the outer function by its own variable u."""
        name = next(n for n in ("u", "v", "w", "s", "t") if n not in self._variables)
        operands = list(node.operands)
        operands[argument] = variable(name)
        root = make(node.operation, tuple(operands))
        step = _Derivation((name, *self._variables), name).of(root)
        # By itself it is a function of one variable: constants of the others are letters in it.
        formulas = (
            Formula(f.root, _occurring(f.root, name)) for f in (step.expression, step.result)
        )
        return Step(step.rule, step.title, next(formulas), name, next(formulas))

    def _branches(self, node: Expression) -> Found:
        condition, then, otherwise = node.operands
        result = choose(condition, self._slope(then), self._slope(otherwise))
        return "branches", "each branch by itself", result, self._both(then, otherwise)

    def _extremum(self, node: Expression) -> Found:
        u, v = node.operands
        condition = make("less" if node.operation == "min" else "greater", (u, v))
        result = choose(condition, self._slope(u), self._slope(v))
        title = "the smaller decides" if node.operation == "min" else "the larger decides"
        return "branches", title, result, self._both(u, v)


@lru_cache(64)
def _statement(operation: str, name: str) -> str:
    by = variable(name)
    before, after = latex.to_latex(make(operation, (by,))), _outer_slope(operation, by)
    return rf"\left({before}\right)' = {latex.to_latex(after)}"


def _occurring(root: Expression, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, *sorted(variables_of(root)))))


@lru_cache(256)
def _outer_slope(operation: str, argument: Expression) -> Expression:
    """Return the derivative of a function by its argument, at that argument."""

    def replaced(node: Expression, operands: list[Any]) -> Expression:
        if node.operation == "variable":
            return argument
        return build(node.operation, tuple(operands)) if operands else node

    return fold(_known_slope(operation), replaced)


@cache
def _known_slope(operation: str) -> Expression:
    """Return the derivative that the table gives for a function of u."""
    return grammar.read(OPERATIONS[operation].derivative, ("u",))
