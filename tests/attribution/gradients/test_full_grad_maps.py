"""FullGrad's maps against their definition, term by term, from TensorFlow's own gradients."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from attrvis import seeds
from attrvis.attribution import TABLE, Scene
from attrvis.attribution.gradients.smooth_grad import noisy
from attrvis.objectives import logit
from tests import toys

KERNELS = toys.noise(3, 3, 3, 5, seed=1) - 0.5, toys.noise(3, 3, 5, 4, seed=2) - 0.5
BIASES = np.float32([0.3, -0.2, 0.1, 0.4, -0.1]), np.float32([0.2, -0.3, 0.15, 0.1])
LAST = toys.noise(4, 3, seed=5) - 0.4
TARGETS = [0, 2]


def ahead(fed, *nudges):
    """Run the network on what it eats; nudges are added behind the biases."""
    for kernel, bias, stride, nudge in zip(
        KERNELS, BIASES, (2, 1), nudges or (None, None), strict=True
    ):
        fed = tf.nn.bias_add(tf.nn.conv2d(fed, kernel, stride, "SAME"), bias)
        fed = tf.nn.relu(fed if nudge is None else fed + nudge)
    return tf.nn.bias_add(tf.matmul(tf.reduce_mean(fed, [1, 2]), LAST), [0.1, 0.2, -0.3])


@pytest.fixture(scope="module")
def net():
    def build(x):
        return tf.identity(ahead(x), name="scores")

    return toys.network(build, 7, 7, preprocess="tf", logits="scores")


@pytest.fixture(scope="module")
def pictures():
    return toys.noise(2, 7, 7, 3, seed=9)


def slopes(photos):
    """Give the gradients at the pixels, at what is fed, and behind both biases."""
    fed = tf.constant(photos * 2 - 1)
    nudges = [tf.zeros([2, 4, 4, 5]), tf.zeros([2, 4, 4, 4])]
    with tf.GradientTape() as tape:
        tape.watch([fed, *nudges])
        scores = tf.reduce_sum(tf.gather(ahead(fed, *nudges), TARGETS, axis=1, batch_dims=1))
    eaten, first, second = tape.gradient(scores, [fed, *nudges])
    return 2 * eaten.numpy(), eaten.numpy(), first.numpy(), second.numpy()


def to_one(term):
    sizes = np.abs(term)
    low, high = (f(sizes, (1, 2, 3), keepdims=True) for f in (np.min, np.max))
    return (sizes - low) / (high - low)


def laid(own, *others):
    """Bring each term to [0, 1], image by image; enlarge it; add the channels up."""
    maps = [tf.image.resize(to_one(other), (7, 7)).numpy().sum(-1) for other in others]
    return to_one(own).sum(-1) + sum(maps)


def full(photos):
    """Give FullGrad's terms; the preprocessing takes 1 away."""
    own, eaten, first, second = slopes(photos)
    return photos * own, -eaten, BIASES[0] * first, BIASES[1] * second


def found(name, net, pictures, **settings):
    return TABLE[name](**settings)(net, pictures, target=TARGETS)


def test_the_published_map(net, pictures):
    made = found("full-grad", net, pictures)
    np.testing.assert_allclose(made.values[..., 0], laid(*full(pictures)), rtol=1e-4)


def test_the_map_without_the_biases(net, pictures):
    own, *others = slopes(pictures)
    made = found("simple-full-grad", net, pictures)
    np.testing.assert_allclose(made.values[..., 0], laid(pictures * own, *others), rtol=1e-4)


def test_the_map_of_noisy_copies(net, pictures):
    """The terms are averaged over the copies with their signs, and laid upon another afterwards."""
    scene = Scene.of(net, tf.constant(pictures), "input", logit(TARGETS), 3)
    drawn = noisy(scene, 4, 0.3)
    terms = []
    for key in np.asarray(drawn.each["key"]):
        noise = seeds.normal(tf.constant(key[None]), [7, 7, 3]).numpy()
        terms.append(full(pictures + np.reshape(drawn.own["sd"], (2, 1, 1, 1)) * noise))
    wanted = laid(*(np.mean(parts, axis=0) for parts in zip(*terms, strict=True)))
    made = TABLE["smooth-full-grad"](samples=4, noise=0.3)
    values = made(net, pictures, target=TARGETS, seed=3).values[..., 0]
    np.testing.assert_allclose(values, wanted, rtol=2e-3)
    assert np.abs(values - laid(*full(pictures))).max() > 0.05


def test_the_signed_map(net, pictures):
    """Each term is enlarged so that its sum stays; the last layer's bias lies evenly on all."""
    own, *others = full(pictures)
    wanted = own.sum(-1)
    for other in others:
        large = tf.image.resize(other.sum(-1, keepdims=True), (7, 7)).numpy()[..., 0]
        wanted = wanted + large * other[0, ..., 0].size / 49
    made = found("full-grad", net, pictures, signed=True)
    values, mean = made.values[..., 0], lambda maps: maps.mean((1, 2), keepdims=True)
    np.testing.assert_allclose(values - mean(values), wanted - mean(wanted), atol=1e-5)
    scores = net.run(pictures)["logits"].numpy()[range(2), TARGETS]
    np.testing.assert_allclose(values.sum((1, 2)), scores, rtol=1e-4)


def test_signed_terms_of_noisy_copies_are_means_too(net, pictures):
    plain = found("full-grad", net, pictures, signed=True).values
    smooth = found("smooth-full-grad", net, pictures, signed=True, samples=3, noise=0.0).values
    np.testing.assert_allclose(smooth, plain, atol=1e-5)
