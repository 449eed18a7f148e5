"""Two functions of the plane, and a start."""

import numpy as np

START = np.array([-1.2, 1.0])


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def quadratic(x):
    return (x[0] - 0.5) ** 2 + 10 * (x[1] + 0.25) ** 2
