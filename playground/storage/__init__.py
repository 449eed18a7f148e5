"""Storage: saved runs and every export."""
