"""``playground derive``: the derivatives of a typed formula at a point, by every method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from playground.cli.messages import show_json, tell
from playground.errors import FormulaError, SpecError

if TYPE_CHECKING:
    from playground.calculus.formula import Formula
    from playground.calculus.methods import Estimate, Ways
    from playground.calculus.plane import LocalQuadratic

_NAMES = ("x", "y")


def derive(
    formula: Annotated[
        str,
        typer.Argument(
            metavar="FORMULA",
            help="As one writes it, as in 'sin(x)/x', or a file saved in the derivative workspace.",
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="X[,Y]",
            help="The point; two numbers for f(x, y). 'pi/2' is one. Else 1, or as the file says.",
        ),
    ] = None,
    variables: Annotated[
        str, typer.Option(metavar="NAMES", help="Names of the variables, as in 'u,v'; else x,y.")
    ] = "",
    h: Annotated[
        float | None,
        typer.Option("--h", help="Step of the difference quotients; else the usual ones."),
    ] = None,
    simplify: Annotated[
        bool,
        typer.Option("--simplify", help="Let sympy look for shorter forms."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the derivatives of a typed formula, by every method.

    They are f′ and f″ as formulas and, at a point, as numbers with their errors; with two variables
    the gradient and the Hessian.
    """
    given = None if at is None else [_number(part) for part in at.split(",")]
    if formula.endswith(".toml"):
        formula, point = _from_file(Path(formula), given)
        if variables:
            raise SpecError(f"--variables: a file has its own, got {variables}")
    else:
        point = given or [1.0]
    names = _names(variables, len(point))
    if h is not None and not (h > 0 and math.isfinite(h)):
        raise SpecError(f"--h: must be finite and > 0, got {h:g}")
    read = _read(formula, names)
    if len(point) == 1:
        _one_variable(read, point[0], h, simplify=simplify, as_json=as_json)
    else:
        _two_variables(read, point, simplify=simplify, as_json=as_json)


def _from_file(path: Path, given: Sequence[float] | None) -> tuple[str, list[float]]:
    """Return formula and point of a file; what the point is of is told by its numbers."""
    from playground.storage.formulas import read_formula

    saved = read_formula(path)
    is_plane = saved.page == "plane" if given is None else len(given) > 1
    if is_plane:
        return saved.surface, list(given or (saved.x, saved.y))
    return saved.formula, list(given or (saved.point,))


def _number(text: str) -> float:
    from playground.calculus.formula import parse

    try:
        value = float(parse(text, ())())
    except FormulaError as error:
        raise SpecError(f"--at {text.strip()}: {error}") from None
    if not math.isfinite(value):
        raise SpecError(f"--at {text.strip()}: must be a finite number, got {value:g}")
    return value


def _names(variables: str, n: int) -> tuple[str, ...]:
    if n > len(_NAMES):
        raise SpecError(f"--at: must be one or two numbers, got {n}")
    names = tuple(name.strip() for name in variables.split(",")) if variables else _NAMES[:n]
    if len(names) != n:
        raise SpecError(f"--variables: must be {n} for {n} numbers in --at, got {len(names)}")
    from playground.calculus.grammar import check_variables

    check_variables(names)
    return names


def _read(text: str, names: tuple[str, ...]) -> Formula:
    from playground.calculus.formula import parse

    try:
        return parse(text, names)
    except FormulaError as error:
        shown = text.expandtabs(1).replace("\n", " ")
        marker = " " * ((error.column or 1) - 1) + "^"
        # Longer than a line of a terminal it would be broken and the mark would be wrong.
        where = f"\n  {shown}\n  {marker}" if 0 < len(shown) <= 100 else ""
        raise FormulaError(f"{error}{where}") from None


# --- one variable --------------------------------------------------------------------------------


def _one_variable(
    formula: Formula, at: float, h: float | None, *, simplify: bool, as_json: bool
) -> None:
    from playground.calculus.methods import Methods

    study = Methods(formula)
    ways = study.at(at, h)
    first, second = _shown([study.first, study.second], simplify)
    if as_json:
        show_json(_facts(first, second, formula, ways))
        return
    (x,) = formula.variables
    for mark, function in (("", formula), ("′", first), ("″", second)):
        typer.echo(f"f{mark}({x}) = {function}")
    typer.echo(f"\nat {x} = {at:.17g}: f = {ways.value:.17g}")
    typer.echo(ways.facts.explanation)
    for order, mark in ((1, "′"), (2, "″")):
        known = ways.references[order - 1]
        typer.echo(
            f"\nf{mark} to 50 digits: {known}" if known else f"\nf{mark} does not exist there"
        )
        _table([e for e in ways.estimates if e.order == order])


