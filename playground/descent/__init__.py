"""Races of optimizers down surfaces, and what decides them: everything but the picture."""
