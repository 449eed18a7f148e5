"""Objectives: scalar functions of one flat parameter vector."""
