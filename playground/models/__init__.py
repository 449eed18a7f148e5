"""Models: initialisers, activations, losses and architectures, as functions that build graphs."""
