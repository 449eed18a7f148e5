"""Typed formulas and what calculus says of them: values, derivatives, rules, special points."""
