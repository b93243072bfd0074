"""Packed batches: every row counted once, padding for nothing, less memory when there is little."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution.evaluator import Evaluator
from attrvis.attribution.quadrature import quadrature
from attrvis.errors import ModelError
from attrvis.objectives import logit
from tests import toys


@pytest.fixture
def setting(twig, photos):
    objective = logit([0, 3, 1])
    evaluator = Evaluator(twig, "left", objective)
    values, bypass = evaluator.head(tf.constant(photos))
    return evaluator, objective, tf.zeros_like(values), values, bypass


def test_the_objective_at_every_node_comes_along(setting, twig, photos):
    evaluator, objective, start, end, bypass = setting
    nodes, weights = quadrature("gauss-legendre", 4)
    total, values = evaluator.line(start, end, bypass, objective, nodes, weights, batch_size=5)
    assert values.shape == (3, 4)
    for j, node in enumerate(nodes):
        logits = twig.run(photos, edit={"left": end * np.float32(node)})["logits"].numpy()
        np.testing.assert_allclose(values[:, j], logits[range(3), [0, 3, 1]], atol=1e-5)
    expected = 0
    for node, weight in zip(nodes, weights, strict=True):
        with tf.GradientTape() as tape:
            rows = end * np.float32(node)
            tape.watch(rows)
            logits = twig.run(photos, edit={"left": rows})["logits"]
            top = tf.gather(logits, [0, 3, 1], axis=1, batch_dims=1)
        expected = expected + weight * tape.gradient(top, rows)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(total, expected, atol=1e-5 * scale)


def test_out_of_memory_halves_the_rows(setting, monkeypatch):
    evaluator, objective, start, end, bypass = setting
    nodes, weights = quadrature("midpoint", 6)
    expected, values = evaluator.line(start, end, bypass, objective, nodes, weights)
    whole, sizes = evaluator._pack, []

    def scarce(*args):
        sizes.append(int(args[4].shape[0]))
        if sizes[-1] > 3:
            raise tf.errors.ResourceExhaustedError(None, None, "no memory")
        return whole(*args)

    monkeypatch.setattr(evaluator, "_pack", scarce)
    found, again = evaluator.line(start, end, bypass, objective, nodes, weights, batch_size=16)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(again, values, atol=1e-5)
    assert sizes == [16, 8, 4] + [2] * 9

    def none(*args):
        raise tf.errors.ResourceExhaustedError(None, None, "no memory")

    monkeypatch.setattr(evaluator, "_pack", none)
    with pytest.raises(ModelError, match="One row of layer 'left' does not fit"):
        evaluator.line(start, end, bypass, objective, nodes, weights)


def test_padding_adds_nothing_even_where_it_is_not_finite():
    def build(x):
        return tf.identity(tf.sqrt(tf.reduce_sum(x, [1, 2])), name="scores")

    net = toys.network(build, 1, 1, logits="scores")
    evaluator = Evaluator(net, "input", logit(0))
    start = tf.zeros([1, 1, 1, 3])
    # At position 0, where padded rows lie, the gradient of a root is infinite.
    total, _ = evaluator.line(start, start + 1, {}, logit(0), np.array([1.0]), np.ones(1), 1)
    padded, _ = evaluator.line(
        start, start + 1, {}, logit(0), np.array([1.0, 1.0, 1.0]), np.ones(3) / 3, 2
    )
    assert np.isfinite(padded).all()
    np.testing.assert_allclose(padded, total, rtol=1e-6)


def test_an_objective_without_a_gradient_is_refused(twig):
    def build(x):
        hidden = tf.nn.relu(x, name="hidden")
        return tf.identity(
            tf.round(tf.reduce_mean(tf.stop_gradient(hidden), [1, 2])), name="scores"
        )

    net = toys.network(build, logits="scores")
    evaluator = Evaluator(net, "hidden", logit(0))
    values, bypass = evaluator.head(tf.zeros([1, 4, 4, 3]))
    nodes, weights = quadrature("midpoint", 2)
    with pytest.raises(ModelError, match="no gradient at layer 'hidden'"):
        evaluator.line(values, values, bypass, logit(0), nodes, weights)


def test_rows_are_a_fixed_function_of_the_layer(setting):
    evaluator, *_ = setting
    sizes = [evaluator._rows(tf.zeros([1, side, side, 64])) for side in (1, 7, 56, 224, 900)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == 32 and sizes[-1] == 1
