"""Surfaces to descend, each one class in the file of its family."""
