"""Optimizers: update rules on one flat parameter vector."""
