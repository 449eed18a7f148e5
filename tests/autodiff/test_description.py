"""Computation graphs as data: values and adjoints against hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest

from playground import autodiff as ad


def f(x, weights):
    hidden = ad.tanh(x @ weights["w"] + weights["b"])
    return ad.sum(hidden**2) * 0.5


@pytest.fixture
def weights():
    rng = np.random.default_rng(3)
    return {"w": rng.standard_normal((2, 3)), "b": rng.standard_normal(3)}


def test_values_and_adjoints_at_every_node(weights):
    x = np.array([[0.3, -0.7]])
    graph = ad.describe(f, x, weights)
    by_name = {node.name: node for node in graph.nodes if node.name}
    assert set(by_name) == {"x", "weights.w", "weights.b"}
    gradient = ad.grad(f, 1)(x, weights)
    np.testing.assert_allclose(by_name["weights.w"].adjoint, gradient["w"], rtol=1e-12)
    np.testing.assert_allclose(by_name["weights.b"].adjoint, gradient["b"], rtol=1e-12)
    np.testing.assert_array_equal(by_name["x"].value, x)
    (tanh,) = [node for node in graph.nodes if node.operation == "tanh"]
    hidden = np.tanh(x @ weights["w"] + weights["b"])
    np.testing.assert_allclose(tanh.value, hidden, rtol=1e-12)
    np.testing.assert_allclose(tanh.adjoint, hidden, rtol=1e-12)  # d ½h² = h
    (out,) = graph.outputs
    assert graph.nodes[out].value == pytest.approx(0.5 * np.sum(hidden**2))
    assert graph.nodes[out].adjoint == 1.0


def test_order_edges_and_settings(weights):
    graph = ad.describe(f, np.ones((1, 2)), weights)
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(source < target for source, target in graph.edges)
    for node in graph.nodes:
        assert node.value.shape == node.shape
        assert node.value.dtype == node.dtype
        assert node.adjoint is None or node.adjoint.shape == node.shape
    (total,) = [node for node in graph.nodes if node.operation == "sum"]
    assert total.params == {"axes": (0, 1)}
    square = ad.describe(lambda x: x * x, 3.0)
    assert square.edges == ((0, 1), (0, 1))
    assert square.nodes[0].adjoint == 6.0


def test_integers_derivatives_and_unused_arguments():
    graph = ad.describe(
        lambda x, i, unused: [ad.grad(lambda y: ad.sum(y[i] ** 3))(x), ad.argmax(x)],
        np.array([1.0, 2.0]),
        np.array([1, 1]),
        0.0,
    )
    assert len(graph.outputs) == 2
    first = next(node for node in graph.nodes if node.name == "x")
    np.testing.assert_array_equal(first.adjoint, [0.0, 24.0])
    assert next(node for node in graph.nodes if node.name == "unused").adjoint is None
    assert graph.nodes[graph.outputs[1]].value == 1


def test_graphviz():
    dot = ad.describe(lambda x: ad.exp(x) * 2.0, 0.0).to_dot()
    assert dot.startswith("digraph computation {")
    assert dot.rstrip().endswith("}")
    assert r'n0 [label="x\nfloat64\n= 0\nadjoint 2", style="rounded,filled"];' in dot
    assert "n0 -> n1;" in dot
    assert dot.count("peripheries=2") == 1
