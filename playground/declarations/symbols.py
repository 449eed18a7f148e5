"""The symbols of settings, such as ``β₁``, in formulas."""

from __future__ import annotations

import re

SYMBOL = re.compile(r"[A-Za-zΑ-Ωα-ω](?:[₀-₉⁺⁻*]|min|max)?")
"""A letter, perhaps with an index."""

_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "varphi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Δ": "Delta",
    "Λ": "Lambda",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ω": "Omega",
}
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SIGNS = {"⁺": "+", "⁻": "-", "*": "*"}


def symbol_pattern(symbol: str, power: str | None = None) -> re.Pattern[str]:
    """Return what finds a symbol, such as ``β₁`` or ``Δmin``, in LaTeX.

    Parameters
    ----------
    symbol
        As :attr:`Setting.symbol` gives it.
    power
        A letter: finds the symbol to that power alone. Without it a power that there is belongs
        to what is found.
    """
    base, rest = symbol[0], symbol[1:]
    # No part of a longer name, and not the name of a command.
    found = rf"\\{_GREEK[base]}(?![A-Za-z])" if base in _GREEK else rf"(?<![A-Za-z\\]){base}"
    if rest in ("min", "max"):
        found += rf"_\{{?\\{rest}\}}?"
    elif rest in _SIGNS:
        found += rf"\^\{{?{re.escape(_SIGNS[rest])}\}}?"
    elif rest:
        found += rf"_\{{?{rest.translate(_DIGITS)}(?![0-9])\}}?"
    else:
        found += r"(?![A-Za-z_])(?!\^\{?[-+*])"
    if power is not None:
        return re.compile(rf"{found}\^{power}(?![A-Za-z])")
    return re.compile(rf"{found}(?:\^(?:\{{[^{{}}]*\}}|[A-Za-z0-9]))?")
