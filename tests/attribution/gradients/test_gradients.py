"""Gradients: closed forms, and the rules of activations by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from attrvis.attribution import TABLE
from attrvis.errors import BadValue, ModelError
from tests import toys


@pytest.fixture(scope="module")
def square():
    """The score is the sum of squares, so the gradient is 2x."""

    def build(x):
        return tf.identity(tf.reduce_sum(x**2, [1, 2, 3])[:, None], name="scores")

    return toys.network(build, 3, 3, 1, logits="scores")


@pytest.fixture(scope="module")
def one_conv():
    """A convolution of 3 x 3 ones to two channels, biases -50 and -75, ReLU, and a dense layer."""

    def build(x):
        y = tf.nn.conv2d(x, tf.ones([3, 3, 1, 2]), 1, "VALID")
        y = tf.nn.relu(tf.nn.bias_add(y, [-50.0, -75.0], name="conv"), name="relu")
        # Flattened with channels first, the weights are five ones and three minus ones.
        signs = tf.constant([1.0, 1, 1, -1, 1, -1, 1, -1])
        total = tf.reduce_sum(tf.reshape(y, [-1, 8]) * signs, axis=1, keepdims=True)
        return tf.nn.relu(total, name="scores")

    return toys.network(build, 4, 4, 1, logits="scores")


COUNTING = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)


def values(method, net, images, **asked):
    return TABLE[method]()(net, images, target=0, **asked).values


def test_one_conv_by_hand(one_conv):
    """Captum's own example, signed."""
    rows = [[0, 1, 1, 1]] * 3 + [[0] * 4]
    np.testing.assert_allclose(values("saliency", one_conv, COUNTING)[0, ..., 0], rows)
    times = values("gradient-times-input", one_conv, COUNTING)
    np.testing.assert_allclose(times, np.reshape(rows, (1, 4, 4, 1)) * COUNTING)
    guided = [[0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]]
    np.testing.assert_allclose(values("guided-backprop", one_conv, COUNTING)[0, ..., 0], guided)
    deconv = [[2, 3, 3, 1], [3, 5, 5, 2], [3, 5, 5, 2], [1, 2, 2, 1]]
    np.testing.assert_allclose(values("deconv-net", one_conv, COUNTING)[0, ..., 0], deconv)


def test_rect_grad_passes_what_matters_most(one_conv):
    """The largest product at the ReLU is one filter in the last place: nine pixels remain."""
    every = TABLE["rect-grad"](percentile=0)(one_conv, COUNTING, target=0).values
    np.testing.assert_allclose(every, values("saliency", one_conv, COUNTING))
    one = TABLE["rect-grad"](percentile=100)(one_conv, COUNTING, target=0).values[0, ..., 0]
    expected = np.zeros((4, 4))
    expected[1:, 1:] = 1
    np.testing.assert_allclose(one, expected)


def test_smooth_grad_on_squares(square):
    """Signed gradients of x^2: the mean is 2x, the square 4x^2 + 4s^2, the variance 4s^2."""
    x = np.linspace(0.5, 1.5, 9, dtype=np.float32).reshape(1, 3, 3, 1)
    many = {"samples": 4000, "noise": 0.3}
    run = {n: TABLE[n](**many)(square, x, target=0) for n in ("smooth-grad", "var-grad")}
    squared = TABLE["smooth-grad-squared"](**many)(square, x, target=0).values
    np.testing.assert_allclose(run["smooth-grad"].values, 2 * x, atol=0.05)
    np.testing.assert_allclose(squared, 4 * x**2 + 0.36, rtol=0.06)
    np.testing.assert_allclose(run["var-grad"].values, 0.36 * np.ones_like(x), rtol=0.1)
    assert run["smooth-grad"].evaluations == 4000 and run["var-grad"].evaluations == 4001
    mean = run["smooth-grad"].values
    np.testing.assert_allclose(squared - mean**2, run["var-grad"].values, atol=2e-3)


def test_noise_is_a_share_of_each_images_own_range(square):
    x = np.concatenate([np.eye(3)[None, ..., None], 10 * np.eye(3)[None, ..., None]])
    made = TABLE["var-grad"](samples=50)(square, x.astype(np.float32), target=0).values
    np.testing.assert_allclose(made[1], 100 * made[0], rtol=1e-3)


@pytest.mark.parametrize("name", ["smooth-grad", "smooth-grad-squared", "var-grad"])
def test_without_noise_it_is_the_gradient(name, twig, photos):
    plain = TABLE["saliency"]()(twig, photos, target=[0, 3, 1]).values
    made = TABLE[name](samples=3, noise=0)(twig, photos, target=[0, 3, 1]).values
    wanted = {"smooth-grad": plain, "smooth-grad-squared": plain**2, "var-grad": 0 * plain}[name]
    np.testing.assert_allclose(made, wanted, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(chunk=st.integers(1, 9), seed=st.integers(0, 3))
def test_any_chunk_gives_the_same_and_a_seed_another(twig, photos, chunk, seed):
    asked = {"target": [0, 3, 1], "seed": seed}
    whole = TABLE["smooth-grad"](samples=3)(twig, photos, **asked).values
    parts = TABLE["smooth-grad"](samples=3, batch_size=chunk)(twig, photos, **asked).values
    np.testing.assert_allclose(parts, whole, atol=1e-5 * np.abs(whole).max())
    other = TABLE["smooth-grad"](samples=3)(twig, photos, target=[0, 3, 1], seed=seed + 9).values
    assert np.abs(other - whole).max() > 1e-3 * np.abs(whole).max()


def test_a_network_without_activations_has_no_rule(linear):
    for name in ("guided-backprop", "deconv-net", "rect-grad"):
        with pytest.raises(BadValue, match="none of them"):
            TABLE[name]()(linear, toys.noise(1, 4, 4, 3), target=0)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("smooth-grad", {"samples": 0}),
        ("smooth-grad", {"noise": -1.0}),
        ("smooth-grad", {"noise": float("nan")}),
        ("var-grad", {"samples": 1}),
        ("rect-grad", {"percentile": 101}),
        ("smooth-full-grad", {"samples": 0}),
    ],
)
def test_numbers_outside_their_range(name, given):
    with pytest.raises(BadValue):
        TABLE[name](**given)


def test_a_layer_behind_the_target(twig, photos):
    with pytest.raises(ModelError, match="choose a layer before it"):
        TABLE["saliency"]()(twig, photos, target="stem:0", layer="deep")
