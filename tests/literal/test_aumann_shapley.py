"""Aumann-Shapley and its optimised baseline, once more: slowly, in float64, from the papers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis.attribution import AumannShapley
from attrvis.attribution.baselines import Baseline, Optimised, Scene, Zero
from attrvis.attribution.targets import bind_target
from tests import toys

RNG = np.random.default_rng(21)
FIRST = RNG.normal(0, 0.6, (12, 10)).astype(np.float32)
AROUND = RNG.normal(0, 0.4, (12, 10)).astype(np.float32)
SECOND = RNG.normal(0, 0.6, (10, 6)).astype(np.float32)
LAST = RNG.normal(0.2, 0.8, (6, 3)).astype(np.float32)
BIAS = np.array([0.2, -0.1, 0.3], np.float32)


def network():
    """Build x -> hidden = relu(x A) -> relu((hidden + x B) C) D + bias; x B bypasses hidden."""

    def build(images):
        x = tf.reshape(images, [-1, 12])
        hidden = tf.nn.relu(tf.matmul(x, FIRST), name="hidden")
        second = tf.nn.relu(tf.matmul(hidden + tf.matmul(x, AROUND), SECOND))
        return tf.nn.bias_add(tf.matmul(second, LAST), BIAS, name="scores")

    return toys.network(build, 2, 2)


@pytest.fixture(scope="module")
def net():
    return network()


def hidden_of(x):
    return np.maximum(x @ FIRST.astype(np.float64), 0)


def tail(hidden, x, target):
    """Give the score behind the hidden layer, and its gradient there, one example."""
    before = (hidden + x @ AROUND.astype(np.float64)) @ SECOND.astype(np.float64)
    score = np.maximum(before, 0) @ LAST.astype(np.float64)[:, target] + BIAS[target]
    inside = (before > 0) * LAST.astype(np.float64)[:, target]
    return score, SECOND.astype(np.float64) @ inside


def whole(x, target):
    """Give the score of an input, and its gradient there."""
    hidden = hidden_of(x)
    score, inner = tail(hidden, x, target)
    through = FIRST.astype(np.float64) @ ((hidden > 0) * inner)
    return score, through + AROUND.astype(np.float64) @ inner


def integrated(function, start, end, nodes, weights):
    total = np.zeros_like(end)
    for node, weight in zip(nodes, weights, strict=True):
        total += weight * function(start + node * (end - start))[1]
    return total * (end - start)


@pytest.mark.parametrize("points", [1, 5, 32])
@pytest.mark.parametrize("target", [0, 2])
def test_at_the_pixels_and_at_a_layer_with_a_way_around(net, points, target):
    images = toys.noise(3, 2, 2, 3, seed=4)
    method = AumannShapley(points=points, baseline=Zero(), tolerance=1e9)
    pixels = method(net, images, target=target)
    layer = method(net, images, target=target, layer="hidden")
    nodes, weights = np.polynomial.legendre.leggauss(points)
    nodes, weights = (nodes + 1) / 2, weights / 2
    for i, image in enumerate(images.astype(np.float64).reshape(3, 12)):
        expected = integrated(lambda x: whole(x, target), np.zeros(12), image, nodes, weights)
        np.testing.assert_allclose(pixels.values[i].ravel(), expected, atol=1e-5)
        hidden = hidden_of(image)
        expected = integrated(
            lambda h, image=image: tail(h, image, target), 0 * hidden, hidden, nodes, weights
        )
        np.testing.assert_allclose(layer.values[i], expected, atol=1e-5)
        change = tail(hidden, image, target)[0] - tail(0 * hidden, image, target)[0]
        assert layer.change[i] == pytest.approx(change, abs=1e-5)


def test_the_right_riemann_sum_of_the_published_code_without_its_factor(net):
    image = toys.noise(1, 2, 2, 3, seed=5)
    flat = image.astype(np.float64).ravel()
    steps = 50
    total = np.zeros(12)
    for k in range(1, steps + 1):
        total += whole(flat * k / steps, 1)[1]
    method = AumannShapley(points=steps, rule="right", baseline=Zero(), tolerance=1e9)
    found = method(net, image, target=1).values.ravel()
    np.testing.assert_allclose(found, flat * total / steps, atol=1e-5)


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


@pytest.mark.parametrize("original", [False, True])
def test_the_optimised_baseline_step_by_step(net, original):
    """Adam on the mask of a layer without positions, written out by hand."""
    image = toys.noise(1, 2, 2, 3, seed=6)
    flat = image.astype(np.float64).ravel()
    a = hidden_of(flat)
    images = tf.constant(image)
    scene = Scene.of(net, images, "hidden", bind_target(net, images, 0), seed=2)
    kappa, steps, rate = (2.0, 40, 0.1)
    method = Optimised(kappa=kappa, steps=steps, rate=rate, original=original, tolerance=1e-9,
                       relaxations=0)  # fmt: skip
    theta = np.asarray(method._start(scene)["channel"], np.float64)[0]
    photo = tail(a, flat, 0)[0]
    first, second = np.zeros_like(theta), np.zeros_like(theta)
    for step in range(steps):
        mask = sigmoid(theta)
        score, slope = tail(a * mask, flat, 0)
        scale = 1.0 if original else abs(photo)
        at_b = -kappa * np.sign(a) / np.abs(a).sum() + np.sign(score) * slope / scale
        gradient = at_b * a * mask * (1 - mask)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        corrected = first / (1 - 0.9 ** (step + 1)), second / (1 - 0.999 ** (step + 1))
        theta -= rate * 0.05 ** (step / steps) * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made: Baseline = method.fit(scene)
    np.testing.assert_allclose(made.masks["channel"][0], sigmoid(theta), atol=2e-3)
    np.testing.assert_allclose(made.values[0], a * sigmoid(theta), atol=2e-3 * a.max())
    assert made.score[0] == pytest.approx(
        tail(made.values[0].astype(np.float64), flat, 0)[0], abs=1e-4
    )
