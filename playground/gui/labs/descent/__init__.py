"""The descent laboratory: optimizers race down a surface."""
