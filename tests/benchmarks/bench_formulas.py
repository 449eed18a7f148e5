"""What a keystroke in the formula box costs: a formula of 50 operations through every view."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter

from playground.calculus.analysis import analyze
from playground.calculus.derivation import derive
from playground.calculus.formula import parse
from playground.calculus.methods import Methods
from playground.calculus.plane import Plane
from playground.calculus.trace import trace

FIFTY = (
    "sin(x)*exp(-x^2/2)+x^3-2x+sqrt(x^2+1)/log(x+3)-tanh(3x-1)*sigmoid(x)+cos(5x)*sin(7x)"
    "+atan(x/2)*x+abs(x)/(x-1)+if(x<2,1,x)*exp(x)/softplus(x-3)-x^2/7+x^5"
)
SURFACE = "sin(x y)+exp(-x^2-y^2)*cos(3x)*cos(2y)+(1-x)^2+(y-x^2)^2/10+x*y/(1+x^2+y^2)"
ROUNDS = 15


def _median_ms(run: Callable[[str], object], text: str) -> float:
    """Return the time of one new formula; an added number keeps caches from knowing it."""
    times = []
    for i in range(ROUNDS):
        start = perf_counter()
        run(f"{text}+{i}/7")
        times.append(perf_counter() - start)
    return 1e3 * statistics.median(times)


def _curves(text: str) -> object:
    first = derive(parse(text))
    second = derive(first.result)
    return analyze(parse(text), -4, 4, first=first.result, second=second.result)


def _rules(text: str) -> object:
    step = derive(parse(text))
    return step.to_latex(), trace(parse(text), 0.5)


def _ways(text: str) -> object:
    ways = Methods(parse(text))
    return ways.at(0.5), ways.error_against_h(0.5)


def _surface(text: str) -> object:
    plane = Plane(parse(text, ("x", "y")))
    return plane.at((0.5, -0.25)), plane.grid((-2, 2), (-2, 2), 200)


def main() -> None:
    print(f"one formula of {parse(FIFTY).n_operations} operations, read anew, ms:")
    for name, run, text in (
        ("f, f′, f″ on 2001 points, all their special points", _curves, FIFTY),
        ("derivation, typeset, and the graph in both modes", _rules, FIFTY),
        ("six methods twice against 50 digits, errors against h", _ways, FIFTY),
        ("surface of 200 × 200, gradient, Hessian", _surface, SURFACE),
    ):
        print(f"  {name:<55} {_median_ms(run, text):6.1f}")


if __name__ == "__main__":
    main()
