"""The optimization playground: watch derivatives train models."""

__version__ = "0.1.0"
