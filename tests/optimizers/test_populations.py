"""Differential evolution and particle swarms: plain transcriptions of their papers."""

import numpy as np

from playground.optimizers import OPTIMIZERS, Function, minimize
from playground.optimizers.minimization import CHANCE, MethodWalk
from playground.randomness import Stream
from tests.optimizers.plane import START, rosenbrock


def test_differential_evolution_beats_or_equals_its_members_only():
    walk = MethodWalk(Function(rosenbrock), OPTIMIZERS["differential_evolution"](), START, seed=1)
    walk.step()
    before = walk.state["values"].copy()
    np.testing.assert_array_equal(walk.state["population"][0], START)
    for _ in range(5):
        walk.step()
        assert (walk.state["values"] <= before).all()
        before = walk.state["values"].copy()
        own = [rosenbrock(x) for x in walk.state["population"]]
        np.testing.assert_allclose(walk.state["values"], own, rtol=1e-12)


def of_storn_and_price(f, members, values, o, rng):
    """DE/rand/1/bin: all trials of a generation are made from the one before."""
    trials = []
    for i in range(len(members)):
        others = [k for k in range(len(members)) if k != i]
        a, b, c = (others[k] for k in rng.choice(len(others), 3, replace=False))
        mutant = members[a] + o.weight * (members[b] - members[c])
        crosses = [u <= o.crossover for u in rng.random(len(mutant))]
        sure = rng.integers(len(mutant))
        trials.append(
            [mutant[j] if crosses[j] or j == sure else members[i][j] for j in range(len(mutant))]
        )
    for i, trial in enumerate(np.array(trials)):
        if f(trial) <= values[i]:
            members[i], values[i] = trial, f(trial)


def of_clerc_and_kennedy(f, swarm, o, rng):
    """PSO with the best of all known to every particle, all of them moving at once."""
    x, v, p, values = swarm
    g = p[np.argmin(values)].copy()
    r1, r2 = rng.random((2, *x.shape))
    for i in range(len(x)):
        pull = o.own_attraction * r1[i] * (p[i] - x[i]) + o.common_attraction * r2[i] * (g - x[i])
        v[i] = o.inertia * v[i] + pull
        x[i] = x[i] + v[i]
        if f(x[i]) < values[i]:
            p[i], values[i] = x[i], f(x[i])


def first_points(optimizer, rng):
    points = START + rng.uniform(
        -optimizer.spread, optimizer.spread, (optimizer.population_size, 2)
    )
    points[0] = START
    return points


def test_differential_evolution_is_storns_and_prices():
    optimizer = OPTIMIZERS["differential_evolution"](population_size=9, crossover=0.6)
    path = minimize(rosenbrock, START, optimizer, 40, seed=3)
    chance = Stream(3, CHANCE)
    members = first_points(optimizer, chance.at(0))
    values = [rosenbrock(x) for x in members]
    for step in range(1, 40):
        of_storn_and_price(rosenbrock, members, values, optimizer, chance.at(step))
        np.testing.assert_allclose(path.theta[step + 1], members[np.argmin(values)], rtol=1e-9)
    np.testing.assert_array_equal(np.diff(path.evaluations), 9)


def test_particle_swarm_is_clercs_and_kennedys():
    optimizer = OPTIMIZERS["particle_swarm"](population_size=8)
    path = minimize(rosenbrock, START, optimizer, 40, seed=3)
    chance = Stream(3, CHANCE)
    x = first_points(optimizer, chance.at(0))
    swarm = x, np.zeros_like(x), x.copy(), np.array([rosenbrock(point) for point in x])
    for step in range(1, 40):
        of_clerc_and_kennedy(rosenbrock, swarm, optimizer, chance.at(step))
        best = swarm[2][np.argmin(swarm[3])]
        np.testing.assert_allclose(path.theta[step + 1], best, rtol=1e-7)
    np.testing.assert_array_equal(np.diff(path.evaluations), 8)


def test_the_swarms_defaults_are_the_constriction():
    phi = 4.1
    chi = 2 / abs(2 - phi - np.sqrt(phi**2 - 4 * phi))
    optimizer = OPTIMIZERS["particle_swarm"]()
    np.testing.assert_allclose(optimizer.inertia, chi, rtol=1e-4)
    np.testing.assert_allclose(optimizer.own_attraction, chi * phi / 2, rtol=1e-4)