def _shown(formulas: Sequence[Formula], simplify: bool) -> list[Formula]:
    """Return formulas as they are, or the shorter ones that sympy finds in its time."""
    if not simplify:
        return list(formulas)
    from playground.calculus.simplification import BackgroundSimplifier

    simplifier = BackgroundSimplifier()
    shown = []
    try:
        for formula in formulas:
            simplifier.submit(formula)
            ended = simplifier.wait()
            assert ended is not None
            if ended.message:
                tell(f"{formula}: {ended.message}")
            shown.append(ended.result)
    finally:
        simplifier.close()
    return shown


def _table(estimates: list[Estimate]) -> None:
    width = max(len(e.method) for e in estimates)
    typer.echo(f"{'method':<{width}}  {'value':>24}  {'error':>8}  {'h':>8}  {'µs':>7}  evaluates")
    for e in estimates:
        cells = (
            f"{e.value:>24.17g}  {_short(e.error, '.1e'):>8}  {_short(e.h, '.1e'):>8}"
            f"  {_short(e.time_s * 1e6, '.1f'):>7}"
        )
        note = f" ({e.note})" if e.note else ""
        typer.echo(f"{e.method:<{width}}  {cells}  {e.cost}{note}".rstrip())


def _short(value: float, form: str) -> str:
    return "-" if math.isnan(value) else f"{value:{form}}"


def _facts(first: Formula, second: Formula, formula: Formula, ways: Ways) -> dict[str, Any]:
    return {
        "formula": formula.text,
        "at": ways.at,
        "value": ways.value,
        "kind": ways.facts.kind,
        "explanation": ways.facts.explanation,
        "left": asdict(ways.facts.left),
        "right": asdict(ways.facts.right),
        "derivatives": [
            {
                "order": order,
                "formula": function.text,
                "latex": function.to_latex(),
                "reference": ways.references[order - 1],
                "methods": [asdict(e) for e in ways.estimates if e.order == order],
            }
            for order, function in ((1, first), (2, second))
        ],
    }


# --- two variables -------------------------------------------------------------------------------


def _two_variables(formula: Formula, point: list[float], *, simplify: bool, as_json: bool) -> None:
    from playground.calculus.plane import Plane

    plane = Plane(formula)
    here = plane.at(point)
    engine = _by_engine(formula, point)
    shown = _shown([*plane.partials, *plane.second_partials], simplify)
    if as_json:
        show_json(_plane_facts(formula, shown, here, engine))
        return
    x, y = formula.variables
    first, second = [x, y], [f"{x}∂{x}", f"{x}∂{y}", f"{y}∂{y}"]
    typer.echo(f"f({x}, {y}) = {formula}")
    for name, partial in zip(first, shown[:2], strict=True):
        typer.echo(f"∂f/∂{name} = {partial}")
    for name, partial in zip(second, shown[2:], strict=True):
        typer.echo(f"∂²f/∂{name} = {partial}")
    typer.echo(f"\nat ({x}, {y}) = ({point[0]:.17g}, {point[1]:.17g}): f = {here.value:.17g}")
    typer.echo(f"gradient     {_row(here.gradient)}")
    typer.echo(f"reverse mode {_row(engine['gradient'])}")
    for i, label in enumerate(("Hessian     ", "            ")):
        typer.echo(f"{label} {_row(here.hessian[i])}")
    typer.echo(f"eigenvalues  {_row(here.eigenvalues)}  ({here.shape})")


def _row(values: Any) -> str:
    return "  ".join(f"{float(v):>24.17g}" for v in values)


def _by_engine(formula: Formula, point: list[float]) -> dict[str, Any]:
    import numpy as np

    from playground import autodiff as ad

    def f(theta: Any) -> Any:
        return formula(theta[0], theta[1])

    theta = np.array(point)
    with np.errstate(all="ignore"):
        return {"gradient": ad.grad(f)(theta).tolist(), "hessian": ad.hessian(f)(theta).tolist()}


def _plane_facts(
    formula: Formula, shown: list[Formula], here: LocalQuadratic, engine: dict[str, Any]
) -> dict[str, Any]:
    return {
        "formula": formula.text,
        "variables": list(formula.variables),
        "at": here.point.tolist(),
        "value": here.value,
        "gradient": {
            "formulas": [p.text for p in shown[:2]],
            "symbolic": here.gradient.tolist(),
            "reverse mode": engine["gradient"],
        },
        "hessian": {
            "formulas": [p.text for p in shown[2:]],
            "symbolic": here.hessian.tolist(),
            "forward over reverse mode": engine["hessian"],
            "eigenvalues": here.eigenvalues.tolist(),
            "shape": here.shape,
        },
    }
